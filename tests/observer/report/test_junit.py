"""A run as JUnit XML: what is a test case, and which of them fail."""

import re
import socket
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from observer import __version__, load_run
from observer.report.junit import UNNAMED, render_junit
from tests.observer.report.runs import RUN, hostile_run
from tests.observer.written import BEGIN, Script, every_type, small

NOW = BEGIN.timestamp() + 60


def suite(script: Script, tmp_path: Path) -> Xml.Element:
    (testsuite,) = Xml.fromstring(render_junit(load_run(script.to(tmp_path / "a.ndjson")), NOW))
    return testsuite


def cases(testsuite: Xml.Element) -> list[tuple[str | None, str | None, bool]]:
    return [
        (case.get("classname"), case.get("name"), case.find("failure") is None) for case in testsuite.iter("testcase")
    ]


def test_the_run_and_its_sessions_are_cases(tmp_path: Path) -> None:
    testsuite = suite(small(), tmp_path)

    assert cases(testsuite) == [("run", "run", True), ("session", "coding", True)]
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

    assert ("feature", UNNAMED, True) in cases(testsuite)
    assert testsuite.get("skipped") == "1"


def failure_of(case: Xml.Element) -> tuple[str, str]:
    failure = case.find("failure")
    assert failure is not None
    return failure.get("message") or "", failure.text or ""


def test_a_failed_run_has_its_reason_and_a_session_without_end_fails(tmp_path: Path) -> None:
    script = Script().start().add("session_start", {"iteration": 3, "agent_type": "CODING", "session_id": "s"})
    script.add("error", {"message": "the CLI died", "kind": "cli"}).complete(outcome="failed", message="gave up")
    run, session = suite(script, tmp_path).iter("testcase")

    assert failure_of(run)[0] == "failed: gave up"
    assert failure_of(run)[1].startswith("failed: gave up\n\nProblems:\n  2026-11-23 01:12:30 UTC cli: the CLI died\n")
    assert failure_of(session)[0] == "1 session of 1 did not succeed"
    assert "  coding 3: did not end; the run: failed: gave up" in failure_of(session)[1]


def test_the_failure_of_a_crashed_run_names_the_call_in_flight_and_the_last_events(tmp_path: Path) -> None:
    script = small()
    script.lines = script.lines[:2]
    script.lines[0] = Script().start(host=socket.gethostname(), lock="ofd").lines[0]
    script.thought("I run ", at=60).thought("the tests.").use("Bash", "t9", {"command": "make test"})
    script.add("heartbeat", {"state": "in_tool", "in_flight": [{"id": "t9", "name": "Bash", "elapsed_s": 5}]}, at=65)
    message, body = failure_of(next(suite(script, tmp_path).iter("testcase")))

    assert message.startswith("crashed: its writer is gone and there is no complete event")
    assert body.startswith(message)
    assert "\nWas running:\n  Bash: make test, for 5.0s\n" in body
    assert (
        "\n  2026-11-23 01:13:30 UTC thought: I run the tests.\n"
        "  2026-11-23 01:13:30 UTC tool_use: Bash: make test\n\nThis run:\n" in body
    )


def test_the_last_events_are_there_however_much_went_wrong(tmp_path: Path) -> None:
    long = "many words " * 1000
    script = Script().start(project_dir=long, version=long)
    for number in range(200):
        for status in ("error", "blocked"):
            key = f"{status}{number}"
            script.use(long, key, {"command": long}).result(long, key, long, status=status, reason=long, rule=long)
        script.add("error", {"message": f"{number} {long}", "kind": long})
    features = [{"name": f"{number} {long}", "passes": False} for number in range(200)]
    script.add("progress", {"passing": 0, "total": 200, "changed": features})
    message, body = failure_of(next(suite(script.complete(outcome="failed", message=long), tmp_path).iter("testcase")))

    assert "\nFailed calls: the last 30 of 200\n" in body
    assert "\nLast events:\n" in body
    assert "\n  report: runtail" in body
    assert len(message) < 5000


def test_an_active_session_is_skipped_and_only_the_run_fails(tmp_path: Path) -> None:
    script = small()
    script.lines = script.lines[:-2]

    run, session = suite(script, tmp_path).iter("testcase")

    assert run.find("failure") is not None
    assert (session.find("failure"), session.find("skipped") is not None) == (None, True)


