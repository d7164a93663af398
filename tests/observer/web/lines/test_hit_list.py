"""The hits of a filter in a run: how many there are, and steps between them.

Tests observer.runs.window.hits and observer.web.endpoints, too.
"""

from pathlib import Path
from typing import Any

import pytest

from observer.runs.filters.filter_options import build_filter
from observer.runs.window.hits import HitList, HitRequest, find_hit
from observer.runs.window.shared_file import SharedFile
from tests.helpers import line
from tests.observer.web.asking import run_of, serving

NAME = "20261123T011230Z-000000"
WANTED = build_filter(types=None, grep="needle", now=0.0)


def never() -> bool:
    return False


def found(hits: HitList, file: SharedFile, **place: int) -> tuple[int | None, str]:
    hits.read_on(file, never)
    answer = hits.answer(file, HitRequest(**place))
    return answer.at, answer.words


@pytest.mark.parametrize(
    ("request_", "known", "complete", "expected"),
    [
        (HitRequest(after=0), 15, False, (10, "hit 1 of at least 3")),
        (HitRequest(after=11), 35, True, (20, "hit 2 of 3")),
        (HitRequest(after=31), 35, True, (10, "hit 1 of 3, again from the start")),
        (HitRequest(after=31), 35, False, (None, "at least 3 hits")),
        (HitRequest(before=30), 35, False, (20, "hit 2 of at least 3")),
        (HitRequest(before=99), 35, False, (None, "at least 3 hits")),
        (HitRequest(before=10), 35, True, (30, "hit 3 of 3, again from the end")),
        (HitRequest(before=10), 35, False, (None, "at least 3 hits")),
        (HitRequest(at=20), 35, True, (20, "hit 2 of 3")),
        (HitRequest(at=21), 35, True, (None, "3 hits")),
        (HitRequest(), 35, False, (None, "at least 3 hits")),
    ],
)
def test_a_hit_is_told_as_soon_as_it_is_known_which_one_it_is(
    request_: HitRequest, known: int, complete: bool, expected: tuple[int | None, str]
) -> None:
    assert find_hit([10, 20, 30], request_, known, is_complete=complete) == expected


def test_no_hits_and_very_many_are_said_so() -> None:
    assert find_hit([], HitRequest(after=0), 9, is_complete=True) == (None, "no hits")
    assert find_hit([], HitRequest(after=0), 9, is_complete=False) == (None, "at least 0 hits")
    assert find_hit([10], HitRequest(), 9, is_complete=True) == (None, "1 hit")
    assert find_hit([10, 20], HitRequest(after=11), 30, is_complete=True, is_full=True) == (20, "hit 2 of more than 2")


def write(path: Path, *lines: bytes) -> list[int]:
    """Append lines to a file, and return where each begins."""
    with path.open("ab") as file:
        begins = []
        for data in lines:
            begins.append(file.tell())
            file.write(data)
    return begins


def test_pieces_of_a_text_and_a_call_with_its_result_are_one_hit_each(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    begins = write(
        path,
        line(1, text="a nee", message="m", block=0), line(2, text="dle, a needle", message="m", block=0),
        line(3, "tool_use", id="t", name="Bash", input={"command": "grep needle"}),
        line(4, "tool_result", tool_use_id="t", name="Bash", status="success", output="needle"),
        line(5, "info", message="hay"), line(6, "info", message="Needle"), line(7, "info", message="needle"),
    )  # fmt: skip
    with SharedFile(path).in_use() as file:
        hits = HitList(WANTED)
        assert found(hits, file) == (None, "3 hits")
        assert [found(hits, file, after=begins[at])[0] for at in (0, 1, 3)] == [begins[0], begins[2], begins[6]]


def test_a_run_that_grows_has_more_hits_and_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    first, _ = write(path, line(1, "info", message="needle"), line(2, "info", message="hay"))
    hits = HitList(WANTED)
    with SharedFile(path).in_use() as file:
        assert found(hits, file, after=first) == (first, "hit 1 of 1")
        read_to = hits.read_to
    (second,) = write(path, line(3, "info", message="needle"))
    with SharedFile(path).in_use() as file:
        assert read_to == second
        assert found(hits, file, at=first) == (first, "hit 1 of 2")


def test_beyond_a_limit_no_more_are_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    write(path, *(line(seq, "info", message="needle") for seq in range(1, 5)))
    with SharedFile(path).in_use() as file:
        hits = HitList(WANTED, max_hits=2)
        assert found(hits, file)[1].startswith("more than ")
        assert hits.answer(file, HitRequest()).read_to == file.end


async def test_the_server_tells_the_hits_of_the_filter_of_a_request(tmp_path: Path) -> None:
    begins = write(run_of(tmp_path, name=NAME), line(1, "info", message="a needle"), line(2, "error", message="needle"))

    async with serving(tmp_path) as served:

        async def hit(query: str) -> tuple[int, Any]:
            response = await served.get(f"/api/runs/{NAME}/hit?{query}")
            return response.status, response.json

        status, counted = await hit("grep=needle")
        assert (status, counted["at"], counted["words"]) == (200, None, "2 hits")
        assert counted["read_to"] == counted["size"]
        after = f"{counted['generation']}.{begins[0] + 1}"
        assert (await hit(f"grep=needle&after={after}"))[1]["at"] == begins[1]
        assert (await hit(f"grep=needle&type=info&after={after}"))[1]["words"] == "hit 1 of 1, again from the start"
        for wrong, code in (("", 400), ("grep=a&after=x", 400), (f"grep=a&after={after}&before={after}", 400)):
            assert (await hit(wrong))[0] == code
        assert (await hit("grep=a&after=0123456789ab.0"))[0] in {400, 409}
