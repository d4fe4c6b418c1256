"""The environment becomes one frozen tree, or sentences that say what is wrong with it."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

import server.settings
from server.settings import InvalidSettings, Settings

HOME = Path("somewhere")


def test_without_variables_the_defaults_hold() -> None:
    settings = Settings.load({"PATH": "/bin", "UNRELATED": "x"})
    assert settings.home == Path.cwd()
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8083)
    assert settings.server.cors_origins == ("http://localhost:3002",)
    assert settings.limits.request_bytes == 1024 * 1024
    assert dict(settings.process_environment) == {"PATH": "/bin"}


def test_variables_become_values_of_their_type() -> None:
    settings = Settings.load(
        {
            "REVENUE_HOME": "/data/home",
            "REVENUE_PORT": "0",
            "REVENUE_ALLOWED_HOSTS": "a.example, 10.0.0.5,",
            "REVENUE_ENGINE_TIMEOUT_S": "2.5",
        }
    )
    assert settings.home == Path("/data/home")
    assert settings.server.port == 0
    assert settings.server.allowed_hosts == ("a.example", "10.0.0.5")
    assert settings.engine.timeout_s == 2.5


def test_an_unknown_variable_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(InvalidSettings, match="Did you mean 'REVENUE_PORT'"):
        Settings.load({"REVENUE_PROT": "1"})


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.load({"REVENUE_PORT": "x", "REVENUE_NOPE": "1", "REVENUE_MAX_ROWS": "0"})
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    "name, text",
    [
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "8083.0"),
        ("PORT", "٣"),
        ("PORT", ""),
        ("ENGINE_TIMEOUT_S", "nan"),
        ("ENGINE_TIMEOUT_S", "inf"),
        ("ENGINE_TIMEOUT_S", "0"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "http://a.example/path"),
        ("ALLOWED_HOSTS", "*"),
        ("HOST", "a b"),
        ("DATABASE_URL", " "),
        ("DEFAULT_ROWS", "20000"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name: str, text: str) -> None:
    with pytest.raises(InvalidSettings, match=f"REVENUE_{name}"):
        Settings.load({f"REVENUE_{name}": text}, HOME)


def test_a_secret_shows_nowhere() -> None:
    url = "postgresql://user:tops3cret@db/revenue"
    settings = Settings.load({"REVENUE_DATABASE_URL": url}, HOME)
    assert settings.store.database_url == url
    assert "tops3cret" not in repr(settings) + str(settings.describe())
    with pytest.raises(InvalidSettings) as caught:
        Settings.load({"REVENUE_DATABASE_URL": url, "REVENUE_DATABASE_URLS": url}, HOME)
    assert "tops3cret" not in str(caught.value)


def test_settings_cannot_be_changed() -> None:
    settings = Settings.load({}, HOME)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.server.port = 1  # type: ignore[misc]


def test_every_setting_says_what_it_is_in_one_line() -> None:
    tree = ast.parse(Path(server.settings.__file__).read_text("utf-8"))
    for group in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        if not group.decorator_list:
            continue
        fields = [node for node in group.body if isinstance(node, ast.AnnAssign)]
        for field in fields:
            after = group.body[group.body.index(field) + 1]
            assert isinstance(after, ast.Expr), ast.unparse(field)
            assert isinstance(after.value, ast.Constant)
            assert "\n" not in str(after.value.value)
