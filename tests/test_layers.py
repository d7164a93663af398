"""The rules that keep the house in order: who may import whom, and who may touch the world."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = [
    "framing",
    "position",
    "event",
    "sanitize",
    "state",
    "select",
    "sieve",
    "instant",
    "source.start",
    "content",
    "asked",
    "encoding",
    "check",
    "timeline",
    "until",
] + [
    f"render.{name}"
    for name in ("blocks", "flow", "pulse", "rows", "speakers", "style", "standing", "telling", "tools", "units")
]
WORLD = {"os", "time", "asyncio", "pathlib", "socket", "subprocess", "threading", "fcntl", "select"}
# Each module imports only from floors below its own.
FLOORS = [
    {
        "assets",
        "called",
        "encoding",
        "errors",
        "runs",
        "framing",
        "position",
        "sanitize",
        "lock",
        "wake",
        "crowd",
        "stop",
        "instant",
        "schema",
        "settings",
    },
    {"event"},
    {"sieve"},
    {"source", "state"},
    {"select", "content", "until", "timeline", "check", "following"},
    {"asked", "listing", "summary"},
    {"run"},
    {"render", "stdout", "suspension"},
    {"tail", "report", "web", "asserting"},
    {"sifting", "nats"},
    {
        "watching",
        "overview",
        "showing",
        "checking",
        "waiting",
        "reporting",
        "serving",
        "relaying",
        "pytest_plugin",
    },
    {"cli"},
    {"__main__"},
]


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def floor_of(module: str) -> int:
    return next((number for number, names in enumerate(FLOORS) if module in names), -1)


@pytest.mark.parametrize(("package", "other"), [("observer", "agent"), ("agent", "observer")])
def test_the_packages_share_the_file_format_and_nothing_else(package: str, other: str) -> None:
    for path in modules(package):
        assert not [name for name in imports(path) if name.split(".")[0] == other], path


def test_each_floor_of_the_observer_imports_only_floors_below() -> None:
    for path in modules("observer"):
        own = path.relative_to(ROOT / "observer").parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        assert floor_of(own) >= 0, f"{path} stands on no floor"
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "observer" and parts[1] not in {own, "__version__"}:
                allowed = floor_of(parts[1]) < floor_of(own) or floor_of(own) == 0
                assert allowed, f"{path} imports {name}, which is not below it"


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_touches_no_clock_file_or_loop(module: str) -> None:
    path = ROOT / "observer" / f"{module.replace('.', '/')}.py"
    assert not {name.split(".")[0] for name in imports(path)} & WORLD


@pytest.mark.parametrize("package", ["observer", "agent"])
def test_no_module_imports_another_ones_private_names(package: str) -> None:
    for path in modules(package):
        for name in imports(path):
            if name.split(".")[0] == package:
                assert not [part for part in name.split(".") if part.startswith("_") and not part.startswith("__")], (
                    f"{path} imports {name}"
                )


def test_the_observer_needs_only_the_light_install() -> None:
    light = {"aiofiles", "msgspec", "rich", "typer", "watchfiles", "observer"}
    # each with a sentence for those who have them not
    extras = {"asked.py": {"jq"}, "packed.py": {"zstandard"}, "schema.py": {"jsonschema_rs"}}
    extras["pytest_plugin.py"] = {"pytest"}  # which loads it
    for path in modules("observer"):
        folder = {"web": {"starlette", "uvicorn"}, "nats": {"nats", "nkeys"}}.get(path.parent.name, set[str]())
        for name in imports(path):
            top = name.split(".")[0]
            allowed = light | folder | extras.get(path.name, set())
            assert top in allowed or top in sys.stdlib_module_names, f"{path} imports {name}"
