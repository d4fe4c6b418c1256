"""The settings of planners and language models, and the keys that providers' own variables hold.

Two groups of `settings.py`, which alone reads the environment. Invariant: a key is in no repr.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.settings_fields import (
    address,
    amount,
    one_of,
    seconds,
    switch,
    text,
    variable,
    whole,
)


@dataclass(frozen=True, slots=True)
class PlannerSettings:
    """Who reads questions: the built-in planner, or a language model beside it."""

    planner: str = variable("PLANNER", "auto", one_of("auto", "builtin", "llm"))
    """auto: the built-in planner where it is certain, else the language model if there is one."""
    provider: str = variable("LLM_PROVIDER", "", one_of("openai", "anthropic"))
    """Whose protocol the model speaks; empty: the one whose key or address is set."""
    model: str = variable("LLM_MODEL", "", text)
    """The model's name; empty: a default of the provider."""
    base_url: str = variable("LLM_BASE_URL", "", address)
    """Address of a server that speaks the protocol; empty: the provider's own."""
    style: str = variable("LLM_STYLE", "auto", one_of("auto", "tools", "schema"))
    """How a server of chat completions is asked for steps."""
    prose: bool = variable("LLM_PROSE", True, switch)
    """Whether the model may write the text; false also keeps every result from it."""
    timeout_s: float = variable("LLM_TIMEOUT_S", 60.0, seconds(0.1, 3600))
    """Seconds for one completion, retries included."""
    retries: int = variable("LLM_RETRIES", 2, whole(0, 10))
    """Repetitions of a request that failed for a passing reason."""
    iterations: int = variable("LLM_MAX_ITERATIONS", 8, whole(1, 100))
    """Completions for one question, at most."""
    output_tokens: int = variable("LLM_OUTPUT_TOKENS", 2000, whole(64, 100_000))
    """Longest answer of one completion."""
    card_tokens: int = variable("LLM_CARD_TOKENS", 6000, whole(200, 200_000))
    """Length of the description of the model in the prompt."""
    question_tokens: int = variable("LLM_QUESTION_TOKENS", 100_000, whole(0, 10**9))
    """Tokens one question may use; 0: no limit."""
    day_tokens: int = variable("LLM_DAY_TOKENS", 5_000_000, whole(0, 10**12))
    """Tokens all questions of a day may use; 0: no limit."""
    question_cost: float = variable("LLM_QUESTION_COST", 0.0, amount)
    """US dollars one question may cost; 0: no limit."""
    day_cost: float = variable("LLM_DAY_COST", 0.0, amount)
    """US dollars all questions of a day may cost; 0: no limit."""
    input_price: float = variable("LLM_INPUT_PRICE", 0.0, amount)
    """US dollars for a million tokens of input."""
    cached_price: float = variable("LLM_CACHED_PRICE", 0.0, amount)
    """US dollars for a million tokens of input from the provider's cache; 0: the input's price."""
    output_price: float = variable("LLM_OUTPUT_PRICE", 0.0, amount)
    """US dollars for a million tokens of output."""

    def find_problem(self) -> str:
        """What makes the values useless together; "" where nothing does."""
        has_limit = self.question_cost or self.day_cost
        if has_limit and not (self.input_price and self.output_price):
            return (
                "A limit of cost needs prices: set REVENUE_LLM_INPUT_PRICE and "
                "REVENUE_LLM_OUTPUT_PRICE, or limit the tokens."
            )
        return ""


@dataclass(frozen=True, slots=True)
class ProviderKeys:
    """What the providers' own variables hold; their names are those everybody knows."""

    openai_key: str = field(default="", repr=False)
    """`OPENAI_API_KEY`."""
    anthropic_key: str = field(default="", repr=False)
    """`ANTHROPIC_API_KEY`."""
    openai_url: str = ""
    """`OPENAI_BASE_URL`."""
    anthropic_url: str = ""
    """`ANTHROPIC_BASE_URL`."""


def load_keys(environ: Mapping[str, str], problems: list[str]) -> ProviderKeys:
    """The providers' own variables; a value that cannot be used becomes a problem."""
    urls = {}
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        given = environ.get(name, "").strip()
        try:
            urls[name] = address(given) if given else ""
        except ValueError as error:
            problems.append(f"{name} cannot be used: {error}.")
    return ProviderKeys(
        openai_key=environ.get("OPENAI_API_KEY", "").strip(),
        anthropic_key=environ.get("ANTHROPIC_API_KEY", "").strip(),
        openai_url=urls.get("OPENAI_BASE_URL", ""),
        anthropic_url=urls.get("ANTHROPIC_BASE_URL", ""),
    )
