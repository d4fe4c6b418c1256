"""A metric to the sums its change is made of, or the reason why it has no such parts.

Called by `change_request.py` and by planners that want to know beforehand. Pure. Invariant: the
sums of any partition of the rows add up to the sums of all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from semantic import syntax as s
from semantic.compiled import Principal
from semantic.definitions import Catalog, Metric
from semantic.issues import Issue, SemanticError
from semantic.pipeline import compile_sql
from semantic.request_names import identifier
from semantic.spec import MetricSpec

_MAX_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class Split:
    """The sums of a metric as items of semantic SQL over one model."""

    model: str
    numerator: str
    denominator: str | None = None
    """Set for a ratio or an average."""

    @property
    def is_ratio(self) -> bool:
        """True where the metric is numerator / denominator."""
        return self.denominator is not None


@dataclass(frozen=True, slots=True)
class _Term:
    factor: Decimal
    metric: str


def find_split(catalog: Catalog, metric: Metric) -> Split | Issue:
    """The sums behind a metric, or an issue with code `not-additive`."""
    if len(metric.models) > 1:
        return _issue(metric, "is computed over several models, whose rows share no members")
    if metric.agg == "avg":
        return _split_average(catalog, metric)
    if metric.kind == "ratio":
        return _split_ratio(catalog, metric, catalog.metrics[metric.of], catalog.metrics[metric.to])
    division = _find_division(catalog, metric)
    if division is not None:
        return _split_ratio(catalog, metric, *division)
    terms = _find_terms(catalog, metric)
    if terms is None:
        return _issue(metric, _reason(metric))
    return Split(_model_of(metric), _to_sql(terms))


def explainable_metrics(catalog: Catalog, model: str = "") -> tuple[str, ...]:
    """The metrics (of one model) that a change can be explained for, in the model's order."""
    return tuple(
        metric.name
        for metric in catalog.metrics.values()
        if model in ("", metric.model)
        and catalog.models[metric.model].time is not None
        and isinstance(find_split(catalog, metric), Split)
    )


def _model_of(metric: Metric) -> str:
    """The one model whose rows are aggregated; not always the one that declares the metric."""
    return next(iter(metric.models), metric.model)


def _split_ratio(catalog: Catalog, metric: Metric, of: Metric, to: Metric) -> Split | Issue:
    above, below = _find_terms(catalog, of), _find_terms(catalog, to)
    for part, terms in ((of, above), (to, below)):
        if terms is None:
            return _issue(metric, f"is a ratio with '{part.name}', which {_reason(part)}")
    return Split(_model_of(metric), _to_sql(above or ()), _to_sql(below or ()))


def _split_average(catalog: Catalog, metric: Metric) -> Split | Issue:
    """Sum and count of an average, where plain aggregates over its expression are allowed."""
    spec = _spec_of(catalog, metric)
    conditions = (spec.where,) if isinstance(spec.where, str) else spec.where
    held = " AND ".join(f"({condition})" for condition in conditions)
    suffix = f" FILTER (WHERE {held})" if held else ""
    split = Split(_model_of(metric), f"SUM({spec.expr}){suffix}", f"COUNT({spec.expr}){suffix}")
    # Texts of the model's author; compiled here like those of any asker.
    text = f"SELECT {split.numerator}, {split.denominator} FROM {identifier(split.model)}"  # noqa: S608
    try:
        compile_sql(catalog, text, principal=Principal(), limit_rows=1)
    except SemanticError:
        return _issue(metric, "is an average whose sum and count cannot be asked for by themselves")
    return split


def _spec_of(catalog: Catalog, metric: Metric) -> MetricSpec:
    return next(
        spec
        for model in catalog.spec.models
        if model.name == metric.model
        for spec in model.metrics
        if spec.name == metric.name
    )


# ------------------------------------------------------------------ sums of metrics


def _to_sql(terms: Sequence[_Term]) -> str:
    if len(terms) == 1 and terms[0].factor == 1:
        return f"MEASURE({identifier(terms[0].metric)})"
    # A sum over nothing is NULL, and NULL plus anything is NULL: each sum counts as 0 by itself.
    return " + ".join(
        f"{term.factor:f} * coalesce(MEASURE({identifier(term.metric)}), 0)" for term in terms
    )


def _find_terms(catalog: Catalog, metric: Metric, depth: int = 0) -> tuple[_Term, ...] | None:
    """The metric as a weighted sum of metrics that add up; None where it is none."""
    if metric.agg in ("sum", "count") and metric.last is None:
        return (_Term(Decimal(1), metric.name),)
    if metric.derived is None or depth > _MAX_DEPTH:
        return None
    return _read_terms(catalog, metric.derived, Decimal(1), depth)


def _read_terms(
    catalog: Catalog, node: s.Expression, factor: Decimal, depth: int
) -> tuple[_Term, ...] | None:
    match node:
        case s.Name():
            found = catalog.metrics.get(node.text)
            terms = _find_terms(catalog, found, depth + 1) if found else None
            return terms and tuple(_Term(factor * t.factor, t.metric) for t in terms)
        case s.Unary(op="-"):
            return _read_terms(catalog, node.operand, -factor, depth)
        case s.Binary(op="+" | "-"):
            left = _read_terms(catalog, node.left, factor, depth)
            sign = factor if node.op == "+" else -factor
            right = _read_terms(catalog, node.right, sign, depth)
            return None if left is None or right is None else (*left, *right)
        case s.Binary(op="*"):
            for number, rest in ((node.left, node.right), (node.right, node.left)):
                value = _number(number)
                if value is not None:
                    return _read_terms(catalog, rest, factor * value, depth)
            return None
        case _:
            return None


def _number(node: s.Expression) -> Decimal | None:
    if not isinstance(node, s.Constant) or isinstance(node.value, bool):
        return None
    return Decimal(node.value) if isinstance(node.value, int | Decimal) else None


def _find_division(catalog: Catalog, metric: Metric) -> tuple[Metric, Metric] | None:
    """Both sides of `a / b`, where that is all there is to a derived metric."""
    node = metric.derived
    if not isinstance(node, s.Binary) or node.op != "/":
        return None
    above = catalog.metrics.get(node.left.text) if isinstance(node.left, s.Name) else None
    below = catalog.metrics.get(node.right.text) if isinstance(node.right, s.Name) else None
    return (above, below) if above is not None and below is not None else None


# ------------------------------------------------------------------ reasons


_REASONS: Final = {
    "count_distinct": "counts different values, and one value may belong to several members",
    "min": "is a single lowest value and has no parts",
    "max": "is a single highest value and has no parts",
    "median": "is a median, and the medians of the parts do not add up to it",
    "percentile": "is a percentile, and the percentiles of the parts do not add up to it",
    "stddev": "is a standard deviation, and those of the parts do not add up to it",
    "avg": "is an average of its own",
}


def _reason(metric: Metric) -> str:
    """Why there are no parts, as the end of a sentence that starts with the metric."""
    if metric.last is not None:
        return "is a balance on the last day of a period, which other days do not add to"
    if metric.cumulative is not None:
        return f"is accumulated over time; ask about '{metric.cumulative.of}' instead"
    if metric.change is not None:
        return f"is itself a change over time; ask about '{metric.change.of}' instead"
    return _REASONS.get(metric.agg, "is computed in a way that does not add up over members")


def _issue(metric: Metric, reason: str) -> Issue:
    return Issue("not-additive", f"{metric.label} ('{metric.name}') {reason}.", "metric")
