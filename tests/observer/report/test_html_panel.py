"""The panel of a run in the HTML report."""

import re
from pathlib import Path

from observer.report.html import render_html
from observer.runs.one_run.run import load_run
from tests.helpers import event_at
from tests.observer.report.runs import HOSTILE, RUN

NOW = 1795400000.0


def page(path: Path, *lines: bytes) -> str:
    path.write_bytes(b"".join(lines))
    with load_run(path) as run:
        return "".join(render_html(run, NOW))


def summary(document: str) -> str:
    return document.partition('<section id="summary"')[2].partition("</div></section>")[0]


def test_it_leads_with_features_all_that_went_wrong_and_the_cost(tmp_path: Path) -> None:
    listed = [{"name": "It <starts>", "passes": False}, {"name": "It stops", "passes": False}]
    first = event_at(1, "progress", passing=0, total=2, changed=[], features=listed)
    then = event_at(2, "progress", passing=1, total=2, changed=[{"name": "It <starts>", "passes": True}])
    document = page(tmp_path / "r.ndjson", *RUN[:2], first, then, *RUN[5:16], *RUN[17:])

    found = summary(document)
    assert re.findall("<h3>(.*?)</h3>", found) == ["Features: 2 of 5 pass", "What went wrong: 4", "Cost and tokens"]
    assert "<span>It &lt;starts&gt;</span>" in found
    assert document.index('id="overview"') < document.index('id="summary"') < document.index('id="problems"')


def test_each_problem_links_to_its_event(tmp_path: Path) -> None:
    document = page(tmp_path / "r.ndjson", *RUN)
    data = (tmp_path / "r.ndjson").read_bytes()

    section = summary(document).partition('of-problems">')[2].partition("</section>")[0]
    linked = [data[int(at) :].decode() for at in re.findall(r'href="#20261123T011230Z-7f3a9c:@(\d+)"', section)]
    assert [line.partition('"type":"')[2].partition('"')[0] for line in linked] == [
        "tool_result", "tool_result", "error", "complete",
    ]  # fmt: skip
    assert "2 of 4" in section
    assert "<time datetime=" in section


def test_text_of_the_run_is_text(tmp_path: Path) -> None:
    found = summary(page(tmp_path / "r.ndjson", *RUN[:2], event_at(3, "error", message=HOSTILE, kind=HOSTILE)))
    assert "&lt;script&gt;" in found
    assert "<script" not in found
    assert "\u202e" not in found
