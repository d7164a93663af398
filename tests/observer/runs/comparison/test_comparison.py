"""Two runs as one object and as a table, read from files; what the agents did is in `test_steps.py`.

Tests observer.runs.comparison.comparison, observer.runs.comparison.compared_fields,
observer.runs.comparison.comparison_table and observer.runs.compare_runs.
"""

from pathlib import Path

import pytest

from observer.runs.compare_runs import RunComparer
from observer.runs.comparison.compared_fields import Comparison
from observer.runs.comparison.comparison_table import MAX_ROWS, TableSection, compare_rows
from observer.source.snapshot import Snapshot
from tests.helpers import event, event_at

NOW = 1_800_000_000.0
START = event("run_start", project_dir="/p", model="claude-x", about="A thing")
END = event_at(60, "complete", outcome="success", cost_usd=0.5)


def use(id_: str, command: str, parent: str | None = None, name: str = "Bash") -> bytes:
    return event("tool_use", parent, id=id_, name=name, input={"command": command})


def result(id_: str, status: str = "success") -> bytes:
    return event("tool_result", tool_use_id=id_, name="Bash", status=status, output="o", duration_ms=5)


def progress(**states: bool) -> bytes:
    features = [{"name": name, "passes": passes} for name, passes in states.items()]
    return event("progress", passing=sum(states.values()), total=len(states), features=features)


def compared(directory: Path, first: bytes, second: bytes, *, content: bool = True) -> Comparison:
    snapshots = []
    for name, data in (("a", first), ("b", second)):
        path = directory / f"{name}.ndjson"
        path.write_bytes(data)
        snapshots.append(Snapshot(path))
    comparer = RunComparer(*snapshots, content=content)
    while comparer.read_on():
        pass
    assert comparer.read_bytes == len(first) + len(second)
    return comparer.compare(NOW)


def shown(comparison: Comparison, name: str) -> list[str]:
    """Return the rows of a section and its note, if there is one."""
    section = next((one for one in compare_rows(comparison).sections if one.name == name), TableSection("", "", []))
    rows = [
        " | ".join([row.label, *(" ".join(text for text, _ in cell) for cell in row.cells)]) for row in section.rows
    ]
    return [*rows, *([section.note] if section.note else [])]


def test_outcome_cost_tools_and_failures_stand_side_by_side(tmp_path: Path) -> None:
    failed = event("complete", outcome="failed", cost_usd=1.5, message="it broke")
    other = result("t1", "error") + use("t2", "ls", name="Read") + result("t2", "blocked") + failed
    found = compared(tmp_path, START + use("t1", "ls") + result("t1") + END, START + use("t1", "ls") + other)
    rows = shown(found, "outcome")
    assert "outcome | complete | failed" in rows
    assert "why | - | it broke" in rows
    assert "model | claude-x | the same" in rows
    assert "cost | $0.50 | $1.50" in rows
    assert "tool calls | 1 | 2 · 1 failed · 1 blocked" in rows
    assert shown(found, "tools") == ["Bash | 1 | 1 · 1 failed · 1 blocked", "Read | 0 | 1"]
    differing = {row.label for row in compare_rows(found).sections[0].rows if row.differs}
    assert differing == {"outcome", "why", "cost", "time", "tool calls"}


def test_the_first_difference_has_the_place_and_the_words_of_both(tmp_path: Path) -> None:
    first, second = START + use("t1", "ls") + use("t2", "make a"), START + use("x", "ls") + use("y", "make b")
    found = compared(tmp_path, first + END, second + END)
    assert found.parting is not None
    steps = found.parting.steps
    assert [(step.tool, step.text, step.at) for step in steps if step] == [
        ("Bash", "make a", len(START + use("t1", "ls"))), ("Bash", "make b", len(START + use("x", "ls")))
    ]  # fmt: skip
    assert shown(found, "parting") == [
        "first difference | Bash make a · event 1 | Bash make b · event 1",
        "Step 2 differs: the one before is the same.",
    ]
    (row,) = next(section.rows for section in compare_rows(found).sections if section.name == "parting")
    assert row.at == tuple(step.at for step in steps if step)


