"""The planner a command asks for by name, in place of the one in the settings.

Called by `ask` and `eval`. Invariant: who asks for the language model by name gets it or an error.
"""

from __future__ import annotations

from dataclasses import replace

from server.commands.context import CommandContext, UsageError
from server.planners import PLANNER_NAMES
from server.providers.choose import find_provider


def with_planner(context: CommandContext, name: str) -> CommandContext:
    """The context with this planner.

    Raises:
        UsageError: there is none of this name, or no language model is set up.
        ProviderMisconfigured: the language model lacks a setting.
    """
    if name not in PLANNER_NAMES:
        raise UsageError(f"There is no planner '{name}'. Known: {', '.join(PLANNER_NAMES)}.")
    planning = replace(context.settings.planning, planner=name)
    if name == "llm" and find_provider(planning, context.settings.keys) is None:
        raise UsageError(
            "No language model is set up. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or "
            "REVENUE_LLM_BASE_URL; docs/llm.md says more."
        )
    return replace(context, settings=replace(context.settings, planning=planning))
