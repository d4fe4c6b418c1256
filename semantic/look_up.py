"""A name in a query to the one thing it stands for: column, segment or alias.

Called by `blocks` and `resolve`. Invariant: a name with two meanings is refused, and so is
one with none, with what might have been meant.
"""

from __future__ import annotations

from semantic import syntax as s
from semantic import typed as t
from semantic.calls import NOTHING
from semantic.issues import suggest
from semantic.measures import far_segment_condition, segment_condition
from semantic.scope import Context, ModelBinding, Scope, SpanBinding


def look_up_column(context: Context, scope: Scope, name: s.Name) -> t.Expr:
    """The expression `name` stands for in `scope` or around it; NOTHING after an issue."""
    alias = scope.aliases.get(name.parts[0].casefold()) if len(name.parts) == 1 else None
    if alias is not None and scope.aliases_first:
        return context.repeat(alias, name)
    around: Scope | None = scope
    while around is not None:
        found = around.find(name)
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            return _ambiguous(context, around, name)
        segments = around.find_segments(name)
        if len(segments) == 1:
            binding, segment = segments[0]
            return segment_condition(context, binding, segment.name)
        far = around.find_far_segments(name)
        if len(far) == 1:
            return far_segment_condition(context, *far[0])
        if alias is not None:
            return context.repeat(alias, name)
        around = around.outer
    return _unknown(context, scope, name)


def _ambiguous(context: Context, scope: Scope, name: s.Name) -> t.Expr:
    message = f"'{name.text[:60]}' is ambiguous here."
    owners = sorted(
        owner.name
        for owner in context.catalog.models.values()
        if name.parts[-1].casefold() in owner.dimensions
    )
    hint = "Name its source: " + " or ".join(f"{o}.{name.parts[-1]}" for o in owners) + "."
    context.refuse("ambiguous-name", message, name, hint if owners else "Name its source.")
    return NOTHING


def _unknown(context: Context, scope: Scope, name: s.Name) -> t.Expr:
    text = name.parts[-1].casefold()
    shown = f"'{name.text[:60]}'" if all(p.isidentifier() for p in name.parts) else "This name"
    if text in context.catalog.metrics:
        message = f"{shown} is a metric."
        context.refuse("metric-needs-measure", message, name, f"Write MEASURE({text}).")
        return NOTHING
    span = next((b for b in scope.bindings if isinstance(b, SpanBinding)), None)
    owners = [m for m in context.catalog.models.values() if text in m.dimensions]
    if span is not None and owners:
        unreached = [
            model.name
            for model in span.models
            if not any(o.name == model.name or o.name in model.neighbours for o in owners)
        ]
        asked = ", ".join(unreached or [model.name for model in span.models])
        message = f"The metrics of {asked} cannot be sliced or filtered by {shown}."
        hint = "Ask for them in a query of their own, or use a dimension that all models share."
        context.refuse("not-shared", message, name, hint)
        return NOTHING
    ways = _ways(context, scope, text) if len(name.parts) == 1 else []
    if len(ways) > 1:
        message = f"{shown} can be reached in more than one way."
        context.refuse("ambiguous-name", message, name, f"Say which: {' or '.join(ways)}.")
        return NOTHING
    near = suggest(text, scope.known_names())
    message = f"There is no dimension or column {shown} here."
    context.refuse("unknown-name", message, name, suggestions=near)
    return NOTHING


def _ways(context: Context, scope: Scope, text: str) -> list[str]:
    """The dimension through each relationship that leads from a model here to one that has it."""
    here = [b.model.name for b in scope.bindings if isinstance(b, ModelBinding)]
    return [
        f"{step.name}.{text}"
        for step in context.catalog.relationships
        if step.from_model in here and text in context.catalog.models[step.to_model].dimensions
    ]
