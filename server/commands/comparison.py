"""Records of an evaluation to lines about cost, and of several planners to one table.

Called by `evaluate.py`. Invariant: the same turns stand behind every column of a comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.commands.context import CommandContext, printable
from server.evaluation import Score, Spending, TurnRecord, score, score_classes, spending
from server.evaluation_judge import OUTCOMES


def print_usage(records: Sequence[TurnRecord], context: CommandContext) -> None:
    """What the language model was asked; nothing where it was not."""
    spent = spending(records)
    if spent.asked:
        context.print(_say(spent))


def _say(spent: Spending) -> str:
    cost = f", ${spent.cost:,.4f}" if spent.cost else ", no prices set"
    return (
        f"language model: {spent.asked} turns, {spent.completions} completions, "
        f"{spent.input_tokens:,} tokens in, {spent.output_tokens:,} out{cost}; "
        f"{spent.fallbacks} fell back, {spent.unverified} numbers taken out"
    )


def print_comparison(
    found: Mapping[str, Sequence[TurnRecord]], context: CommandContext, shown: int
) -> None:
    """Scores, latency and cost of each planner, and the turns on which they differ."""
    names = list(found)
    totals = {name: score(records) for name, records in found.items()}
    spent = {name: spending(records) for name, records in found.items()}
    rows: list[list[str]] = [["turns", *(f"{totals[n].turns}" for n in names)]]
    rows += [
        [outcome.replace("_", " "), *(f"{totals[n].outcomes[outcome]}" for n in names)]
        for outcome in OUTCOMES
    ]
    rows += [
        ["p50 ms", *(f"{totals[n].p50_s * 1000:.1f}" for n in names)],
        ["p95 ms", *(f"{totals[n].p95_s * 1000:.1f}" for n in names)],
        ["completions", *(f"{spent[n].completions}" for n in names)],
        ["tokens in", *(f"{spent[n].input_tokens:,}" for n in names)],
        ["tokens out", *(f"{spent[n].output_tokens:,}" for n in names)],
        ["cost $", *(f"{spent[n].cost:.4f}" for n in names)],
        ["fell back", *(f"{spent[n].fallbacks}" for n in names)],
    ]
    context.print_table(["", *names], rows, ["text", *["number"] * len(names)])
    classes = [score_classes(records) for records in found.values()]
    context.print_table(
        ["right, by class", *names],
        [[kind, *(_right(one[kind]) for one in classes)] for kind in classes[0]],
        ["text", *["number"] * len(names)],
    )
    _print_differences(found, context, shown)


def _right(one: Score) -> str:
    return f"{one.outcomes['right']}/{one.turns}"


def _print_differences(
    found: Mapping[str, Sequence[TurnRecord]], context: CommandContext, shown: int
) -> None:
    together = zip(*found.values(), strict=True)
    differing = [turns for turns in together if len({turn.outcome for turn in turns}) > 1]
    context.print(f"{len(differing)} turns end differently")
    for turns in differing[:shown]:
        ends = ", ".join(f"{n}: {t.outcome}" for n, t in zip(found, turns, strict=True))
        context.print(
            printable(f"    {turns[0].item} turn {turns[0].turn} ({ends}): {turns[0].question}")
        )
