"""The run with every type of event, by which the views are tested: it is valid, and no type is missing."""

import json

from agent.events import EVENT_TYPES
from observer.format.line import Line
from observer.runs.validation.published_schema import schema
from observer.runs.validation.validator import Validator
from tests.observer.written import every_type


def test_it_has_every_type_and_keeps_to_the_format() -> None:
    lines = every_type().lines
    validator = Validator(schema(), strict=True)
    findings = []
    offset = 0
    for line in lines:
        findings += validator.take(Line(line, offset))
        offset += len(line) + 1
    assert [*findings, *validator.end()] == []
    assert {json.loads(line)["type"] for line in lines} == {kind.type for kind in EVENT_TYPES}
