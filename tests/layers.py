"""Reads the structure of the two packages from their source: modules, imports, floors, and what breaks the rules."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FLOORS = {
    "observer": [
        {"errors"},
        {"format"},
        {"source"},
        {"runs"},
        {"terminal", "web", "testing"},
        {"report", "nats"},
        {"cli"},
        {"__main__"},
    ],
    "agent": [
        {"errors"},
        {"shield"},
        {"events"},
        {"schema"},
        {"safety", "rehearsal"},
        {"runlog"},
        {"recorder"},
        {"session"},
        {"harness"},
        {"cli"},
        {"__main__"},
    ],
}
"""The folders and modules on the top level of each package, lowest floor first."""
IMPURE = {"observer.runs.monitor", "observer.runs.listing", "observer.runs.run", "observer.runs.follow"}
"""The modules of `runs` that may read files and the clock. All of `format` and the rest of `runs` are pure."""
WORLD = {"aiofiles", "asyncio", "fcntl", "os", "pathlib", "select", "socket", "subprocess", "threading", "time"}
LAZY = {"agent", "observer", "observer.cli.app"}
"""The modules that import by name: public names of a package, and commands, from the top floor, when they are used."""
SHARED_NAMES = {"__init__", "__main__", "errors", "app"}
"""Basenames that may occur more than once; so may those of `cli/`, which bear the names of their commands."""
_LISTED = re.compile(r"^ {4}(\w+) {2,}\S", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, and its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @cached_property
    def imports(self) -> list[str]:
        """Every name that is imported anywhere in the module, also inside functions, as `module.name`."""
        names: list[str] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names += [f"{node.module}.{alias.name}" for alias in node.names]
        return names

    @cached_property
    def calls(self) -> set[str]:
        """The names of the functions and methods that the module calls."""
        called = {node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        return {f.id if isinstance(f, ast.Name) else f.attr for f in called if isinstance(f, ast.Name | ast.Attribute)}


class Tree:
    """The Python modules of both packages, by their dotted names."""

    def __init__(self, modules: dict[str, Module]) -> None:
        self.modules = modules

    @classmethod
    def read(cls, root: Path) -> "Tree":
        """Read the packages below `root`."""
        return cls({module.name: module for package in FLOORS for module in _modules(root, package)})

    def with_text(self, path: str, text: str) -> "Tree":
        """The same tree with `text` at the end of the file at `path`, which need not exist."""
        name = path.removesuffix(".py").replace("/", ".")
        present = self.modules.get(name)
        before = ast.unparse(present.tree) if present else ""
        return Tree(self.modules | {name: Module(name, Path(path), ast.parse(f"{before}\n{text}"))})

    def of(self, package: str) -> list[Module]:
        """The modules of a package, or of a folder in one, given by its dotted name."""
        return [module for name, module in self.modules.items() if name == package or name.startswith(f"{package}.")]

    def target(self, imported: str) -> str | None:
        """The module of this project that `module.name` is imported from; None for other people's modules."""
        parts = imported.split(".")
        candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((name for name in candidates if name in self.modules), None)

    def listed(self, package: str) -> list[str]:
        """The modules that the docstring of a folder's `__init__` lists, in its order."""
        return _LISTED.findall(ast.get_docstring(self.modules[package].tree, clean=False) or "")


def _modules(root: Path, package: str) -> Iterator[Module]:
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield Module(name, path, ast.parse(path.read_text("utf-8")))


def upward_imports(tree: Tree) -> list[str]:
    """Rule 1: a module imports only from floors below; within a folder, only modules that are listed before it."""
    problems = []
    for module in tree.modules.values():
        package, *inner = module.name.split(".")
        if not inner:
            continue  # the public names of the package itself, which are imported lazily
        for imported in module.imports:
            target = tree.target(imported)
            if target is None or target.split(".")[0] != package:
                continue
            if target == package:
                if imported != f"{package}.__version__":
                    problems.append(f"{module.name} imports {imported} through the top of its own package")
            elif not _is_below(tree, module, target):
                problems.append(f"{module.name} imports {target}, which is not below it")
    return problems


