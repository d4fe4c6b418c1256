"""Addresses of the state store: the usual ones are understood, the rest refused in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.storage.database import parse_url, sqlite_url
from server.storage.errors import (
    InvalidStoreUrl,
    StoreError,
    StoreUnavailable,
)
from server.storage.migrate import migrate


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidStoreUrl, match="names a folder"):
        migrate(sqlite_url(tmp_path))


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_wrong_password_is_an_error_without_the_password(address: str) -> None:
    wrong = parse_url(address).set(password="opensesame").render_as_string(hide_password=False)
    with pytest.raises(StoreUnavailable) as caught:
        migrate(wrong)
    assert "opensesame" not in str(caught.value)


@pytest.mark.parametrize(
    "bad",
    [
        "mysql://user:opensesame@host/db",
        "duckdb:///opensesame.db",
        "opensesame",
        "",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:opensesame?mode=memory&uri=true",
        "postgresql://user:opensesame@host",
        "postgresql://user:opensesame@host:port/db",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(bad: str) -> None:
    with pytest.raises(InvalidStoreUrl, match="postgresql://user:password@host") as caught:
        parse_url(bad)
    assert "opensesame" not in str(caught.value)


def test_an_option_that_cannot_be_honoured_is_refused_by_name() -> None:
    with pytest.raises(InvalidStoreUrl, match=r"options .*: target_session_attrs") as caught:
        parse_url("postgresql://u:opensesame@h/db?target_session_attrs=any&sslmode=require")
    assert "opensesame" not in str(caught.value)


@pytest.mark.parametrize(
    "options", ["sslmode=opensesame", "ssl=require&sslmode=disable", "ssl=require&ssl=x"]
)
def test_an_unclear_ssl_mode_is_refused(options: str) -> None:
    with pytest.raises(InvalidStoreUrl, match=r"verify-full|postgresql://") as caught:
        parse_url(f"postgresql://u:p@h/db?{options}")
    assert "opensesame" not in str(caught.value)


def test_the_words_of_other_clients_are_understood() -> None:
    url = parse_url("postgres://u:p@h:5433/db?sslmode=require")
    assert url.drivername == "postgresql+asyncpg"
    assert dict(url.query) == {"ssl": "require"}
    for word in ("sqlite", "sqlite+aiosqlite"):  # the driver of earlier versions
        assert parse_url(f"{word}:///state.db").drivername == "sqlite"


def test_every_error_of_the_store_has_a_code_of_its_own() -> None:
    kinds = StoreError.__subclasses__()
    codes = {kind.code for kind in kinds} | {StoreError.code}
    assert len(codes) == len(kinds) + 1
