"""Every line is valid by the schema, whatever the event contains, and `Line` has the envelope that the encoder writes.

Tests agent.schema and the modules of agent.events: agent.events.values, agent.events.run_events,
agent.events.session_events, agent.events.tool_events and agent.events.line.
"""

import json
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.events import EVENT_TYPES, Event, Flip, InFlight, Line, Phase, Tokens
from agent.runlog.encoder import LineEncoder
from agent.runlog.redaction.redact import LineCleaner, Redactor
from agent.schema import run_file_schema

VALIDATOR = jsonschema.Draft202012Validator(run_file_schema())
ANY_TEXT = st.text(st.characters(exclude_categories=[]))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | NUMBERS | ANY_TEXT, st.lists, max_leaves=5)


def values(kind: Any) -> st.SearchStrategy[Any]:
    match kind:
        case msgspec.inspect.StrType():
            return ANY_TEXT
        case msgspec.inspect.FloatType():
            return NUMBERS
        case msgspec.inspect.IntType():
            return st.integers()
        case msgspec.inspect.BoolType():
            return st.booleans()
        case msgspec.inspect.NoneType():
            return st.none()
        case msgspec.inspect.EnumType(cls=enum):
            return st.sampled_from(list(enum))
        case msgspec.inspect.LiteralType(values=words):
            return st.sampled_from(words)
        case msgspec.inspect.UnionType(types=types):
            return st.one_of(map(values, types))
        case msgspec.inspect.ListType(item_type=item):
            return st.lists(values(item), max_size=3)
        case msgspec.inspect.DictType():
            return st.dictionaries(ANY_TEXT, JSON, max_size=3)
        case msgspec.inspect.StructType(cls=struct):
            return instances(struct)
    raise AssertionError(f"no values for {kind}")


def instances(struct: type[Event | Flip | InFlight]) -> st.SearchStrategy[Any]:
    described = msgspec.inspect.type_info(struct)
    assert isinstance(described, msgspec.inspect.StructType)
    return st.builds(struct, **{field.name: values(field.type) for field in described.fields})


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.type)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_line_of_every_type_is_what_the_schema_says(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(instances(kind))
    parent = data.draw(st.none() | ANY_TEXT)
    phase = data.draw(st.sampled_from(Phase))
    encoded = LineEncoder("a \ud800 run", lambda: 1_795_000_000_123_456_789).encode(event, phase, 3, parent)
    line = json.loads(LineCleaner(Redactor({})).clean([encoded]))
    VALIDATOR.validate(line)
    assert (line["type"], line["phase"]) == (kind.type, phase.value)
    assert tuple(line) == Line.__struct_fields__
    assert tuple(line["data"]) == kind.__struct_fields__


@pytest.mark.parametrize(
    "wrong",
    [
        {"seq": 0},
        {"iteration": -1},
        {"phase": "elsewhere"},
        {"timestamp": "2026-11-23T01:12:30Z"},
        {"data": {}},
        {"data": {"message": 7}},
        {"data": None},
    ],
    ids=str,
)
def test_the_schema_refuses_what_the_format_does_not_allow(wrong: dict[str, Any]) -> None:
    line = {
        "seq": 1,
        "timestamp": "2026-11-23T01:12:30.123456Z",
        "run": "r",
        "type": "info",
        "phase": "coding",
        "iteration": 3,
        "parent": None,
        "data": {"message": "hello", "kind": None},
    }
    VALIDATOR.validate(line)
    assert not VALIDATOR.is_valid(line | wrong)


def test_types_and_keys_of_later_versions_are_allowed() -> None:
    line = {
        "seq": 1,
        "timestamp": "2026-11-23T01:12:30.123456Z",
        "run": "r",
        "type": "not_known_yet",
        "phase": "coding",
        "iteration": 3,
        "parent": None,
        "data": {"what": "ever"},
        "more": 1,
    }
    VALIDATOR.validate(line)


def test_sums_and_differences_of_tokens_contain_what_is_known() -> None:
    known = Tokens(input=10, output=20, cache_read=30, cache_write=40, thinking=5)
    unknown = Tokens(input=1, output=None)
    assert known + unknown == Tokens(input=11, output=20, cache_read=30, cache_write=40, thinking=5)
    assert unknown + unknown == Tokens(input=2, output=None)
    assert known - unknown == Tokens(input=9, output=20, cache_read=30, cache_write=40, thinking=5)
    assert unknown - known == Tokens(input=-9, output=None, cache_read=-30, cache_write=-40)
