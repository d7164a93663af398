"""Reads the structure of the two packages from their source: modules, imports, floors, and what breaks the rules."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.sources import syntax_tree

FLOORS = {
    "observer": [
        {"errors"},
        {"platform"},
        {"format"},
        {"dialects"},
        {"source"},
        {"runs"},
        {"terminal", "web", "testing"},
        {"report", "nats"},
        {"cli"},
        {"__main__"},
    ],
    "agent": [
        {"errors"},
        {"platform"},
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
IMPURE = {
    f"observer.runs.{name}"
    for name in (
        "jq_worker",
        "jq_process",
        "validation.published_schema",
        "live.liveness",
        "live.monitor",
        "live.read_state",
        "one_run.event_lookup",
        "listing.run_names",
        "listing.listed_run",
        "listing.listing",
        "compare_runs",
        "listing.urgency",
        "listing.run_filter",
        "listing.run_order",
        "one_run.event_index",
        "one_run.run",
        "live.follow",
        "window.editions",
        "window.attachments",
        "window.shared_file",
        "window.line_filter",
        "window.pages",
        "window.hits",
    )
}
"""The modules of `runs` that may read files and the clock. Its others, `format` and `dialects` are pure."""
PURE_IMPORTS = {
    "collections", "datetime", "difflib", "enum", "functools", "itertools", "json", "math", "operator", "re", "shlex",
    "hashlib.blake2b", "typing", "unicodedata",
    "jsonschema_rs", "msgspec", "pygments", "pyromark", "re2",
    "rich.ansi.AnsiDecoder", "rich.color.Color", "rich.color.ColorSystem", "rich.style.Style", "io.BytesIO",
}  # fmt: skip
"""The modules, and a class that holds bytes in memory, that a pure module may import besides `observer.errors`, other
pure modules, and `observer.source.seek`, which reads only through a function that it is given."""
IMPURE_CALLS = {"eval", "exec", "input", "now", "open", "print", "today", "utcnow"}
DYNAMIC_IMPORTS = {"__import__", "eval", "exec", "import_module"}
LAZY = {"agent", "observer", "observer.cli.app"}
"""The modules that import by name: public names of a package, and commands, from the top floor, when they are used."""
SHARED_NAMES = {"__init__", "__main__", "errors", "app"}
COMMANDS = {
    "build",
    "check",
    "compare",
    "demo",
    "list",
    "prune",
    "record",
    "relay",
    "report",
    "run",
    "schema",
    "serve",
    "show",
    "tail",
    "ui",
    "wait",
}
"""Basenames that may occur more than once: these, and in `cli/` the modules that bear the names of commands."""
_IMPORTERS = re.compile(r"(importlib$|importlib\.import_module|runpy|pkgutil)")
_LISTED = re.compile(r"^ {4}(\w+) {2,}\S", re.MULTILINE)
_DOCSTRING = re.compile(r'"""(.*?)"""', re.DOTALL)


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
        return self._imports_in(self.tree)

    @cached_property
    def runtime_imports(self) -> list[str]:
        """The same without what is imported for type checking only."""
        conditions = [node for node in self.tree.body if isinstance(node, ast.If)]
        guards = [node for node in conditions if "TYPE_CHECKING" in ast.dump(node.test)]
        typing_only = [name for node in guards for name in self._imports_in(node)]
        return [name for name in self.imports if name not in typing_only]

    def _imports_in(self, tree: ast.AST) -> list[str]:
        names: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names += [f"{self._absolute(node)}.{alias.name}" for alias in node.names]
        return names

    def _absolute(self, node: ast.ImportFrom) -> str:
        """The module that a `from` statement names, also a relative one."""
        if not node.level:
            return node.module or ""
        parents = self.name.split(".")
        folder = parents[: len(parents) - node.level + self.is_package]
        return ".".join([*folder, *([node.module] if node.module else [])])

    @cached_property
    def listed(self) -> list[str]:
        """The modules that the docstring of a folder's `__init__` lists, in its order."""
        return _LISTED.findall(ast.get_docstring(self.tree, clean=False) or "")

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
        name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        present = self.modules.get(name)
        before = present.path.read_text("utf-8") if present else ""
        return Tree(self.modules | {name: Module(name, Path(path), ast.parse(f"{before}\n{text}"))})

    def of(self, package: str) -> list[Module]:
        """The modules of a package, or of a folder in one, given by its dotted name."""
        return [module for name, module in self.modules.items() if name == package or name.startswith(f"{package}.")]

    def target(self, imported: str) -> str | None:
        """The module of this project that `module.name` is imported from; None for other people's modules."""
        parts = imported.split(".")
        candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((name for name in candidates if name in self.modules), None)