def _is_below(tree: Tree, module: Module, target: str) -> bool:
    own, other = module.name.split("."), target.split(".")
    common = next(i for i in range(len(own) + 1) if own[: i + 1] != other[: i + 1])
    folder = ".".join(own[:common])
    if common == len(own):  # an `__init__` that re-exports from its own folder
        return module.is_package
    if common == len(other):  # something imported through the `__init__` of the module's own folder
        return False
    if common == 1:
        floors = FLOORS[own[0]]
        return _floor(floors, other[1]) < _floor(floors, own[1])
    order = tree.listed(folder)
    return own[common] in order and other[common] in order[: order.index(own[common])]


def _floor(floors: list[set[str]], name: str) -> float:
    return next((number for number, names in enumerate(floors) if name in names), float("nan"))


def unlisted_modules(tree: Tree) -> list[str]:
    """Rule 1: each folder's docstring lists exactly the modules that are there; the top level has only known names."""
    problems = []
    for package, floors in FLOORS.items():
        present = {module.name.split(".")[1] for module in tree.of(package) if "." in module.name}
        problems += [f"{package}.{name} stands on no floor" for name in sorted(present - set().union(*floors))]
    for name, module in tree.modules.items():
        if not module.is_package or "." not in name:
            continue
        present = {other.name.removeprefix(f"{name}.").split(".")[0] for other in tree.of(name) if other is not module}
        listed = tree.listed(name)
        problems += [f"{name} does not list {missing}" for missing in sorted(present - set(listed))]
        problems += [f"{name} lists {gone}, which is not there" for gone in sorted(set(listed) - present)]
        problems += [f"{name} lists {double} twice" for double, count in Counter(listed).items() if count > 1]
    return problems


def impure_imports(tree: Tree) -> list[str]:
    """Rule 2: `format` and the pure half of `runs` know no clock, file, loop or console."""
    pure = tree.of("observer.format") + [m for m in tree.of("observer.runs") if m.name not in IMPURE]
    return [
        f"{module.name} is pure and imports {imported}"
        for module in pure
        for imported in module.imports
        if imported.split(".")[0] in WORLD or tree.target(imported) in IMPURE
    ]


def imports_between(tree: Tree, one: str, other: str) -> list[str]:
    """What `one` imports of `other`: rule 3 for `web` and `terminal`, and for the two packages."""
    return [
        f"{module.name} imports {imported}"
        for module in tree.of(one)
        for imported in module.imports
        if f"{imported}.".startswith(f"{other}.")
    ]


def doubled_basenames(tree: Tree) -> list[str]:
    """Rule 4: a basename occurs once in a package."""
    problems = []
    for package in FLOORS:
        names = [
            module.name
            for module in tree.of(package)
            if module.path.stem not in SHARED_NAMES and not module.name.startswith(f"{package}.cli.")
        ]
        count = Counter(name.rpartition(".")[2] for name in names)
        problems += [f"{package} has {count[stem]} modules named {stem}" for stem in count if count[stem] > 1]
    return problems


def untested_modules(tree: Tree, tests: Path) -> list[str]:
    """Rule 5: each module has a test file that bears its name, or a test file's docstring names it."""
    files = list(tests.rglob("test_*.py"))
    docstrings = "\n".join(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "" for path in files)
    mirrored = {".".join([*path.relative_to(tests).parts[:-1], path.stem.removeprefix("test_")]) for path in files}
    named = set(re.findall(r"\b(?:agent|observer)(?:\.\w+)+", docstrings))
    return [
        f"{module.name} has no test file of its name, and no test file's docstring names it"
        for module in tree.modules.values()
        if not module.is_package and module.name not in mirrored | named
    ]


def imports_by_name(tree: Tree) -> list[str]:
    """Rule 6: nothing is imported by a name that is put together at run time, except by the modules in LAZY."""
    return [
        f"{module.name} calls {sorted(module.calls & {'import_module', '__import__'})[0]}"
        for module in tree.modules.values()
        if module.calls & {"import_module", "__import__"} and module.name not in LAZY
    ]


def private_imports(tree: Tree) -> list[str]:
    """What is imported of another module although its name begins with an underscore."""
    return [
        f"{module.name} imports {imported}"
        for module in tree.modules.values()
        for imported in module.imports
        if imported.split(".")[0] in FLOORS and re.search(r"\._(?!_)", imported)
    ]