def test_where_only_texts_differ_first_the_first_other_call_is_told_too(tmp_path: Path) -> None:
    said = [event("thought", text=words, message="m", block=0) for words in ("I ", "look. ", "I try.")]
    first = START + said[0] + said[1] + use("t1", "ls") + use("t2", "a")
    second = START + said[0] + said[2] + use("t1", "ls") + use("t2", "b")
    found = compared(tmp_path, first + END, second + END)
    assert shown(found, "parting") == [
        "first difference | text I look. · event 1 | text I I try. · event 1",
        "first other call | Bash a · event 1 | Bash b · event 1",
        "The first step differs.",
    ]


def test_runs_that_did_the_same_say_so_and_one_that_stopped_does_nothing_more(tmp_path: Path) -> None:
    run = START + use("t1", "ls")
    assert shown(compared(tmp_path, run + END, run + END), "parting") == [
        "The agents did the same in both runs, in 1 step."
    ]
    found = compared(tmp_path, run, run + use("t2", "make"))
    assert shown(found, "parting")[0] == "first difference | nothing more | Bash make · event 1"
    assert found.parting is not None
    assert found.parting.steps[0] is None
    assert shown(compared(tmp_path, START, START), "parting") == ["The agents did nothing in either run."]


def test_a_difference_in_a_subagent_names_it_and_prompts_are_compared(tmp_path: Path) -> None:
    spawned = use("t1", "look", name="Task") + event(
        "subagent_start", id="a", tool_use_id="t1", agent_type="Explore", description="Look around"
    )
    prompts = [event("prompt", text=text, source="user") for text in ("go", "go  ", "stay")]
    runs = [START + prompt + spawned + use("s1", command, "t1") for prompt, command in zip(prompts, "aab", strict=True)]
    found = compared(tmp_path, runs[0] + END, runs[2] + END)
    assert shown(found, "parting")[-1] == (
        "The first step of subagent Explore: Look around differs. The first prompt is not the same."
    )
    assert compared(tmp_path, runs[0], runs[1]).same_prompt is True


def test_features_that_differ_are_named_and_the_others_counted(tmp_path: Path) -> None:
    first, second = progress(one=True, two=True, three=False), progress(one=True, two=False, four=True)
    assert shown(compared(tmp_path, START + first, START + second), "features") == [
        "passing | 2 of 3 pass | the same",
        "two | ✓ passes | ✗ fails",
        "three | ✗ fails | not named",
        "four | not named | ✓ passes",
        "1 feature is the same in both",
    ]


def test_long_lists_are_cut_with_a_note(tmp_path: Path) -> None:
    many = b"".join(use(f"t{number}", "x", name=f"T{number}") for number in range(MAX_ROWS + 5))
    rows = shown(compared(tmp_path, START + many, START), "tools")
    assert (len(rows), rows[-1]) == (MAX_ROWS + 1, "and 5 more")


def test_files_are_listed_if_only_one_run_wrote_them(tmp_path: Path) -> None:
    def write(path: str) -> bytes:
        return event("tool_use", id=path, name="Write", input={"file_path": f"/p/{path}", "content": "x"}) + event(
            "tool_result", tool_use_id=path, name="Write", status="success"
        )

    found = compared(tmp_path, START + write("a") + write("b"), START + write("a"))
    assert shown(found, "files") == ["b | once | not written", "1 file was written as often in both"]


@pytest.mark.parametrize("broken", [b"not JSON\n", b"[]\n", b"\n", b'{"type": "tool_use"}\n', b"\xff\xfe\n"])
def test_malformed_lines_do_no_harm(tmp_path: Path, broken: bytes) -> None:
    found = compared(tmp_path, START + broken + use("t1", "ls") + END, START + broken + use("t1", "pwd") + END)
    assert found.parting is not None
    assert [step.text for step in found.parting.steps if step] == ["ls", "pwd"]


def test_without_content_texts_are_compared_and_not_shown(tmp_path: Path) -> None:
    first, second = START + use("t1", "secret one"), START + use("t1", "secret two")
    found = compared(tmp_path, first, second, content=False)
    assert found.parting is not None
    assert "secret" not in repr(found)
    assert "A thing" not in repr(found)
    assert [step.tool for step in found.parting.steps if step] == ["Bash", "Bash"]


def test_without_content_a_name_of_a_tool_that_may_be_a_text_is_not_shown(tmp_path: Path) -> None:
    first, second = START + use("t1", "ls", name="my secret"), START + use("t1", "ls", name="another secret")
    found = compared(tmp_path, first, second, content=False)
    assert found.parting is not None
    assert "secret" not in repr(found)
    assert [step.tool for step in found.parting.steps if step] == ["[9 bytes]", "[14 bytes]"]
