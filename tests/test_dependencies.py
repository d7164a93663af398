"""pyproject.toml, constraints.txt and docs/dependencies.md name the same packages."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
DIRECT = [
    requirement
    for text in {*PROJECT["project"]["dependencies"], *(line for lines in EXTRAS.values() for line in lines)}
    if (requirement := Requirement(text)).name != "runtail"
]
LINES = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
PINS = [line for line in LINES if not line.startswith("#")]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def pinned(python: str) -> dict[str, str]:
    """Return the version of each package that constraints.txt names for a Python on Linux."""
    environment = {"python_full_version": f"{python}.0", "python_version": python, "sys_platform": "linux"}
    versions = {}
    for line in PINS:
        requirement, _, marker = line.partition(" ; ")
        if not marker or Marker(marker).evaluate(environment):
            name, _, version = requirement.partition("==")
            assert name not in versions, f"{name} is pinned twice for Python {python}"
            versions[name] = version
    return versions


def test_a_constraint_is_a_name_and_a_version_and_has_no_address() -> None:
    assert [line for line in PINS if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [\w<>=!.' ]+)?", line)] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_every_direct_dependency_is_pinned_within_its_bounds(python: str) -> None:
    versions = pinned(python)
    for requirement in DIRECT:
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} is missing: run .ci/constraints"
        assert versions[name] in requirement.specifier, f"{name} {versions[name]}: run .ci/constraints"


def test_every_direct_dependency_has_a_lower_bound() -> None:
    """Without one, the lowest version that `.ci/lowest` installs would be the first that was ever released."""
    assert [str(each) for each in DIRECT if not any(part.operator == ">=" for part in each.specifier)] == []


def test_every_direct_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    rows = " ".join(re.findall(r"^\| ([^|]+)\|", page, re.MULTILINE))
    names = {canonicalize_name(name) for name in re.findall(r"[\w.-]+", rows)}
    assert {canonicalize_name(requirement.name) for requirement in DIRECT} - names == set()


def test_the_build_system_is_pinned_as_well() -> None:
    (build,) = PROJECT["build-system"]["requires"]
    assert build in EXTRAS["dev"]
