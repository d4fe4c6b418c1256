"""FROM and JOIN: relations to bindings, with a proof that no join repeats what is summed.

Called by `resolve`. A join is allowed along declared relationships, or where a key of one
side is known; every binding learns whether its rows may now stand several times.
Invariant: after this step `Column.repeated` is true wherever a sum could count twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semantic import syntax as s
from semantic import typed as t
from semantic.definitions import Model
from semantic.rewrite import conjuncts
from semantic.scope import (
    AnyBinding,
    Context,
    ModelBinding,
    OutputInfo,
    QueryBinding,
    SpanBinding,
    suggestions_for,
)  # fmt: skip


@dataclass(slots=True)
class Inner:
    """A resolved inner query with what its reader must know."""

    query: t.Query
    outputs: tuple[OutputInfo, ...]
    keys: tuple[frozenset[str], ...]


@dataclass(slots=True)
class VisibleCte:
    """A WITH item in reach: its identifier and its outputs."""

    name: str
    inner: Inner
    reads: int = 1
    """How many relations one reference to it reads."""
    references: int = 0

    def next_alias(self, context: Context) -> str:
        """Its own name for the first reference, a fresh alias for every further one."""
        self.references += 1
        return self.name if self.references == 1 else context.new_alias(self.name)


def bind_table(
    context: Context, ref: s.TableRef, ctes: Mapping[str, VisibleCte], models: tuple[Model, ...]
) -> AnyBinding | None:
    """The binding of a name in FROM; None after an issue.

    Args:
        models: of all metrics in the block, for the spanning relation.
    """
    text = ref.name.casefold()
    shown = (ref.alias or ref.name).casefold()
    if ref.alias and not _is_free(context, ref, shown, ctes):
        return None
    if text in ctes:
        cte = ctes[text]
        if not context.read(cte.reads, ref):
            return None
        return QueryBinding(
            id=context.new_id(), alias=cte.next_alias(context), shown=shown,
            keys=cte.inner.keys, outputs=cte.inner.outputs, cte=cte.name,
        )  # fmt: skip
    if not context.read(1, ref):
        return None
    if text in context.catalog.models:
        return bind_model(context, context.catalog.models[text], shown)
    if text == context.catalog.name:
        return _bind_span(context, ref, shown, models)
    known = [*context.catalog.models, context.catalog.name, *ctes]
    near = suggestions_for(ref.name, known)
    shown_name = f"'{ref.name[:40]}'" if ref.name.isidentifier() else "this name"
    hint = "" if near else f"Known: {', '.join(sorted(known)[:12])}."
    context.refuse("unknown-model", f"There is no model {shown_name}.", ref, hint, near)
    return None


def bind_model(context: Context, model: Model, shown: str = "") -> ModelBinding:
    """The rows of `model` as a source."""
    context.models[model.name] = model
    return ModelBinding(
        id=context.new_id(), alias=context.new_alias(model.name), shown=shown or model.name,
        keys=(frozenset({model.primary_key}),), model=model,
    )  # fmt: skip


def reserved_names(context: Context) -> set[str]:
    """The names that nothing else may be called by: models, their tables, the whole model."""
    models = context.catalog.models
    return {context.catalog.name, *models, *(model.table.name for model in models.values())}


def _is_free(context: Context, ref: s.TableRef, alias: str, ctes: Mapping[str, VisibleCte]) -> bool:
    taken = alias in reserved_names(context) or alias in ctes
    if taken and alias != ref.name.casefold():
        message = f"The alias '{alias[:40]}' is the name of a model or of a WITH item."
        context.refuse("shadowed-name", message, ref, "Choose another alias.")
        return False
    return True


def _bind_span(
    context: Context, ref: s.TableRef, shown: str, models: tuple[Model, ...]
) -> AnyBinding | None:
    if not models:
        message = f"FROM {context.catalog.name} needs at least one MEASURE(metric)."
        hint = "To list rows or members, name one model: " + ", ".join(context.catalog.models) + "."
        context.refuse("span-without-metric", message, ref, hint)
        return None
    if len(models) == 1:  # one model serves all metrics: its rows are all there is to span
        return bind_model(context, models[0], shown)
    return SpanBinding(
        id=context.new_id(), alias=context.new_alias(context.catalog.name), shown=shown,
        models=models,
    )  # fmt: skip


def bind_query(context: Context, inner: Inner, alias: str) -> QueryBinding:
    """A subquery in FROM."""
    return QueryBinding(
        id=context.new_id(), alias=context.new_alias("sub"), shown=alias.casefold(),
        keys=inner.keys, outputs=inner.outputs, query=inner.query,
    )  # fmt: skip


# ------------------------------------------------------------------ joins


def join(
    context: Context, node: s.Join, before: list[AnyBinding], new: AnyBinding, on: t.Expr | None
) -> bool:
    """Check one join and mark the bindings whose rows it may repeat.

    Returns:
        False after an issue.
    """
    if any(isinstance(binding, SpanBinding) for binding in (*before, new)):
        message = f"{context.catalog.name} spans all models and is not joined."
        hint = "Aggregate it in a WITH item and join that."
        context.refuse("span-join", message, node, hint)
        return False
    pairs = _equalities(on, before, new)
    if not _is_related(context, node, before, new, pairs):
        return False
    _mark_nullable(node.kind, before, new)
    new_unique = _covers_key(new, {right.name for _, right in pairs})
    for binding in before:
        own = {left.name for left, _ in pairs if left.source == binding.id}
        if not new_unique:
            binding.multiplied = True
        if not _covers_key(binding, own) or len(before) > 1:
            new.multiplied = True
    return True


def _mark_nullable(kind: str, before: list[AnyBinding], new: AnyBinding) -> None:
    optional = [new] if kind in ("left", "full") else []
    if kind in ("right", "full"):
        optional += before
    for binding in optional:
        if isinstance(binding, ModelBinding):
            binding.nullable = True


def _equalities(
    on: t.Expr | None, before: list[AnyBinding], new: AnyBinding
) -> list[tuple[t.Column, t.Column]]:
    """Pairs (column of an earlier source, column of the new one) that ON makes equal."""
    earlier = {binding.id for binding in before}
    pairs = []
    for condition in conjuncts(on):
        if isinstance(condition, t.Operation) and condition.op == "=":
            left, right = condition.operands
            if isinstance(left, t.Column) and isinstance(right, t.Column):
                if left.source == new.id:
                    left, right = right, left
                if left.source in earlier and right.source == new.id:
                    pairs.append((left, right))
    return pairs


def _covers_key(binding: AnyBinding, columns: set[str]) -> bool:
    return any(key <= columns for key in binding.keys)


def _is_related(
    context: Context, node: s.Join, before: list[AnyBinding], new: AnyBinding,
    pairs: list[tuple[t.Column, t.Column]],
) -> bool:  # fmt: skip
    single_row = _covers_key(new, set()) or all(_covers_key(b, set()) for b in before)
    if single_row:
        return True
    if not pairs:
        message = "A join needs at least one equality of a column on each side."
        context.refuse("unrelated-join", message, node, "Write JOIN ... ON a.key = b.key.")
        return False
    if not isinstance(new, ModelBinding):
        return True
    models = {b.id: b for b in before if isinstance(b, ModelBinding)}
    if len(models) < len(before):
        return True
    declared = _declared_pairs(context)
    for left, right in pairs:
        ends = (models[left.source].model.name, left.name), (new.model.name, right.name)
        if frozenset(ends) in declared:
            return True
    names = " and ".join(sorted({*(m.model.name for m in models.values()), new.model.name}))
    message = f"No declared relationship joins {names} like this."
    context.refuse("unrelated-join", message, node, _relation_hint(context, models, new))
    return False


def _declared_pairs(context: Context) -> set[frozenset[tuple[str, str]]]:
    return {
        frozenset({(r.from_model, r.from_dimension), (r.to_model, r.to_dimension)})
        for r in context.catalog.relationships
    }


def _relation_hint(context: Context, models: Mapping[int, ModelBinding], new: ModelBinding) -> str:
    declared = [
        f"{r.from_model}.{r.from_dimension} = {r.to_model}.{r.to_dimension}"
        for r in context.catalog.relationships
        if new.model.name in (r.from_model, r.to_model)
    ]
    also = f"FROM {context.catalog.name} combines metrics of several models safely."
    return f"Declared: {'; '.join(declared)}. {also}" if declared else also


def keys_after_joins(bindings: list[AnyBinding]) -> list[tuple[int, frozenset[str]]]:
    """Keys (source id, column names) that still identify a row of the joined block."""
    return [
        (binding.id, key) for binding in bindings if not binding.multiplied for key in binding.keys
    ]
