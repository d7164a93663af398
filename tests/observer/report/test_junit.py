"""A run as JUnit XML: what is a test case, and which of them fail."""

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

from observer import load_run
from observer.report.junit import render_junit
from tests.observer.written import Script, small


def suite(script: Script, tmp_path: Path) -> Xml.Element:
    (testsuite,) = Xml.fromstring(render_junit(load_run(script.to(tmp_path / "a.ndjson"))))
    return testsuite


def cases(testsuite: Xml.Element) -> list[tuple[str | None, str | None, bool]]:
    return [
        (case.get("classname"), case.get("name"), case.find("failure") is None) for case in testsuite.iter("testcase")
    ]


def test_the_run_and_its_sessions_are_cases(tmp_path: Path) -> None:
    testsuite = suite(small(), tmp_path)

    assert cases(testsuite) == [("run", "20261123T011230Z-7f3a9c", True), ("session", "coding 3", True)]
    assert (testsuite.get("tests"), testsuite.get("failures"), testsuite.get("time")) == ("2", "0", "9.000")
    assert testsuite.get("timestamp") == "2026-11-23T01:12:30"


def test_each_feature_is_a_case_with_its_last_state(tmp_path: Path) -> None:
    features = [{"name": name, "passes": False} for name in ("add", "list", "delete")]
    script = Script().start().add("progress", {"passing": 0, "total": 3, "changed": [], "features": features})
    script.add(
        "progress", {"passing": 2, "total": 3, "changed": [{"name": n, "passes": True} for n in ("add", "list")]}
    )
    script.add("progress", {"passing": 1, "total": 3, "changed": [{"name": "add", "passes": False}]})

    testsuite = suite(script.complete(outcome="budget"), tmp_path)

    assert cases(testsuite)[1:] == [("feature", "add", False), ("feature", "list", True), ("feature", "delete", False)]
    assert testsuite.get("failures") == "3"


def test_features_without_a_name_are_skipped_cases(tmp_path: Path) -> None:
    script = Script().start().add("progress", {"passing": 1, "total": 5, "changed": [{"name": "add", "passes": True}]})

    testsuite = suite(script.complete(), tmp_path)

    assert ("feature", "4 features without a name in the run file", True) in cases(testsuite)
    assert testsuite.get("skipped") == "1"


def test_a_failed_run_has_its_reason_and_a_session_without_end_fails(tmp_path: Path) -> None:
    script = Script().start().add("session_start", {"iteration": 3, "agent_type": "CODING", "session_id": "s"})
    script.add("error", {"message": "the CLI died", "kind": "cli"}).complete(outcome="failed", message="gave up")
    run, session = suite(script, tmp_path).iter("testcase")

    failure = run.find("failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("the run is failed", "complete: gave up")
    assert session.find("failure") is not None


ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "time", "tests", "failures", "errors", "skipped", "timestamp"},
    "testcase": {"name", "time", "classname"},
    "property": {"name", "value"},
    "failure": {"message", "type"},
    "skipped": {"message"},
    "properties": set(),
}
"""Those of them that the schema of Jenkins has, which refuses any other."""


def test_attributes_are_those_of_the_schema_and_times_are_not_negative(tmp_path: Path) -> None:
    script = small().add("session_end", {"outcome": "failed", "duration_ms": -5000})
    script.add("progress", {"passing": 1, "total": 3, "changed": [{"name": "a", "passes": True}]})

    for element in Xml.fromstring(render_junit(load_run(script.to(tmp_path / "a.ndjson")))).iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag], element.tag
        assert re.fullmatch(r"\d+\.\d{3}", element.get("time", "0.000"))


def test_hostile_text_gives_valid_xml(tmp_path: Path) -> None:
    nasty = "]]> <x> & \x00\x1b \ufffe\uffff \ud800 \"'"
    script = Script().start().add("progress", {"passing": 0, "total": 1, "changed": [{"name": "f", "passes": False}]})
    script.lines[0] = script.lines[0].replace(b"A notebook", b'\\u0000\\ud800 ]]> <x> & \\ufffe \\"')
    script.add("error", {"message": nasty.replace("\ud800", ""), "kind": nasty.replace("\ud800", "")})

    assert "<x>" in (suite(script, tmp_path).get("name") or "")
