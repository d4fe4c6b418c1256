"""Dockerfile and docker-compose.yml to a verdict, without a container engine.

Called by check-containers.sh. Invariant: ends with 1 and a list on any finding.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
Instruction = tuple[str, str]
KNOWN = frozenset(
    {"FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD",
     "ENTRYPOINT"}
)  # fmt: skip
MADE_BY_A_STAGE = "--from="


def read_instructions(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, each with its whole argument."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    parts = [line.partition(" ") for line in joined.splitlines() if line.strip()]
    return [(name, argument.strip()) for name, _, argument in parts]


def find_image_faults(instructions: list[Instruction], root: Path) -> Iterator[str]:
    """What is wrong with a Dockerfile."""
    stages = set()
    for name, argument in instructions:
        if name not in KNOWN:
            yield f"unknown instruction {name}"
        if name == "FROM":
            image, _, stage = argument.partition(" AS ")
            stages.add(stage)
            if ":" not in image or image.endswith(":latest"):
                yield f"the image {image} is not pinned"
        if name == "COPY":
            yield from _copy_faults(argument, stages, root)
    last = max(n for n, (name, _) in enumerate(instructions) if name == "FROM")
    yield from _final_faults(dict(instructions[last:]))


def _final_faults(final: dict[str, str]) -> Iterator[str]:
    if final.get("USER") in (None, "root", "0"):
        yield "the final stage runs as root"
    for needed in ("HEALTHCHECK", "ENTRYPOINT", "CMD", "EXPOSE"):
        if needed not in final:
            yield f"the final stage has no {needed}"
    for name in ("ENTRYPOINT", "CMD"):
        if not isinstance(json.loads(final.get(name, "[]")), list):
            yield f"{name} is no JSON list, so signals do not reach the program"


def _copy_faults(argument: str, stages: set[str], root: Path) -> Iterator[str]:
    first, *_ = words = argument.split()
    if first.startswith(MADE_BY_A_STAGE):
        if first.removeprefix(MADE_BY_A_STAGE) not in stages:
            yield f"COPY {first}: there is no such stage"
        return
    for source in words[:-1]:
        if not (root / source).exists():
            yield f"COPY {source}: there is no such file"


def find_compose_faults(compose: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a compose file."""
    services, volumes = compose["services"], compose.get("volumes", {})
    for name, service in services.items():
        if not ("build" in service or re.search(r":[\w.-]+$", service.get("image", ""))):
            yield f"{name}: neither built here nor a pinned image"
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{name}: port {port} is open to others"
        for volume in service.get("volumes", []):
            if volume.partition(":")[0] not in volumes:
                yield f"{name}: volume {volume} is not declared"
        for needed in service.get("depends_on", {}):
            if needed not in services:
                yield f"{name}: waits for {needed}, which is no service"
        if service.get("privileged") or "SYS_ADMIN" in service.get("cap_add", []):
            yield f"{name}: has more rights than it needs"


def find_setting_faults(names: set[str], example: str) -> Iterator[str]:
    """Settings that the compose file names and the example does not."""
    listed = set(re.findall(r"^#?\s*([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    yield from (f".env.example does not list {name}" for name in sorted(names - listed))


def main() -> int:
    """0 where nothing was found, 1 otherwise."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    example = (ROOT / ".env.example").read_text("utf-8")
    found = [
        *find_image_faults(read_instructions((ROOT / "Dockerfile").read_text("utf-8")), ROOT),
        *find_compose_faults(yaml.safe_load(text)),
        *find_setting_faults(set(re.findall(r"\$\{([A-Z0-9_]+)", text)), example),
    ]
    print("\n".join(found) or "Dockerfile and docker-compose.yml fit this checkout")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
