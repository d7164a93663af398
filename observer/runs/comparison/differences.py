"""Says in words what two runs do where they part, from where it differs. Pure."""

from itertools import takewhile

from msgspec import Struct

from observer.format.event import Event
from observer.format.fields import compact
from observer.format.glyphs import UNICODE
from observer.runs.comparison.steps import canonical, relative_to
from observer.runs.words.describe_tools import describe_use, input_of, tool_name, tool_of

MAX_EXCERPT = 300
"""Characters of a text that are quoted."""
_BEFORE = 40
"""Characters before the first difference that are quoted with it."""
_MAX_FIELDS = 3
"""Fields of an input that are quoted."""


class StepContent(Struct, frozen=True):
    """A step as its file has it: its first event, and for a text all of that."""

    event: Event
    text: str = ""

    @property
    def is_call(self) -> bool:
        """Whether it is a tool call, not a text."""
        return self.event.type == "tool_use"

    @property
    def name(self) -> str:
        """Return the tool, or what else it is."""
        return tool_name(tool_of(self.event)) if self.is_call else "text"


def describe_difference(
    first: StepContent | None, second: StepContent | None, projects: tuple[str, str]
) -> tuple[str, str]:
    """Return what each of two steps says, from where they differ; empty for one that is not there.

    `projects` are the directories of both runs; paths inside them become relative.
    """
    if first is None or second is None:
        return _beginning(first, projects[0]), _beginning(second, projects[1])
    if not first.is_call and not second.is_call:
        return excerpts(_one_line(first.text), _one_line(second.text))
    if first.is_call and second.is_call and tool_of(first.event) == tool_of(second.event):
        return _inputs(first, second, projects)
    return _beginning(first, projects[0]), _beginning(second, projects[1])


def excerpts(first: str, second: str) -> tuple[str, str]:
    """Return what two lines say around their first difference.

    >>> excerpts("git add a.py", "git add b.py")
    ('git add a.py', 'git add b.py')
    """
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
    start = same - _BEFORE if same > 2 * _BEFORE else 0
    begin = UNICODE.ellipsis if start else ""
    return begin + _shorten(first[start:]), begin + _shorten(second[start:])


def _inputs(first: StepContent, second: StepContent, projects: tuple[str, str]) -> tuple[str, str]:
    """Return where the inputs of two calls of a tool differ: in what the calls are about, or in other fields."""
    abouts = _say(first, projects[0]), _say(second, projects[1])
    if abouts[0] != abouts[1]:
        return excerpts(*abouts)
    left, right = input_of(first.event).data, input_of(second.event).data
    fields = [
        (key, *excerpts(_value(left.get(key), projects[0]), _value(right.get(key), projects[1])))
        for key in dict.fromkeys([*left, *right])
        if _value(left.get(key), projects[0]) != _value(right.get(key), projects[1])
    ][:_MAX_FIELDS]
    about = _shorten(abouts[0])
    return _with_fields(about, [field[:2] for field in fields]), _with_fields(about, [field[::2] for field in fields])


def _with_fields(about: str, fields: list[tuple[str, str]]) -> str:
    values = "; ".join(f"{key}: {value}" if value else f"no {key}" for key, value in fields)
    return f" {UNICODE.dot} ".join(part for part in (about, values) if part)


def _beginning(content: StepContent | None, project: str) -> str:
    return "" if content is None else _shorten(_say(content, project))


def _value(value: object, project: str) -> str:
    text = value if isinstance(value, str) else "" if value is None else compact(value)
    return _one_line(relative_to(project, text))


def _say(content: StepContent, project: str) -> str:
    if not content.is_call:
        return _one_line(content.text)
    subject, remark = describe_use(content.event, project)
    words = subject or remark or canonical(input_of(content.event).data).decode("utf-8", "replace")
    return _one_line(relative_to(project, words))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_EXCERPT else f"{text[:MAX_EXCERPT]}{UNICODE.ellipsis}"
