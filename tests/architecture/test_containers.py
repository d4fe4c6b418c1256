"""The container files fit this checkout, and the check beside them notices when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scripts.check_containers import (
    find_compose_faults,
    find_image_faults,
    find_setting_faults,
    read_instructions,
)
from tests.architecture.sources import ROOT

GOOD = """
FROM python:3.11-slim AS build
COPY a.txt ./
FROM python:3.11-slim
COPY --from=build /x /x
RUN one \\
 && two
USER revenue
EXPOSE 8083
HEALTHCHECK CMD ["x"]
ENTRYPOINT ["x"]
CMD ["serve"]
"""


def image_faults(text: str, root: Path) -> list[str]:
    return list(find_image_faults(read_instructions(text), root))


def test_the_image_is_built_from_what_is_here() -> None:
    if not (ROOT / "frontend" / "package.json").is_file():
        pytest.skip("this checkout has no front end, which the first stage builds")
    assert image_faults((ROOT / "Dockerfile").read_text("utf-8"), ROOT) == []


def test_the_services_fit_together() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert list(find_compose_faults(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    "change, said",
    [
        (("USER revenue\n", ""), "root"),
        (("python:3.11-slim AS", "python AS"), "not pinned"),
        (("a.txt", "b.txt"), "no such file"),
        (("--from=build", "--from=page"), "no such stage"),
        (("HEALTHCHECK", "#"), "no HEALTHCHECK"),
        (("RUN", "RUM"), "unknown instruction"),
    ],
)
def test_a_mistake_in_a_dockerfile_is_noticed(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    (tmp_path / "a.txt").touch()
    assert image_faults(GOOD, tmp_path) == []
    (found, *_) = image_faults(GOOD.replace(*change, 1), tmp_path)
    assert said in found


@pytest.mark.parametrize(
    "service, said",
    [
        ({"image": "x"}, "pinned"),
        ({"image": "x:1", "ports": ["8083:8083"]}, "open to others"),
        ({"image": "x:1", "volumes": ["y:/y"]}, "not declared"),
        ({"image": "x:1", "depends_on": {"z": {}}}, "no service"),
        ({"image": "x:1", "privileged": True}, "more rights"),
    ],
)
def test_a_mistake_in_a_compose_file_is_noticed(service: dict[str, object], said: str) -> None:
    (found,) = find_compose_faults({"services": {"a": service}})
    assert said in found


def test_a_setting_that_the_example_does_not_list_is_noticed() -> None:
    example = "# REVENUE_A=\nREVENUE_B=1\n"
    assert list(find_setting_faults({"REVENUE_A", "REVENUE_B"}, example)) == []
    assert len(list(find_setting_faults({"REVENUE_C"}, example))) == 1
