"""A run as JUnit XML, so that any CI shows it: the run, each session and each feature is a test case.

Format: the JUnit schema that Jenkins publishes; GitLab, GitHub actions and others read the same.
"""

import re
from xml.etree import ElementTree as Xml

from observer.format.sanitize import clean_paragraph
from observer.format.timestamps import parse_timestamp
from observer.format.units import pluralize
from observer.runs.run import Run
from observer.runs.state import Verdict
from observer.runs.summary import Session

_ILLEGAL = re.compile("[\ufffe\uffff]")
"""What XML 1.0 has no place for, beyond the control characters and surrogates that are made visible anyway."""
_LONGEST = 4000
"""Characters of a failure's text."""


def junit(run: Run) -> str:
    """Return the document."""
    summary = run.summary()
    cases = [_run_case(run), *(_session_case(run, session) for session in summary.sessions), *_feature_cases(run)]
    failures = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    totals = {
        "tests": str(len(cases)), "failures": str(failures), "errors": "0", "time": _seconds(run.duration),
    }  # fmt: skip
    name = _text(run.state.about or f"run {run.id}")
    suite = Xml.Element("testsuite", {"name": name, **totals, "skipped": str(skipped)})
    if run.events and parse_timestamp(stamp := run.events[0].timestamp) is not None:
        suite.set("timestamp", (stamp or "")[:19])
    properties = Xml.SubElement(suite, "properties")
    for key, value in (
        ("run", run.id),
        ("file", run.display_name),
        ("verdict", run.verdict),
        ("cost_usd", run.cost_usd),
    ):
        if value is not None:
            Xml.SubElement(properties, "property", {"name": key, "value": _text(str(value))})
    suite.extend(cases)
    suites = Xml.Element("testsuites", {"name": "runtail", **totals})
    suites.append(suite)
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suites, encoding="unicode") + "\n"


def _run_case(run: Run) -> Xml.Element:
    case = _case("run", run.id, run.duration)
    if run.verdict is not Verdict.COMPLETE:
        last = run.of_type("complete", "error")[-1:]
        words = [f"{event.type}: {event.text('message')}" for event in last]
        _fail(case, f"the run is {run.verdict}", "\n".join(words))
    return case


def _session_case(run: Run, session: Session) -> Xml.Element:
    kind = session.agent_type.lower() or "session"
    case = _case("session", f"{kind} {session.iteration}" if session.iteration else kind, session.took)
    if session.outcome is None:
        _fail(case, "the session did not end", f"the run is {run.verdict}")
    elif session.outcome != "success":
        _fail(case, f"the session ended with outcome {session.outcome}", "")
    return case


def _feature_cases(run: Run) -> list[Xml.Element]:
    passes: dict[str, bool] = {}
    for event in run.of_type("progress"):
        told = event.data.get("features")
        if isinstance(told, list):
            passes = {}  # all of them, told anew
        for flip in [*(told if isinstance(told, list) else []), *_list(event.data.get("changed"))]:
            if isinstance(flip, dict) and isinstance(name := flip.get("name"), str):
                passes[name] = flip.get("passes") is True
    cases = []
    for name, passed in passes.items():
        case = _case("feature", name, None)
        if not passed:
            _fail(case, "the feature does not pass", "")
        cases.append(case)
    unnamed = (run.state.total or 0) - len(passes)
    if unnamed > 0:
        case = _case("feature", f"{pluralize(unnamed, 'feature')} that the run does not name", None)
        Xml.SubElement(case, "skipped", {"message": "only features that changed are named in a list so long"})
        cases.append(case)
    return cases


def _case(kind: str, name: str, took: float | None) -> Xml.Element:
    return Xml.Element("testcase", {"classname": kind, "name": _text(name), "time": _seconds(took)})


def _seconds(took: float | None) -> str:
    return f"{max(0.0, took or 0.0):.3f}"


def _fail(case: Xml.Element, message: str, text: str) -> None:
    failure = Xml.SubElement(case, "failure", {"message": _text(message), "type": "run"})
    failure.text = _text(text)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(text: str) -> str:
    clean = _ILLEGAL.sub("\ufffd", clean_paragraph(text))
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]} ... ({len(clean):,} characters)"
