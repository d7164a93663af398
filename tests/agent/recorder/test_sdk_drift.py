"""The recorder knows every message, block, hook and field of the installed SDK: a new one fails here by its name."""

import re
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest
from claude_agent_sdk.types import TERMINAL_TASK_STATUSES

from agent import recorder
from agent.recorder.calls import subagents
from agent.recorder.effects.callbacks import Callbacks
from tests.agent.recorder.sdk_known import HOOKS, IGNORED, RECORDED, VALUES
from tests.agent.recorder.sdk_surface import sdk_fields, sdk_values

RECORDER = Path(recorder.__file__).parent
READERS = (*RECORDER.rglob("*.py"), RECORDER.parent / "session" / "permissions.py")
"""The modules that read fields of the SDK."""
SDK = f"claude-agent-sdk {version('claude-agent-sdk')}"


def known_fields() -> Counter[str]:
    """Return how often `TYPE.FIELD` stands in the table."""
    entries = [*RECORDED.items(), *(entry for types in IGNORED.values() for entry in types.items())]
    return Counter(f"{name}.{field}" for name, fields in entries for field in fields.split())


def drift(fields: dict[str, frozenset[str]], known: Counter[str]) -> list[str]:
    """Return a sentence for each field that only the SDK has, and for each entry that only the table has."""
    whole = {entry.removesuffix(".*") for entry in known if entry.endswith(".*")}
    expected = {f"{name}.{field}" for name, names in fields.items() if name not in whole for field in names}
    partly = {entry for entry in known if not entry.endswith(".*")}
    return [
        *(f"{SDK} has {name}: record it, or enter it in sdk_known.py" for name in sorted(expected - partly)),
        *(f"{SDK} has no {name}" for name in sorted((partly - expected) | (whole - fields.keys()))),
    ]


def test_every_field_of_the_sdk_is_recorded_or_ignored_with_a_reason() -> None:
    changes = drift(sdk_fields(), known_fields())
    assert not changes, "\n".join(changes)


def test_a_field_stands_in_the_table_once() -> None:
    assert {field: count for field, count in known_fields().items() if count > 1} == {}


@pytest.mark.parametrize("name", ["HookEvent", "HookSpecificOutput", *sorted(VALUES.keys() - {"HookEvent"})])
def test_every_hook_and_status_of_the_sdk_is_known(name: str) -> None:
    assert sdk_values()[name] == VALUES[name], f"{SDK} has other values of {name}"


def test_the_recorder_registers_the_hooks_of_the_table() -> None:
    assert Callbacks._hooks(object.__new__(Callbacks)).keys() == HOOKS


def test_the_recorder_and_the_sdk_agree_on_when_a_task_has_ended() -> None:
    assert subagents._TERMINAL == TERMINAL_TASK_STATUSES


def test_what_the_table_calls_recorded_occurs_in_the_code() -> None:
    words = set(re.findall(r"\w+", "".join(file.read_text("utf-8") for file in READERS)))
    fields = {field for names in RECORDED.values() for field in names.split()} - {"*"}
    assert fields - words == set()


def test_a_new_type_a_new_field_and_a_removed_field_are_named() -> None:
    known = Counter({"ResultMessage.result": 1, "ResultMessage.gone": 1})
    fields = {"ResultMessage": frozenset({"result", "mood"}), "MoodMessage": frozenset({"mood"})}
    assert drift(fields, known) == [
        f"{SDK} has MoodMessage.mood: record it, or enter it in sdk_known.py",
        f"{SDK} has ResultMessage.mood: record it, or enter it in sdk_known.py",
        f"{SDK} has no ResultMessage.gone",
    ]
