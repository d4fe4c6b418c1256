"""Which files a source reads: regular ones below the data folder, in name order, nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from semantic.spec import SourceSpec
from server.warehouse.errors import WarehouseError
from server.warehouse.ingest import ingest
from server.warehouse.limits import IngestLimits
from server.warehouse.paths import Home
from server.warehouse.progress import ProgressEvent
from tests.warehouse.shop import GOOD, HEADER, LIMITS, NOW, load, make_spec

CONTENT = f"{HEADER}\n{GOOD}\n"


def refuse(root: Path, **source: Any) -> list[str]:
    with pytest.raises(WarehouseError) as caught:
        load(root, make_spec(**source), {})
    assert str(root) not in str(caught.value)
    assert not (root / "warehouse" / "current").exists()
    return [issue.code for issue in caught.value.issues]


def make_data(root: Path) -> Path:
    data = Home(root).data
    data.mkdir(parents=True)
    return data


def test_no_file_is_told_with_pattern_and_folder(tmp_path: Path) -> None:
    make_data(tmp_path)
    with pytest.raises(WarehouseError, match=r"data folder 'data' matches 'orders\*\.csv'"):
        load(tmp_path, make_spec(), {})


def test_no_data_folder_is_told_like_no_file(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="matches"):
        ingest(Home(tmp_path), make_spec(), now=NOW)


def test_a_link_is_refused_even_inside_the_folder(tmp_path: Path) -> None:
    data = make_data(tmp_path / "home")
    (tmp_path / "secret.csv").write_text(CONTENT)
    (data / "orders.csv").symlink_to(tmp_path / "secret.csv")
    assert refuse(tmp_path / "home") == ["not-a-file"]
    (data / "orders.csv").unlink()
    (data / "real.csv").write_text(CONTENT)
    (data / "orders.csv").symlink_to("real.csv")
    assert refuse(tmp_path / "home") == ["not-a-file"]


def test_a_file_behind_a_linked_folder_is_refused(tmp_path: Path) -> None:
    data = make_data(tmp_path / "home")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "orders.csv").write_text(CONTENT)
    (data / "sub").symlink_to(tmp_path / "elsewhere")
    assert refuse(tmp_path / "home", files=["sub/orders.csv"]) == ["not-a-file"]


def test_a_pipe_and_a_folder_are_refused_without_waiting(tmp_path: Path) -> None:
    data = make_data(tmp_path)
    os.mkfifo(data / "orders-pipe.csv")
    (data / "orders-folder.csv").mkdir()
    assert refuse(tmp_path) == ["not-a-file", "not-a-file"]


@pytest.mark.parametrize("pattern", ["../*.csv", "/etc/*.csv", "a/../../x.csv"])
def test_a_pattern_that_leads_out_is_refused(tmp_path: Path, pattern: str) -> None:
    make_data(tmp_path)
    assert refuse(tmp_path, files=[pattern]) == ["pattern-outside-data"]


def test_a_file_beyond_the_size_limit_is_refused(tmp_path: Path) -> None:
    limits = IngestLimits(file_bytes=10)
    with pytest.raises(WarehouseError) as caught:
        load(tmp_path, make_spec(), {"orders.csv": CONTENT}, limits=limits)
    assert [issue.code for issue in caught.value.issues] == ["file-too-large"]


def test_files_load_in_name_order_each_once_and_hidden_ones_do_not_count(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"orders-{name}.csv": f"{HEADER}\n{name},C,,,,,,\n" for name in (3, 1, 2)
    }
    files[".orders-9.csv"] = "half an upload"
    done = load(tmp_path, make_spec(files=["orders*.csv", "*-1.csv", ".*x*.csv"]), files)
    assert done.rows("SELECT order_no, row_number FROM source.orders") == [(1, 1), (2, 2), (3, 3)]


def test_marks_of_patterns_in_names_and_folders_mean_themselves(tmp_path: Path) -> None:
    root = tmp_path / "o'dd [1] *"
    files: dict[str, str | bytes] = {
        "orders[1].csv": CONTENT,
        "orders1.csv": CONTENT.replace("1,Ann", "2,Ben"),
        "orders*'x\".csv": f"{HEADER}\n3,Cy,1,,,,\n4,Di,1,,,,,\n",
    }
    done = load(root, make_spec(), files)
    assert sorted(done.rows("SELECT order_no FROM source.orders")) == [(1,), (2,), (4,)]
    assert [(one.file, one.line) for one in done.rejects] == [("orders*'x\".csv", 2)]


def test_a_home_the_engine_cannot_work_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="Rename the folder"):
        load(tmp_path / "why?", make_spec(), {"orders.csv": CONTENT})


def test_files_in_subfolders_are_named_with_their_folder(tmp_path: Path) -> None:
    data = make_data(tmp_path)
    (data / "2025").mkdir()
    (data / "2025" / "orders.csv").write_text(CONTENT)
    done = load(tmp_path, make_spec(files=["**/orders.csv"]), {})
    assert [file.file for file in done.report.files] == ["2025/orders.csv"]


def test_a_file_written_to_during_the_load_fails_it(tmp_path: Path) -> None:
    data = make_data(tmp_path)
    (data / "orders.csv").write_text(CONTENT)

    def grow(event: ProgressEvent) -> None:
        if event.phase == "load" and not event.done_bytes:
            with (data / "orders.csv").open("a") as out:
                out.write("2,Ben,,,,,,\n")

    with pytest.raises(WarehouseError) as caught:
        ingest(Home(tmp_path), make_spec(), now=NOW, progress=grow, limits=LIMITS)
    assert [issue.code for issue in caught.value.issues] == ["file-changed"]
    assert not (tmp_path / "warehouse" / "current").exists()


def test_progress_reaches_the_size_of_each_file(tmp_path: Path) -> None:
    data = make_data(tmp_path)
    (data / "orders.csv").write_text(CONTENT)
    events: list[ProgressEvent] = []
    ingest(Home(tmp_path), make_spec(), now=NOW, progress=events.append, limits=LIMITS)
    size = len(CONTENT)
    assert ProgressEvent("orders.csv", "scan", size, size) in events
    assert ProgressEvent("orders.csv", "load", size, size) in events
    assert [event.phase for event in events][-2:] == ["finish", "publish"]


@pytest.mark.parametrize("delimiter", ['"', "\n", " "])
def test_a_delimiter_that_cannot_work_is_refused(tmp_path: Path, delimiter: str) -> None:
    make_data(tmp_path)
    with pytest.raises(WarehouseError) as caught:
        load(tmp_path, make_spec().model_copy(update={"sources": (_with(delimiter),)}), {})
    assert [issue.code for issue in caught.value.issues] == ["bad-delimiter"]


def _with(delimiter: str) -> SourceSpec:
    """A source as no YAML file gives it: blanks around a value are stripped there."""
    return make_spec().sources[0].model_copy(update={"delimiter": delimiter})
