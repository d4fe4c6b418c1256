"""Publishing, going back, pruning: whole versions, new numbers; a failure changes nothing."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from semantic.spec import SemanticModelSpec
from server.warehouse.errors import WarehouseError
from server.warehouse.limits import IngestLimits
from server.warehouse.locks import hold_lock
from server.warehouse.meta import source_summary
from server.warehouse.paths import STORAGE_VERSION, Home
from server.warehouse.versions import (
    current_version,
    get_version,
    list_versions,
    prune,
    rollback,
)
from tests.warehouse.shop import (
    GOOD,
    HEADER,
    NOW,
    is_whole,
    load,
    load_orders,
    make_spec,
)


def orders(count: int) -> list[str]:
    return [f"{n},C{n},{n}.50,,,,," for n in range(1, count + 1)]


def load_versions(root: Path, count: int) -> Home:
    """A home whose version n holds n orders."""
    return [load_orders(root, *orders(number)).home for number in range(1, count + 1)][-1]


def snapshot(home: Home) -> dict[str, bytes | str]:
    """Every file, link and folder of the warehouse, with its content."""
    found: dict[str, bytes | str] = {}
    for path in sorted(home.warehouse.rglob("*")):
        name = path.relative_to(home.warehouse).as_posix()
        if path.is_symlink():
            found[name] = str(path.readlink())
        else:
            found[name] = path.read_bytes() if path.is_file() else "folder"
    return found


def test_a_version_is_a_read_only_folder_behind_a_relative_link(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(3)).home
    assert {path.name for path in home.version(1).iterdir()} == {
        "revenue.duckdb",
        "model.json",
        "version.json",
    }
    for path in home.version(1).iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert str(home.current.readlink()) == "1"
    assert current_version(home) == 1
    assert is_whole(home, 1, 3)


def test_a_version_tells_what_it_is(tmp_path: Path) -> None:
    done = load_orders(tmp_path, *orders(2), "x,,,,,,,")
    model = done.home.model(1).read_bytes()
    assert SemanticModelSpec.model_validate_json(model) == make_spec()
    version = done.report.version
    assert version == get_version(done.home, 1)
    assert version.model_version == hashlib.sha256(model).hexdigest()[:12]
    assert (version.number, version.created_at, version.is_current) == (1, NOW, True)
    assert (version.records, version.accepted, version.rejected) == (3, 2, 1)
    assert version.storage_version == STORAGE_VERSION
    assert done.rows("SELECT * FROM meta.version") == [
        (1, NOW.replace(tzinfo=None), version.model_version, duckdb.__version__, STORAGE_VERSION)
    ]
    content = (done.home.data / "orders.csv").read_bytes()
    [file] = source_summary(done.home, 1)
    assert file == done.report.files[0]
    assert (file.source, file.file, file.bytes) == ("orders", "orders.csv", len(content))
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    written = (done.home.data / "orders.csv").stat().st_mtime
    assert abs(file.modified_at - datetime.fromtimestamp(written, UTC)).total_seconds() < 0.001


def test_the_file_is_in_the_storage_format_of_older_clients(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(1)).home
    with duckdb.connect(str(home.database(1)), read_only=True) as connection:
        tags = connection.execute(
            "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = 'revenue'"
        ).fetchone()
    assert tags is not None
    assert tags[0].startswith("v1.2.0")


def test_names_qualified_with_the_catalog_hold_when_a_tool_opens_the_file(tmp_path: Path) -> None:
    statements = [
        "CREATE VIEW revenue.main.big AS SELECT * FROM revenue.source.orders WHERE total > 2",
        "CREATE MACRO revenue.main.total_of(a) AS"
        " (SELECT sum(total) + a FROM revenue.source.orders)",
        "COMMENT ON VIEW revenue.main.big IS 'Large orders'",
    ]
    done = load(
        tmp_path,
        make_spec(),
        {"orders.csv": "\n".join((HEADER, *orders(3)))},
        finishing_sql=statements,
    )
    with duckdb.connect(str(done.home.current / "revenue.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*), total_of(1) FROM big").fetchall() == [(2, 8.5)]


def test_a_failing_last_statement_changes_nothing(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(3)).home
    before = snapshot(home)
    with pytest.raises(WarehouseError) as caught:
        load(tmp_path, make_spec(), {}, finishing_sql=["SELECT 1", "CREATE VIEW v AS SELECT nope"])
    assert [issue.code for issue in caught.value.issues] == ["finishing-failed"]
    assert "Statement 2 of 2" in str(caught.value)
    assert "nope" not in str(caught.value)
    assert snapshot(home) == before


def test_no_failure_touches_what_is_published(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(3)).home
    before = snapshot(home)
    for content in ("", HEADER, "a,b\n1,2\n", f"{HEADER}\n{GOOD}\n\udcff"):
        (home.data / "orders.csv").write_text(content, "utf-8", errors="surrogateescape")
        with pytest.raises(WarehouseError):
            load(tmp_path, make_spec(), {})
        assert snapshot(home) == before


def test_too_little_memory_fails_the_load_and_changes_nothing(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(3)).home
    before = snapshot(home)
    with pytest.raises(WarehouseError) as caught:
        load(tmp_path, make_spec(), {}, limits=IngestLimits(memory_mb=1))
    assert [issue.code for issue in caught.value.issues] == ["out-of-memory"]
    assert snapshot(home) == before


def test_leftovers_of_killed_loads_are_removed_by_the_next(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(1)).home
    leftover = home.warehouse / ".build-2"
    (leftover / "spill").mkdir(parents=True)
    (leftover / "revenue.duckdb").write_bytes(b"half")
    (home.warehouse / ".current-new").symlink_to("7")
    assert load_orders(tmp_path, *orders(2)).report.version.number == 2
    assert not leftover.exists()
    assert is_whole(home, 2, 2)


def test_going_back_is_a_swap_and_numbers_go_on(tmp_path: Path) -> None:
    home = load_versions(tmp_path, 3)
    files = {n: home.database(n).read_bytes() for n in (1, 2, 3)}
    assert rollback(home).number == 2
    assert current_version(home) == 2
    assert rollback(home, 3).is_current
    assert rollback(home, 1).number == 1
    assert [(one.number, one.is_current) for one in list_versions(home)] == [
        (3, False),
        (2, False),
        (1, True),
    ]
    assert {n: home.database(n).read_bytes() for n in (1, 2, 3)} == files
    assert load_orders(tmp_path, *orders(4)).report.version.number == 4
    assert current_version(home) == 4


def test_going_back_needs_a_version_to_go_to(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(1)).home
    with pytest.raises(WarehouseError, match="no earlier version"):
        rollback(home)
    with pytest.raises(WarehouseError, match=r"no version 9\. Kept are: 1\."):
        rollback(home, 9)
    assert current_version(home) == 1


def test_an_open_reader_keeps_its_version(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(1)).home
    with duckdb.connect(str(home.current.resolve() / "revenue.duckdb"), read_only=True) as reader:
        load_orders(tmp_path, *orders(2))
        assert prune(home, 1) == [1]
        assert reader.execute("SELECT count(*) FROM source.orders").fetchone() == (1,)


def test_pruning_keeps_the_newest_and_the_current_one(tmp_path: Path) -> None:
    home = load_versions(tmp_path, 4)
    rollback(home, 2)
    assert prune(home, 1) == [1, 3]
    assert [one.number for one in list_versions(home)] == [4, 2]
    assert is_whole(home, 2, 2)
    with pytest.raises(WarehouseError):
        prune(home, 0)


def test_a_number_is_not_used_again_after_its_version_was_pruned(tmp_path: Path) -> None:
    home = load_versions(tmp_path, 3)
    rollback(home, 1)
    for number in (2, 3):
        for path in home.version(number).iterdir():
            path.unlink()
        home.version(number).rmdir()
    assert load_orders(tmp_path, *orders(1)).report.version.number == 4


def test_before_the_first_publish_there_is_no_version(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert current_version(home) is None
    assert list_versions(home) == []
    with pytest.raises(WarehouseError, match="revenue ingest"):
        get_version(home, 1)


def test_a_damaged_manifest_is_told(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(1)).home
    home.manifest(1).chmod(0o644)
    home.manifest(1).write_text(json.dumps({"number": 1}))
    with pytest.raises(WarehouseError, match=r"Version 1 has no readable version\.json"):
        list_versions(home)


def test_a_second_load_can_refuse_to_wait(tmp_path: Path) -> None:
    home = load_orders(tmp_path, *orders(1)).home
    with hold_lock(home.warehouse / ".ingest.lock"), pytest.raises(WarehouseError) as caught:
        load(tmp_path, make_spec(), {}, limits=IngestLimits(memory_mb=256, wait=False))
    assert [issue.code for issue in caught.value.issues] == ["ingest-running"]


def test_the_same_files_give_the_same_tables(tmp_path: Path) -> None:
    lines = [f"{n},C{n % 7},{n}.25,{n % 100},1/{n % 28 + 1}/2025,no,shop," for n in range(1, 3000)]
    tables = [
        load_orders(tmp_path / name, *lines).rows("SELECT * FROM source.orders")
        for name in ("one", "two")
    ]
    assert tables[0] == tables[1]
    assert len(tables[0]) == 2999
