"""Renders a run as JUnit XML, which every CI system shows: the run, its sessions and each feature are test cases.

The format is the JUnit schema that Jenkins publishes; GitLab, GitHub Actions and others read it too. They compare test
cases of one pipeline with those of the next by their names, which therefore hold nothing that differs between runs: no
ID, number or time. Sessions are one case for each kind of agent, as their numbers say nothing: a run needs as many as
it needs, and a resumed one goes on counting.
"""

import re
from collections.abc import Iterable
from xml.etree import ElementTree as Xml
from zlib import crc32

from observer.format.sanitize import clean_line, clean_paragraph
from observer.format.timestamps import parse_timestamp
from observer.format.units import format_duration, pluralize
from observer.format.zone import UTC, Zone
from observer.report.answer import Answer, answer, call_line, running_lines, trouble_line
from observer.runs.one_run.run import Run
from observer.runs.state.verdict import Verdict
from observer.runs.summary.sessions import Session
from observer.runs.summary.summary import Summary
from observer.runs.words.reasons import describe_outcome

SUITE = "runtail"
UNNAMED = "features without a name in the run file"
"""The name of the case for all features that only the count has."""
_ILLEGAL = re.compile("[\ufffe\uffff]")
"""Characters that XML 1.0 does not allow, besides those that `clean_paragraph` makes visible."""
_MAX_NAME, _MAX_TEXT, _MAX_LINE, _MAX_BODY = 250, 4000, 300, 80_000
"""Characters of a name, of an attribute, of an item of a list, and of the body of a failure: all lists fit into one."""
_MAX_LISTED = 30
"""Items of a list in the body of a failure."""


def render_junit(run: Run, now: float, zone: Zone = UTC) -> str:
    """Return the XML document of a run; `now` is in seconds since 1970."""
    summary = run.summary()
    answered = answer(run, summary, now, zone)
    cases = [_run_case(run, answered), *_session_cases(summary, answered), *_feature_cases(run, summary)]
    failures = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    totals = {
        "tests": str(len(cases)), "failures": str(failures), "errors": "0", "time": _seconds(run.duration),
    }  # fmt: skip
    suite = Xml.Element("testsuite", {"name": SUITE, **totals, "skipped": str(skipped)})
    if run.events and (started := UTC.timestamp(parse_timestamp(run.events[0].timestamp))):
        suite.set("timestamp", started[:19])  # the schema has no zone
    if host := answered.identity.get("host"):
        suite.set("hostname", _text(host))
    suite.append(_properties(run, answered))
    suite.extend(cases)
    suites = Xml.Element("testsuites", {"name": SUITE, **totals})
    suites.append(suite)
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suites, encoding="unicode") + "\n"


def _properties(run: Run, answered: Answer) -> Xml.Element:
    properties = Xml.Element("properties")
    for key, value in {
        **answered.identity,
        "times": f"{answered.zone.name}; the attribute timestamp is in UTC",
        "about": run.state.about or None,
        "verdict": run.verdict,
        "ending": answered.headline,
        "cost_usd": run.cost_usd,
        "cost_is_minimum": run.state.cost_is_minimum or None,
        "known_from": answered.ending.known_from,
        "malformed_lines": len(run.malformed),
    }.items():
        if value is not None:
            Xml.SubElement(properties, "property", {"name": key, "value": _text(str(value))})
    return properties


def _run_case(run: Run, answered: Answer) -> Xml.Element:
    case = _case("run", "run", run.duration)
    if run.verdict is not Verdict.COMPLETE:
        _fail(case, answered.headline, _body(answered))
    elif answered.caveats:
        Xml.SubElement(case, "system-out").text = _paragraph("\n".join(answered.caveats))
    return case


def _body(answered: Answer) -> Iterable[str]:
    """The lines of the failure of a run, after its message: what was running, what fails, and how far it had come."""
    ending = answered.ending
    failing = [*ending.failing, *([ending.unnamed] if ending.unnamed else [])]
    yield from ending.details
    for title, lines in (
        ("Note", answered.caveats),
        (ending.running_title.capitalize(), running_lines(ending)),
        ("Features that fail", failing),
        ("Failed calls", [call_line(call, answered) for call in ending.failed]),
        ("Blocked calls", [call_line(call, answered) for call in ending.blocked]),
        ("Problems", [trouble_line(trouble, answered) for trouble in ending.troubles]),
        ("Last events", answered.last_events),
        ("This run", [f"{name}: {value}" for name, value in answered.identity.items()]),
    ):
        yield from _list(title, lines)


