"""The running process to one that the operating system holds on a short rein (Linux).

Called once by an engine worker at its start, before it sees a request. Invariant: every
layer either holds or is named as missing; no layer is needed for another one to hold.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from server.warehouse.lockdown import MIB

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
# The same numbers on every architecture that Python runs on.
_LANDLOCK_CREATE_RULESET: Final = 444
_LANDLOCK_ADD_RULE: Final = 445
_LANDLOCK_RESTRICT_SELF: Final = 446
_LANDLOCK_CREATE_RULESET_VERSION: Final = 1
_LANDLOCK_RULE_PATH_BENEATH: Final = 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
# How many access rights each version of the kernel interface knows: files (execute, write,
# read, remove, make, refer, truncate, ioctl) and network (bind, connect); then the scopes.
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_RIGHTS: Final = 2
_SCOPES: Final = 2

_LIBRARIES: Final = {"site-packages", "dist-packages"}


def limit_resources(address_space_mb: int) -> dict[str, str]:
    """Set the limits of this process for good; what was set, by name.

    Address space (MiB), file size 0 (nothing can be written), no core dumps, few open files.
    """
    wanted = {
        "RLIMIT_AS": address_space_mb * MIB,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 256,
    }
    layers = {}
    for name, value in wanted.items():
        number = getattr(resource, name)
        try:
            resource.setrlimit(number, (value, value))
        except (ValueError, OSError):
            layers[name] = "missing"
        else:
            layers[name] = str(resource.getrlimit(number)[0])
    return layers


def bind_to_parent() -> dict[str, str]:
    """Die with the parent, never gain privileges, be the first to go when memory is short."""
    if sys.platform != "linux":
        return {"parent_death": "missing", "no_new_privileges": "missing"}
    libc = ctypes.CDLL(None, use_errno=True)
    died = libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    locked = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    return {
        "parent_death": "missing" if died else "kill",
        "no_new_privileges": "missing" if locked else "on",
    }


def restrict_files(readable: Iterable[Path]) -> dict[str, str]:
    """Let this process read below `readable` and nothing else: no write, exec or TCP anywhere.

    A no-op on kernels without Landlock. Holds for threads started from now on.
    """
    if sys.platform != "linux":
        return {"landlock": "missing"}
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    abi = libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    if abi < 1:
        return {"landlock": "missing"}
    attributes = _ruleset(abi)
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return {"landlock": "missing"}
    try:
        for path in readable:
            _allow_reading(libc, ruleset, path)
        held = libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)
    return {"landlock": f"version {abi}" if held else "missing"}


def _ruleset(abi: int) -> bytes:
    """The kernel's `landlock_ruleset_attr` with every right the interface version knows."""
    files = (1 << _FILE_RIGHTS[min(abi, max(_FILE_RIGHTS))]) - 1
    fields = [files]
    if abi >= 4:
        fields.append((1 << _NET_RIGHTS) - 1)
    if abi >= 6:
        fields.append((1 << _SCOPES) - 1)
    return struct.pack(f"={len(fields)}Q", *fields)


def _allow_reading(libc: ctypes.CDLL, ruleset: int, path: Path) -> None:
    """Add one rule; a path that does not exist needs none."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ_FILE | (_READ_DIR if path.is_dir() else 0)
        rule = struct.pack("=Qi", rights, handle)
        libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(handle)


def code_folders(packages: Iterable[str]) -> list[Path]:
    """What Python must still be able to read: itself, its libraries and these packages."""
    folders = [Path(sys.prefix), Path(sys.base_prefix), Path(os.__file__).parent]
    # A checkout holds more than code (data, keys, the state): of it only the packages.
    folders += [
        Path(entry)
        for entry in sys.path
        if Path(entry).name in _LIBRARIES or not (Path(entry) / "server").is_dir()
    ]
    for package in packages:
        module = sys.modules.get(package)
        folders += [Path(entry) for entry in getattr(module, "__path__", ())]
    # The shared libraries, the time zone, and what DuckDB asks for its share of the machine.
    system: tuple[str, ...] = (
        "/usr/lib",
        "/usr/lib64",
        "/lib",
        "/lib64",
        "/usr/share/zoneinfo",
        "/etc/localtime",
    )
    system += ("/etc/ld.so.cache", "/proc/self", "/proc/meminfo", "/sys", "/dev/urandom")
    return [*folders, *map(Path, system)]
