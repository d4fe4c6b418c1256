"""The settings to the language model they name, or None where they name none.

Called by `app.py`. Invariant: a key given for one provider is never sent to another. The SDKs,
which take as long to load as half of the program, are loaded where one of them is asked.
"""

from __future__ import annotations

from typing import Final

from server.providers.base import Provider, ProviderMisconfigured, Style
from server.settings_planner import PlannerSettings, ProviderKeys

DEFAULT_MODELS: Final = {"openai": "gpt-5.5", "anthropic": "claude-sonnet-5"}
_STYLES: Final[dict[str, tuple[Style, ...]]] = {
    "auto": ("tools", "schema"), "tools": ("tools",), "schema": ("schema",),
}  # fmt: skip


def find_provider(settings: PlannerSettings, keys: ProviderKeys) -> Provider | None:
    """The language model to ask; None without a key or an address, or with `builtin`.

    Raises:
        ProviderMisconfigured: a provider or an address is set, and something it needs is not.
    """
    if settings.planner == "builtin":
        return None
    name = settings.provider or _find_name(settings, keys)
    if name is None:
        return None
    if name == "anthropic":
        return _anthropic(settings, keys)
    return _openai(settings, keys)


def _find_name(settings: PlannerSettings, keys: ProviderKeys) -> str | None:
    """The provider whose key or address is there; with both keys OpenAI's protocol."""
    if keys.openai_key or keys.openai_url:
        return "openai"
    if keys.anthropic_key:
        return "anthropic"
    return "openai" if settings.base_url else None


def _openai(settings: PlannerSettings, keys: ProviderKeys) -> Provider:
    from server.providers import openai

    base_url = settings.base_url or keys.openai_url or openai.DEFAULT_URL
    is_own = base_url == openai.DEFAULT_URL
    if is_own and not keys.openai_key:
        raise ProviderMisconfigured(
            "The provider openai needs OPENAI_API_KEY, or REVENUE_LLM_BASE_URL for a server that "
            "takes no key."
        )
    if not is_own and not settings.model:
        raise ProviderMisconfigured(
            "Set REVENUE_LLM_MODEL to the name of the model that the server at the address serves."
        )
    return openai.OpenAIProvider(
        api_key=keys.openai_key,
        base_url=base_url,
        model=settings.model or DEFAULT_MODELS["openai"],
        styles=_STYLES[settings.style],
        timeout_s=settings.timeout_s,
        retries=settings.retries,
    )


def _anthropic(settings: PlannerSettings, keys: ProviderKeys) -> Provider:
    from server.providers import anthropic

    if not keys.anthropic_key:
        raise ProviderMisconfigured("The provider anthropic needs ANTHROPIC_API_KEY.")
    return anthropic.AnthropicProvider(
        api_key=keys.anthropic_key,
        base_url=settings.base_url or keys.anthropic_url or anthropic.DEFAULT_URL,
        model=settings.model or DEFAULT_MODELS["anthropic"],
        timeout_s=settings.timeout_s,
        retries=settings.retries,
    )