def _list(title: str, lines: Iterable[str]) -> Iterable[str]:
    """A list with a title; of a long one its end, which is closest to the end of the run."""
    every = list(lines)
    if not every:
        return
    omitted = len(every) - _MAX_LISTED
    yield ""
    yield f"{title}: {f'the last {_MAX_LISTED} of {len(every):,}' if omitted > 0 else ''}".rstrip()
    yield from (f"  {_bounded(clean_line(line), _MAX_LINE)}" for line in every[-_MAX_LISTED:])


def _session_cases(summary: Summary, answered: Answer) -> Iterable[Xml.Element]:
    kinds: dict[str, list[Session]] = {}
    for session in summary.sessions.all:
        kinds.setdefault(session.agent_type.lower() or "session", []).append(session)
    for kind, sessions in kinds.items():
        case = _case("session", kind, sum(session.duration_s or 0.0 for session in sessions))
        bad = [session for session in sessions if session.outcome not in {"success", ""}]
        active = not answered.ending.verdict.final and sessions[-1].outcome is None
        if active and len(bad) == 1:
            Xml.SubElement(case, "skipped", {"message": "a session is still active"})
        elif bad:
            message = f"{pluralize(len(bad), 'session')} of {len(sessions):,} did not succeed"
            _fail(case, message, _list("Sessions", [_session(session, answered) for session in bad]))
        yield case


def _session(session: Session, answered: Answer) -> str:
    kind = session.agent_type.lower() or "session"
    name = f"{kind} {session.iteration}" if session.iteration else kind
    time = f", after {format_duration(session.duration_s)}" if session.duration_s is not None else ""
    if session.outcome is None:
        return f"{name}: {answered.ending.unended}{time}; the run: {answered.headline}"
    why = describe_outcome(session.outcome, "\n".join(session.errors), session.terminal_reason)
    return f"{name}: {session.outcome}{time}: {why}"


def _feature_cases(run: Run, summary: Summary) -> Iterable[Xml.Element]:
    passes = summary.features.passes
    for name, passed in passes.items():
        case = _case("feature", name, None)
        if not passed:
            _fail(case, "the feature does not pass", ())
        yield case
    unnamed = (run.state.total or 0) - len(passes)
    if unnamed > 0:
        case = _case("feature", UNNAMED, None)
        message = f"the run file does not name {pluralize(unnamed, 'feature')}"
        Xml.SubElement(case, "skipped", {"message": message})
        yield case


def _case(kind: str, name: str, duration: float | None) -> Xml.Element:
    return Xml.Element("testcase", {"classname": kind, "name": _name(name), "time": _seconds(duration)})


def _seconds(duration: float | None) -> str:
    return f"{max(0.0, duration or 0.0):.3f}"


def _fail(case: Xml.Element, message: str, body: Iterable[str]) -> None:
    """Let a case fail; the body begins with the message, as many viewers show only one of the two."""
    failure = Xml.SubElement(case, "failure", {"message": _text(message), "type": "run"})
    failure.text = _paragraph("\n".join([message, *body]))


def _name(text: str) -> str:
    """A name that stays the same, and another one for every text, also if it is long."""
    clean = _ILLEGAL.sub("\ufffd", clean_line(text))
    return clean if len(clean) <= _MAX_NAME else f"{clean[:_MAX_NAME]}... ({crc32(clean.encode()):08x})"


def _text(text: str) -> str:
    return _bounded(text, _MAX_TEXT)


def _paragraph(text: str) -> str:
    return _bounded(text, _MAX_BODY)


def _bounded(text: str, limit: int) -> str:
    clean = _ILLEGAL.sub("\ufffd", clean_paragraph(text))
    return clean if len(clean) <= limit else f"{clean[:limit]} ... ({len(clean):,} characters)"
