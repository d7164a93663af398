"""Writes what the page receives as types of TypeScript, by which its JavaScript is checked: from the types of Python.

python -m tests.observer.web.page_types > observer/web/page/answers.d.ts
"""

import json
import sys
from collections.abc import Callable, Iterable

from msgspec import inspect

from observer.runs.comparison.comparison_table import ComparisonTable
from observer.runs.outputs import ListedFields
from observer.runs.rows import row_types
from observer.runs.rows.row_types import Block, Row, Span
from observer.runs.summary import panel
from observer.runs.window.hits import HitAnswer
from observer.web.lines.folder_search import Progress, RunHits
from observer.web.run_list.list_view import ListMessage
from observer.web.run_list.run_words import RunWords
from observer.web.summaries.comparison_stream import ComparisonProgress
from observer.web.summaries.panel_cache import PanelAnswer, StepAnswer

RECEIVED = (
    Row, ListedFields, RunWords, ListMessage, PanelAnswer, StepAnswer, HitAnswer, ComparisonTable, ComparisonProgress,
    RunHits, Progress,
)  # fmt: skip
_UNIONS = {"Span": Span, "Block": Block}
_NAMES = {panel.Look: "PanelLook", panel.Panel: "PanelContents", row_types.Node: "JsonNode"}
"""Names of types whose own names others have: types, classes of the page, or what browsers define."""
_SCALARS: dict[type[inspect.Type], str] = {
    inspect.StrType: "string", inspect.IntType: "number", inspect.FloatType: "number", inspect.BoolType: "boolean",
    inspect.NoneType: "null", inspect.AnyType: "unknown",
}  # fmt: skip
_HEAD = "// What the page receives. Generated from the types of Python by tests/observer/web/page_types.py.\n"
_WIDTH = 120


def declarations() -> str:
    """Return all types, as a module of TypeScript."""
    found = _Declarations()
    unions = {name: found.type_of(inspect.type_info(union)) for name, union in _UNIONS.items()}
    for received in RECEIVED:
        found.type_of(inspect.type_info(received))
    text = "\n".join(text for _, text in sorted(found.texts.items()))
    for name, members in unions.items():
        text = text.replace(f"({members})", name).replace(members, name)
    return "\n".join([_HEAD, *(_union(name, members.split(" | ")) for name, members in unions.items()), text])


class _Declarations:
    """The declarations of the types that were met, by name."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def type_of(self, kind: inspect.Type) -> str:
        """Return the type of the values that are sent, and declare what it needs."""
        match kind:
            case inspect.Metadata():
                return self.type_of(kind.type)
            case inspect.StructType():
                return self._declare(kind.cls, lambda name: self._interface(name, kind))
            case inspect.EnumType():
                values = sorted(json.dumps(member.value) for member in kind.cls)
                return self._declare(kind.cls, lambda name: _union(name, values))
            case inspect.UnionType():
                return " | ".join(map(self.type_of, kind.types))
            case inspect.ListType() | inspect.VarTupleType() | inspect.CollectionType():
                item = self.type_of(kind.item_type)
                return f"({item})[]" if " | " in item and item[0] != "[" else f"{item}[]"
            case inspect.TupleType():
                return f"[{', '.join(map(self.type_of, kind.item_types))}]"
            case inspect.DictType():
                return f"Record<string, {self.type_of(kind.value_type)}>"
        return _SCALARS[type(kind)]

    def _declare(self, cls: type, write: Callable[[str], str]) -> str:
        name = _NAMES.get(cls, cls.__name__)
        if name not in self.texts:
            self.texts[name] = ""  # it may be a part of itself
            self.texts[name] = write(name)
        return name

    def _interface(self, name: str, kind: inspect.StructType) -> str:
        are_omitted = kind.cls.__struct_config__.omit_defaults
        lines = [] if kind.tag_field is None else [f"  {kind.tag_field}: {json.dumps(kind.tag)};\n"]
        for field in kind.fields:
            sign = "?" if are_omitted and not field.required else ""
            lines.append(f"  {field.encode_name}{sign}: {self.type_of(field.type)};\n")
        return f"export interface {name} {{\n{''.join(lines)}}}\n"


def _union(name: str, members: Iterable[str]) -> str:
    """Return the declaration of a union, on several lines if it is long."""
    parts = list(members)
    line = f"export type {name} = {' | '.join(parts)};\n"
    return line if len(line) <= _WIDTH else f"export type {name} =\n  | " + "\n  | ".join(parts) + ";\n"


if __name__ == "__main__":
    sys.stdout.write(declarations())
