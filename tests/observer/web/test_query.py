"""Query parameters: filters as on the command line, within bounds, so that no request can block the server."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from observer.runs.filters.filter import Filter
from observer.source.seek import StartPosition
from observer.web.errors import HTTPError
from observer.web.query import ClientFilter, filter_name, parse_filter, parse_start
from tests.helpers import RUN, line
from tests.observer.web.asking import run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [("milk", [2]), ("MILK", []), ("(?i)MILK", [2, 3]), ("m.lk$", [2]), ("[0-9]{3}", [3]), ("milk|1.0", [2, 3]),
     (r"1\.5", []), (r"a \(b\)", [3]), ("^$", [3])],
)  # fmt: skip
async def test_a_pattern_is_searched_for_in_each_text_of_an_event(
    tmp_path: Path, pattern: str, matches: list[int]
) -> None:
    run_of(
        tmp_path,
        START,
        line(2, text="no milk", message="a"),
        line(3, text="Milk: 100 a (b)", message="b", more=["", {"milk_": 1}]),
    )
    async with serving(tmp_path) as served:
        answer = await served.lines(f"before=end&grep={quote(pattern)}")
        assert [json.loads(text)["seq"] for _, _, text in answer["lines"]] == matches


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$"])
async def test_a_pattern_that_backtracking_could_not_finish_is_answered(tmp_path: Path, pattern: str) -> None:
    last = line(3, text="a" * 100_000, message="second")
    run_of(tmp_path, START, line(2, text="a" * 100_000 + "!", message="first"), last)
    async with serving(tmp_path) as served:
        assert await served.plain(f"follow=0&grep={quote(pattern)}") == last
        answer = await served.lines(f"before=end&grep={quote(pattern)}")
        assert [json.loads(text)["seq"] for _, _, text in answer["lines"]] == [3]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [(r"(a)\1", "grep: back-references are not supported"), ("(?=a)", "grep: look-around is not supported"),
     ("(?P<a", "grep: invalid regular expression"), ("a{1001}", "invalid repetition size"),
     (".{900}", "grep: the pattern is too complex"), ("a" * 501, "500 characters")],
)  # fmt: skip
async def test_a_pattern_that_is_not_supported_or_too_large_is_refused(
    tmp_path: Path, pattern: str, reason: str
) -> None:
    run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        for path in (f"/api/runs/{RUN}/lines?before=end&", f"/api/runs/{RUN}/events?", "/api/events?"):
            answer = await served.get(f"{path}grep={quote(pattern)}")
            assert (answer.status, set(answer.json)) == (400, {"error"})
            assert reason in answer.json["error"]


@pytest.mark.parametrize(
    "query",
    ["iteration=1-50000", f"iteration=1-{'9' * 5000}",
     "iteration=" + ",".join(f"{first}0000-{first}9000" for first in range(1, 400))],
)  # fmt: skip
async def test_too_many_iterations_are_refused(tmp_path: Path, query: str) -> None:
    run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        for path in (f"/api/runs/{RUN}/lines?before=end&", f"/api/runs/{RUN}/events?", "/api/events?"):
            answer = await served.get(path + query)
            assert (answer.status, set(answer.json)) == (400, {"error"})


@pytest.mark.parametrize(
    ("path", "hint"),
    [("/api/runs?limti=2", "did you mean limit?"), ("/api/runs/stream?verdcit=crashed", '"verdcit"'),
     (f"/api/runs/{RUN}/lines?before=end&grpe=milk", "did you mean grep?"),
     (f"/api/runs/{RUN}/events?form=end", "did you mean from?"), ("/api/events?tool_=Bash", "did you mean tool?"),
     (f"/api/runs/{RUN}/line?att=1", "did you mean at?"), (f"/api/runs/{RUN}/problem?aftre=1", "did you mean after?"),
     (f"/api/runs/{RUN}/timeline?grep=x", "this URL takes none"), (f"/api/runs/{RUN}/panel?x=", "this URL takes none"),
     (f"/api/runs/{RUN}/lines?before=end&qqqq=", "use one of after, agent")],
)  # fmt: skip
async def test_a_misspelled_parameter_is_refused_with_the_near_name(tmp_path: Path, path: str, hint: str) -> None:
    run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        answer = await served.get(path)
    assert (answer.status, set(answer.json)) == (400, {"error"})
    assert "unknown parameter" in answer.json["error"]
    assert hint in answer.json["error"]


def test_the_number_of_the_last_lines_is_bounded() -> None:
    assert parse_start({"from": ["-20"]}, None, ClientFilter(Filter())) == StartPosition(last=20)
    for value in ("-1000001", f"-{'9' * 5000}", "-", "--1", "-\u0661"):
        with pytest.raises(HTTPError) as caught:
            parse_start({"from": [value]}, None, ClientFilter(Filter()))
        assert caught.value.status == 400


def test_filters_with_a_relative_time_are_the_same_for_a_minute() -> None:
    def name(since: str, now: float) -> object:
        return filter_name({"grep": ["x"], "since": [since]}, parse_filter({"since": [since]}, now).choice)

    assert name("10m", 1200) == name("10m", 1210) != name("10m", 1260)
    assert name("1970-01-01T00:00:10Z", 1200) == name("1970-01-01T00:00:10Z", 9999)
    assert name("1970-01-01T00:00:10Z", 1200) != name("1970-01-01T00:00:20Z", 1200)
    hash(name("10m", 1200))