def _modules(root: Path, package: str) -> Iterator[Module]:
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield Module(name, path, syntax_tree(path))


def upward_imports(tree: Tree) -> list[str]:
    """Rule 1: a module imports only from floors below; within a folder, only modules that are listed before it."""
    problems = []
    for module in tree.modules.values():
        package, *inner = module.name.split(".")
        if not inner:  # the public names of the package are imported lazily
            eager = [name for name in module.runtime_imports if tree.target(name)]
            problems += [f"{package} imports {name} eagerly" for name in eager]
            continue
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
    order = tree.modules[folder].listed
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
        listed = module.listed
        problems += [f"{name} does not list {missing}" for missing in sorted(present - set(listed))]
        problems += [f"{name} lists {gone}, which is not there" for gone in sorted(set(listed) - present)]
        problems += [f"{name} lists {double} twice" for double, count in Counter(listed).items() if count > 1]
    return problems


def impurities(tree: Tree) -> list[str]:
    """Rule 2: `format`, `dialects` and the pure half of `runs` know no clock, file, loop or console."""
    pure = [module for folder in ("format", "dialects") for module in tree.of(f"observer.{folder}")]
    pure += [module for module in tree.of("observer.runs") if module.name not in IMPURE]
    own = {module.name for module in pure} | {"observer.errors", "observer.source.seek"}
    problems = []
    for module in pure:
        allowed = [
            tree.target(name) in own or not PURE_IMPORTS.isdisjoint((name, name.split(".")[0]))
            for name in module.imports
        ]
        bad = [name for name, good in zip(module.imports, allowed, strict=True) if not good]
        problems += [f"{module.name} is pure and imports {name}" for name in bad]
        problems += [f"{module.name} is pure and calls {name}" for name in sorted(module.calls & IMPURE_CALLS)]
    return problems


def imports_between(tree: Tree, one: str, other: str) -> list[str]:
    """Return the imports of `other` in `one`: rule 3 for `web` and `terminal`, and for the two packages."""
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
            if module.path.stem not in SHARED_NAMES
            and not (module.name.startswith(f"{package}.cli.") and module.path.stem in COMMANDS)
        ]
        count = Counter(name.rpartition(".")[2] for name in names)
        problems += [f"{package} has {count[stem]} modules named {stem}" for stem in count if count[stem] > 1]
    return problems


def untested_modules(tree: Tree, tests: Path) -> list[str]:
    """Rule 5: each module has a test file that bears its name, or a test file's docstring names it."""
    files = list(tests.rglob("test_*.py"))
    docstrings = "\n".join(text[1] for path in files if (text := _DOCSTRING.match(path.read_text("utf-8"))))
    mirrored = {".".join([*path.relative_to(tests).parts[:-1], path.stem.removeprefix("test_")]) for path in files}
    named = set(re.findall(r"\b(?:agent|observer)(?:\.\w+)+", docstrings))
    return [
        f"{module.name} has no test file of its name, and no test file's docstring names it"
        for module in tree.modules.values()
        if not module.is_package and module.name not in mirrored | named
    ]


def imports_by_name(tree: Tree) -> list[str]:
    """Rule 6: nothing is imported by a name that is put together at run time, except by the modules in LAZY."""
    problems = []
    for module in tree.modules.values():
        if module.name in LAZY:
            continue
        problems += [f"{module.name} imports {name}" for name in module.imports if _IMPORTERS.match(name)]
        problems += [f"{module.name} calls {name}" for name in sorted(module.calls & DYNAMIC_IMPORTS)]
    return problems


def private_imports(tree: Tree) -> list[str]:
    """Return the imports of names from another module that begin with an underscore."""
    return [
        f"{module.name} imports {imported}"
        for module in tree.modules.values()
        for imported in module.imports
        if imported.split(".")[0] in FLOORS and re.search(r"\._(?!_)", imported)
    ]
