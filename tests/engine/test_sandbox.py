"""What the operating system forbids a process that restricted itself, tried by Python alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TRIALS = """
import json, os, socket, subprocess, sys
from pathlib import Path
from server.warehouse.sandbox import bind_to_parent, code_folders, limit_resources, restrict_files

open_folder, closed_folder, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
layers = bind_to_parent() | restrict_files([*code_folders(["server"]), open_folder])
held = {}

def attempt(name, action):
    try:
        action()
        held[name] = ""
    except Exception as error:
        held[name] = type(error).__name__

attempt("read inside", lambda: (open_folder / "file").read_text())
attempt("import", lambda: __import__("colorsys"))
attempt("read outside", lambda: (closed_folder / "file").read_text())
attempt("list outside", lambda: list(closed_folder.iterdir()))
attempt("write inside", lambda: (open_folder / "file").write_text("x"))
attempt("make inside", lambda: (open_folder / "new").touch())
attempt("delete inside", lambda: (open_folder / "file").unlink())
attempt("truncate inside", lambda: os.truncate(open_folder / "file", 0))
attempt("run a program", lambda: subprocess.run(["/bin/true"]))
attempt("connect", lambda: socket.create_connection(("127.0.0.1", port), timeout=5).close())
attempt("read the parent", lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes())
layers |= limit_resources(2048)
attempt("allocate", lambda: bytearray(3 * 1024 ** 3))
print(json.dumps([layers, held]))
"""


def test_a_restricted_process_reads_its_folder_and_does_nothing_else(tmp_path: Path) -> None:
    import socket

    folders = [tmp_path / "open", tmp_path / "closed"]
    for folder in folders:
        folder.mkdir()
        (folder / "file").write_text("kept", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "-P", "-c", TRIALS, *map(str, folders), str(port)],
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stderr
    layers, held = json.loads(run.stdout)
    assert held.pop("read inside") == ""
    assert held.pop("import") == ""
    assert held.pop("allocate") == "MemoryError"
    assert layers["RLIMIT_FSIZE"] == "0"
    if layers["landlock"] == "missing":
        pytest.skip("this kernel has no Landlock")
    if int(layers["landlock"].split()[-1]) < 4:
        held.pop("connect")
    assert set(held.values()) == {"PermissionError"}, held
    assert [(folder / "file").read_text(encoding="utf-8") for folder in folders] == ["kept"] * 2