def test_names_are_the_same_in_runs_that_differ_in_everything_but_their_features(tmp_path: Path) -> None:
    """A resumed run goes on counting its sessions, and needs another number of them."""

    def names(directory: str, about: str, first: int, count: int, outcome: str, passing: int) -> list[str | None]:
        script = Script().start(about=about, host=about, project_dir=f"/tmp/{about}")
        for iteration in range(first, first + count):
            script.add("session_start", {"agent_type": "CODING", "session_id": about}, iteration=iteration, run=about)
            end = {"outcome": "failed", "errors": [about], "duration_ms": 1000 * count}
            script.add("session_end", end, at=iteration, iteration=iteration)
        features = [{"name": name, "passes": number < passing} for number, name in enumerate(("add", "list"))]
        script.add("progress", {"passing": passing, "total": 2 + count, "changed": [], "features": features})
        testsuite = suite(script.complete(outcome=outcome, message=about), tmp_path / directory)
        return [element.get(key) for element in testsuite.iter() for key in ("name", "classname") if key in
                element.attrib and element.tag != "property"]  # fmt: skip

    assert names("a", "one", 1, 2, "success", 2) == names("b", "another", 7, 5, "failed", 0)


def test_long_names_are_cut_and_differ_all_the_same(tmp_path: Path) -> None:
    features = [{"name": f"{'long ' * 1000}{number}", "passes": True} for number in range(2)]
    script = Script().start().add("progress", {"passing": 2, "total": 2, "changed": features})
    one, other = (name or "" for kind, name, _ in cases(suite(script.complete(), tmp_path)) if kind == "feature")

    assert one != other
    assert max(len(one), len(other)) < 300


def test_run_project_host_writer_and_file_are_properties(tmp_path: Path) -> None:
    script = small()
    script.lines.insert(3, b"not json")
    testsuite = suite(script, tmp_path)
    properties = {one.get("name"): one.get("value") for one in testsuite.iter("property")}

    assert properties == {
        "run": "20261123T011230Z-7f3a9c", "project": "/home/me/notes", "host": "build-7",
        "started": "2026-11-23 01:12:30 UTC", "writer": "pid 4242 on build-7, version 0.1.0",
        "file": str(tmp_path / "a.ndjson"),
        "report": f"runtail {__version__}", "times": "UTC; the attribute timestamp is in UTC",
        "about": "A notebook", "verdict": "complete", "ending": "complete",
        "cost_usd": "0.5", "malformed_lines": "1",
    }  # fmt: skip
    assert testsuite.get("hostname") == "build-7"
    (output,) = testsuite.iter("system-out")
    assert output.text == "1 malformed line in the run file, the first is line 4"


CONTENT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}),
    "testsuite": ({"name", "time", "tests", "failures", "errors", "skipped", "timestamp", "hostname"},
                  {"name", "tests", "failures", "errors"}, {"properties", "testcase"}),
    "testcase": ({"name", "time", "classname"}, {"name"}, {"failure", "skipped", "system-out"}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    "failure": ({"message", "type"}, set(), set()),
    "skipped": ({"message"}, set(), set()),
    "system-out": (set(), set(), set()),
}  # fmt: skip
"""Of each element, what the schema of Jenkins (junit-10.xsd) has and we use, which refuses everything else: attributes,
those that are required, and children."""


@pytest.mark.parametrize(
    "lines", [every_type().lines, hostile_run(), RUN, [b""]], ids=["types", "hostile", "run", "none"]
)
def test_the_document_is_valid_by_the_schema_of_jenkins(lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"".join(line.rstrip(b"\n") + b"\n" for line in lines))

    for element in Xml.fromstring(render_junit(load_run(path), NOW)).iter():
        allowed, required, children = CONTENT[element.tag]
        assert required <= set(element.attrib) <= allowed, element.tag
        assert {child.tag for child in element} <= children, element.tag
        assert re.fullmatch(r"\d{1,3}(\d{3})*\.\d{3}", element.get("time", "0.000"))
        assert not children or not (element.text or "").strip()


def test_times_are_not_negative(tmp_path: Path) -> None:
    script = small().add("session_end", {"outcome": "failed", "duration_ms": -5000})

    assert {case.get("time") for case in suite(script, tmp_path).iter("testcase")} == {"9.000", "0.000"}


def test_hostile_text_gives_valid_xml(tmp_path: Path) -> None:
    nasty = "]]> <x> & \x00\x1b \ufffe\uffff \ud800 \"'"
    script = Script().start().add("progress", {"passing": 0, "total": 1, "changed": [{"name": "f", "passes": False}]})
    script.lines[0] = script.lines[0].replace(b"A notebook", b'\\u0000\\ud800 ]]> <x> & \\ufffe \\"')
    script.add("error", {"message": nasty.replace("\ud800", ""), "kind": nasty.replace("\ud800", "")})

    (about,) = [one.get("value") for one in suite(script, tmp_path).iter("property") if one.get("name") == "about"]
    assert "<x>" in (about or "")
