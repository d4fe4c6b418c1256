"""The structured query object to its semantic SQL.

Called by the built-in planner's path, `POST /api/semantic/query` and the dashboard; always
compiled through this SQL. Invariant: every name comes from the catalog, every value is quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from semantic import request_beside as beside
from semantic.definitions import Catalog
from semantic.issues import SemanticError
from semantic.query_object import (
    AnyOf,
    Comparison,
    Filter,
    Having,
    Level,
    Operator,
    OrderBy,
    Overall,
    Part,
    Related,
    SemanticQuery,
    TimeRange,
    TimeSpec,
    Value,
    add_months,
    shift_range,
)  # fmt: skip
from semantic.request_conditions import ConditionWriter, Item
from semantic.request_names import (
    ColumnHint,
    column_hints,
    describe_metric,
    find_dimension,
    identifier,
    overall_alias,
    quote,
)  # fmt: skip

__all__ = [
    "AnyOf", "ColumnHint", "Comparison", "Filter", "Having", "Level", "Operator", "OrderBy",
    "Overall", "Part", "Related", "SemanticQuery", "TimeRange", "TimeSpec", "Value", "add_months",
    "column_hints", "describe_metric", "quote", "shift_range", "to_sql",
]  # fmt: skip


def to_sql(catalog: Catalog, query: SemanticQuery) -> str:
    """The semantic SQL of `query`, one clause a line.

    Raises:
        SemanticError: with every unknown name and every combination that has no meaning.
    """
    writer = QueryWriter(catalog, query)
    text = writer.statement()
    if writer.issues:
        raise SemanticError(writer.issues)
    return text


class QueryWriter(ConditionWriter):
    """Writes the statement of one query."""

    # ------------------------------------------------------------ clauses

    def statement(self) -> str:
        query = self.query
        if not query.metrics and not query.dimensions and not query.having:
            self.refuse("nothing-asked", "Name at least one metric or dimension.", "metrics")
            return ""
        compare = query.time.compare if query.time else None
        if query.part is not None:
            return self._part_statement(query.part)
        if compare is not None:
            return self._compare_statement(compare)
        if query.overall is not None:
            return self._overall_statement(query.overall)
        if query.place is not None:
            return self._place_statement(query.place)
        if query.limit_per:
            return self._ranked_statement(query.limit_per)
        if query.share:
            return self._share_statement()
        wanted = query.time.range if query.time else None
        return "\n".join([*self.block(self.items(), wanted), *self.tail()])

    def records(self, conditions: Sequence[str]) -> str:
        """A list of rows under further conditions, which are semantic SQL of ours."""
        wanted = self.query.time.range if self.query.time else None
        return "\n".join([*self.block(self.items(), wanted, conditions), *self.tail()])

    def items(self) -> list[Item]:
        query = self.query
        found = [self._dimension_item(name, n) for n, name in enumerate(query.dimensions, 1)]
        if query.time is not None and query.time.grain:
            found.insert(0, self._time_item(self.time_dimension(), query.time.grain, "time"))
        plain = (h.metric for h in query.having if not beside.is_change(query, h.metric))
        names = dict.fromkeys((*query.metrics, *plain))
        if query.detail and names:
            self.refuse(
                "detail-with-metrics", "A list of rows ('detail') takes no metrics.", "metrics"
            )
        found += [self.metric_sql(name, f"metrics {n}") for n, name in enumerate(names, 1)]
        return found

    def _dimension_item(self, item: str, number: int) -> Item:
        name, grain = self.split(item)
        where = f"dimensions {number}"
        if grain:
            return self._time_item(name, grain, where)
        return Item(self.dimension(name, where), name.rpartition(".")[2])

    def _time_item(self, name: str, grain: str, where: str) -> Item:
        sql = self.dimension(name, where)
        found = find_dimension(self.catalog, self.model, name)
        if found is not None and found.kind != "time":
            self.refuse("not-a-time", f"'{name}' is not a time and has no '{grain}'.", where)
        alias = f"{name.rpartition('.')[2]}_{grain}"
        if grain.startswith("fiscal_"):
            return Item(f"{grain}({sql})", alias)
        return Item(f"date_trunc('{grain}', {sql})", alias)

    def block(
        self, items: Sequence[Item], wanted: TimeRange | None, extra: Sequence[str] = ()
    ) -> list[str]:
        query = self.query
        conditions = self.conditions(query.filters, query.segments, query.excluded_segments)
        conditions += [*self.related(), *self.time_conditions(wanted), *extra]
        plain = not query.detail and not any(item.is_metric for item in items)
        selected = ", ".join(
            item.sql
            if item.sql == identifier(item.alias)
            else f"{item.sql} AS {identifier(item.alias)}"
            for item in items
        )
        source = self.model.name if self.model else self.catalog.name
        lines = [f"SELECT {'DISTINCT ' if plain else ''}{selected}", f"FROM {identifier(source)}"]
        if conditions:
            lines.append("WHERE " + "\n  AND ".join(conditions))
        has_metrics = any(item.is_metric for item in items)
        if has_metrics and not all(item.is_metric for item in items):
            lines.append("GROUP BY ALL")
        having = [self._having(h) for h in query.having if not beside.is_change(query, h.metric)]
        if having:
            lines.append("HAVING " + " AND ".join(having))
        return lines

    def _having(self, item: Having) -> str:
        operator = "<>" if item.op == "!=" else item.op
        return f"{self.metric_sql(item.metric, 'having').sql} {operator} {quote(item.value)}"

    def tail(self) -> list[str]:
        query = self.query
        known = {item.alias: item.alias for item in self.items()} if not self.issues else {}
        changes = (item.name for item in query.order_by if beside.is_change(query, item.name))
        known |= {name: name for name in changes} if known else {}
        lines = []
        if query.order_by:
            parts = []
            for number, item in enumerate(query.order_by, 1):
                name = self._order_alias(item.name, known, number)
                parts.append(f"{identifier(name)}{' DESC' if item.direction == 'desc' else ''}")
            lines.append("ORDER BY " + ", ".join(parts))
        if query.limit is not None:
            lines.append(f"LIMIT {query.limit}")
        return lines

    def _order_alias(self, name: str, known: Mapping[str, str], number: int) -> str:
        dimension, grain = self.split(name)
        alias = describe_metric(self.catalog, name)[0]
        if grain:
            alias = f"{dimension.rpartition('.')[2]}_{grain}"
        elif "(" not in name:
            alias = name.rpartition(".")[2]
        if known and alias not in known and not self.query.detail:
            message = f"'{name}' is not among the metrics and dimensions asked for."
            self.refuse("unknown-order", message, f"order_by {number}", known, name)
        return alias

    # ------------------------------------------------------------ shares and comparisons

    def _additive(self, what: str) -> None:
        for item in self.query.metrics:
            metric = self.find_metric(item)
            if metric is not None and metric.agg not in ("sum", "count", "count_distinct"):
                message = f"'{item}' cannot be split into parts that add up, so it has no {what}."
                self.refuse("not-additive", message, "share")

    def _cte(self, name: str) -> str:
        return f"{name}_rows" if name in self.catalog.models or name == self.catalog.name else name

    def _share_statement(self) -> str:
        self._additive("shares")
        items = self.items()
        wanted = self.query.time.range if self.query.time else None
        cte = self._cte("grouped")
        names = [identifier(item.alias) for item in items if not item.is_metric]
        for item in items:
            if item.is_metric:
                alias = identifier(item.alias)
                names += [alias, f"{alias} / SUM({alias}) OVER () AS {item.alias}_share"]
        body = _indented(self.block(items, wanted))
        return "\n".join(
            [
                f"WITH {cte} AS (",
                *body,
                ")",
                f"SELECT {', '.join(names)}",
                f"FROM {cte}",
                *self.tail(),
            ]
        )

    def _ranked_statement(self, per: Sequence[str]) -> str:
        """The first `limit` groups of each member of `per`, by the first item of the order."""
        query = self.query
        items = self.items()
        known = {item.alias: item.alias for item in items} if not self.issues else {}
        inner = [self._order_alias(name, known, n) for n, name in enumerate(per, 1)]
        plain = query.order_by and not query.share and not query.detail
        if query.limit is None or not plain:
            message = "A limit for each group needs 'limit', one metric in 'order_by' and no share."
            self.refuse("unranked-limit", message, "limit_per")
            return ""
        first = query.order_by[0]
        by = self._order_alias(first.name, known, 1)
        down = " DESC" if first.direction == "desc" else ""
        wanted = query.time.range if query.time else None
        cte = self._cte("grouped")
        over = ", ".join(identifier(name) for name in inner)
        rank = f"RANK() OVER (PARTITION BY {over} ORDER BY {identifier(by)}{down})"
        return "\n".join(
            [
                f"WITH {cte} AS (", *_indented(self.block(items, wanted)), ")",
                f"SELECT {', '.join(identifier(item.alias) for item in items)}",
                f"FROM {cte}",
                f"QUALIFY {rank} <= {query.limit}",
                f"ORDER BY {over}, {identifier(by)}{down}",
            ]
        )  # fmt: skip

    def _part_statement(self, part: Part) -> str:
        self._additive("share")
        if len(self.query.metrics) != 1 or self.query.dimensions or self.query.having:
            self.refuse(
                "part-of-one",
                "A share of a part takes exactly one metric and no dimension.",
                "part",
            )
            return ""
        wanted = self.query.time.range if self.query.time else None
        metric = self.metric_sql(self.query.metrics[0], "metrics 1")
        whole, own = self._cte("whole_amount"), self._cte("part_amount")
        item = Item(metric.sql, "amount_asked", True)
        extra = self.conditions(part.filters, part.segments, part.excluded_segments)
        return "\n".join(
            [
                f"WITH {own} AS (", *_indented(self.block([item], wanted, extra)), "),",
                f"{whole} AS (", *_indented(self.block([item], wanted)), ")",
                f"SELECT {own}.amount_asked AS part, {whole}.amount_asked AS whole,",
                f"  coalesce({own}.amount_asked, 0) / {whole}.amount_asked AS share",
                f"FROM {own} CROSS JOIN {whole}",
            ]
        )  # fmt: skip

    def _place_statement(self, place: int) -> str:
        """The rows at one place of the order: "the second largest"."""
        query = self.query
        if not query.order_by or query.share or query.part or query.limit_per:
            message = "A place needs an order, and no share and no limit for each group."
            self.refuse("unranked-limit", message, "place")
            return ""
        items = self.items()
        known = {item.alias: item.alias for item in items} if not self.issues else {}
        first = query.order_by[0]
        by = identifier(self._order_alias(first.name, known, 1))
        down = " DESC" if first.direction == "desc" else ""
        wanted = query.time.range if query.time else None
        cte = self._cte("grouped")
        over = f"OVER (ORDER BY {by}{down})"
        return "\n".join(
            [
                f"WITH {cte} AS (", *_indented(self.block(items, wanted)), ")",
                f"SELECT {', '.join(identifier(item.alias) for item in items)}",
                f"FROM {cte}",
                f"WHERE {by} IS NOT NULL",
                f"QUALIFY RANK() {over} <= {place} AND COUNT(*) {over} >= {place}",
            ]
        )  # fmt: skip

    def _overall_statement(self, agg: Overall) -> str:
        """The groups counted or their metrics aggregated; every group with a name counts once."""
        query = self.query
        items = self.items()
        names = [identifier(item.alias) for item in items if item.is_metric]
        is_grouped = len(names) < len(items) and not (query.detail or query.part or query.limit_per)
        is_share = query.share and agg == "sum" and len(names) == 1
        if not is_grouped or (agg != "count" and not names) or (query.share and not is_share):
            message = "One number over groups needs groups and, unless they are counted, a metric."
            self.refuse("nothing-overall", message, "overall")
            return ""
        wanted = self.query.time.range if self.query.time else None
        cte, chosen = self._cte("grouped"), self._cte("chosen_groups")
        body = _indented(self.block(items, wanted))
        if is_share:
            self._additive("shares")
            part = [f"SELECT {names[0]}", f"FROM {cte}", *self.tail()]
            total = f"SELECT SUM({names[0]}) AS amount_asked FROM"
            return "\n".join(
                [
                    f"WITH {cte} AS (", *body, "),", f"{chosen} AS (", *_indented(part), "),",
                    f"part_amount AS ({total} {chosen}), whole_amount AS ({total} {cte})",
                    "SELECT part_amount.amount_asked AS part, whole_amount.amount_asked AS whole,",
                    "  part_amount.amount_asked / whole_amount.amount_asked AS share",
                    "FROM part_amount CROSS JOIN whole_amount",
                ]
            )  # fmt: skip
        columns = [f"{agg}({self._filled(name)}) AS {overall_alias(agg, name)}" for name in names]
        columns = ["COUNT(*) AS number_of_groups"] if agg == "count" else columns
        body += [f"  {line}" for line in self.tail()] if query.limit is not None else []
        keys = [identifier(item.alias) for item in items if not item.is_metric]
        # Rows without a member are of no group: no month, no customer, no product.
        named = " AND ".join(f"{key} IS NOT NULL" for key in keys)
        return "\n".join(
            [
                f"WITH {cte} AS (", *body, ")",
                f"SELECT {', '.join(columns)}", f"FROM {cte}", f"WHERE {named}",
            ]
        )  # fmt: skip

    def _filled(self, name: str) -> str:
        """A sum over no rows of a group that is there is 0, not unknown."""
        metric = self.catalog.metrics.get(name)
        is_sum = metric is not None and metric.agg in ("sum", "count")
        return f"coalesce({name}, 0)" if is_sum else name

    def _compare_statement(self, compare: Level | TimeRange) -> str:
        time = self.query.time
        if time is not None and time.grain:
            return self._growth_statement(time, compare)
        wanted = time.range if time else None
        before = shift_range(wanted, compare) if wanted else None
        if wanted is None or before is None or self.query.detail:
            message = "A comparison of periods needs metrics and a range with two ends."
            self.refuse("open-comparison", message, "time.compare")
            return ""
        items = self.items()
        keys = [identifier(item.alias) for item in items if not item.is_metric]
        return self._beside(items, (wanted, before), keys)

    def _growth_statement(self, time: TimeSpec, compare: Level | TimeRange) -> str:
        """Each day, week, month, quarter or year beside the one before, or a year before.

        Joined by date and not by the row above: a month without rows has no row, and the one after
        it is held against nothing.
        """
        step = beside.step_of(time.grain, compare)
        if step is None:
            message = (
                "A day, week, month, quarter or year compares with the one before ('prior_period'),"
                " from the month on also with that of the year before ('prior_year')."
            )
            self.refuse("comparison-with-grain", message, "time")
            return ""
        items = self.items()
        keys = [identifier(item.alias) for item in items if not item.is_metric]
        months, days = step
        shifted = f"{keys[0]} + INTERVAL {months or days} {'MONTH' if months else 'DAY'}"
        before = [f"CAST({shifted} AS DATE) AS {keys[0]}", *keys[1:]]
        ranges = time.range, beside.earlier(time.range, months, days)
        return self._beside(items, ranges, before, f"{keys[0]} IS NOT NULL")

    def _beside(
        self,
        items: Sequence[Item],
        ranges: tuple[TimeRange | None, TimeRange | None],
        before: Sequence[str],
        dated: str = "",
    ) -> str:
        keys = [identifier(item.alias) for item in items if not item.is_metric]
        names = [item.alias for item in items if item.is_metric]
        ctes = [self._cte(name) for name in ("this_period", "that_period", "both_periods")]
        stacked = beside.stack((keys, before), names, (ctes[0], ctes[1]), dated)
        forms = beside.forms_of(self.query, names, self.catalog)
        lines = [
            f"WITH {ctes[0]} AS (", *_indented(self.block(items, ranges[0])), "),",
            f"{ctes[1]} AS (", *_indented(self.block(items, ranges[1])), "),",
            f"{ctes[2]} AS (", *_indented(stacked), ")",
            *beside.side_by_side(self.query, keys, ctes[2], forms, only_now=bool(dated)),
        ]  # fmt: skip
        return "\n".join([*lines, *self.tail()])


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for text in lines for line in text.split("\n")]
