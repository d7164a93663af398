"""Renders a run as JUnit XML, which every CI system shows: the run, each session and each feature is a test case.

The format is the JUnit schema that Jenkins publishes; GitLab, GitHub Actions and others read it too.
"""

import re
from xml.etree import ElementTree as Xml

from observer.format.sanitize import clean_paragraph
from observer.format.timestamps import parse_timestamp
from observer.format.units import pluralize
from observer.runs.run import Run
from observer.runs.summary import Session
from observer.runs.verdict import Verdict

_ILLEGAL = re.compile("[\ufffe\uffff]")
"""Characters that XML 1.0 does not allow, besides those that `clean_paragraph` makes visible."""
_MAX_TEXT = 4000
"""Characters of the text of a failure."""


def render_junit(run: Run) -> str:
    """Return the XML document of a run."""
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
        messages = [f"{event.type}: {event.text('message')}" for event in last]
        _fail(case, f"the run is {run.verdict}", "\n".join(messages))
    return case


def _session_case(run: Run, session: Session) -> Xml.Element:
    kind = session.agent_type.lower() or "session"
    case = _case("session", f"{kind} {session.iteration}" if session.iteration else kind, session.duration_s)
    if session.outcome is None:
        _fail(case, "the session did not end", f"the run is {run.verdict}")
    elif session.outcome != "success":
        _fail(case, f"the session ended with outcome {session.outcome}", "")
    return case


def _feature_cases(run: Run) -> list[Xml.Element]:
    passes: dict[str, bool] = {}
    for event in run.of_type("progress"):
        if event.has_list("features"):
            passes = {}  # a complete list replaces what was known
        for feature in [*event.items("features"), *event.items("changed")]:
            if name := feature.text("name"):
                passes[name] = feature.flag("passes")
    cases = []
    for name, passed in passes.items():
        case = _case("feature", name, None)
        if not passed:
            _fail(case, "the feature does not pass", "")
        cases.append(case)
    unnamed = (run.state.total or 0) - len(passes)
    if unnamed > 0:
        case = _case("feature", f"{pluralize(unnamed, 'feature')} without a name in the run file", None)
        Xml.SubElement(case, "skipped", {"message": "a long feature list is recorded as changes only"})
        cases.append(case)
    return cases


def _case(kind: str, name: str, duration: float | None) -> Xml.Element:
    return Xml.Element("testcase", {"classname": kind, "name": _text(name), "time": _seconds(duration)})


def _seconds(duration: float | None) -> str:
    return f"{max(0.0, duration or 0.0):.3f}"


def _fail(case: Xml.Element, message: str, text: str) -> None:
    failure = Xml.SubElement(case, "failure", {"message": _text(message), "type": "run"})
    failure.text = _text(text)


def _text(text: str) -> str:
    clean = _ILLEGAL.sub("\ufffd", clean_paragraph(text))
    return clean if len(clean) <= _MAX_TEXT else f"{clean[:_MAX_TEXT]} ... ({len(clean):,} characters)"
