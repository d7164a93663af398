"""Values of the runs that were requested last."""

from itertools import count
from pathlib import Path

from observer.runs.window.cursor import NO_GENERATION
from observer.runs.window.shared_file import SharedFile
from observer.web.generation_cache import GenerationCache
from observer.web.summaries.timeline_cache import TimelineCache
from tests.helpers import append, line
from tests.observer.web.asking import run_of


def test_a_content_has_one_value_of_each_name_until_others_were_requested() -> None:
    values: GenerationCache[int] = GenerationCache(2)
    new = count().__next__
    assert [values.get(generation, new) for generation in "aab"] == [0, 0, 1]
    assert values.get("a", new, "name") == 2
    assert (values.find("a"), values.find("b"), values.find("a", "name")) == (None, 1, 2)
    assert values.get("a", new) == 3


def test_files_without_a_complete_line_share_nothing() -> None:
    values: GenerationCache[int] = GenerationCache(2)
    new = count().__next__
    assert [values.get(NO_GENERATION, new) for _ in range(2)] == [0, 1]
    assert values.find(NO_GENERATION) is None


def test_a_run_that_begins_while_its_timeline_is_read_leaves_nothing_to_others(tmp_path: Path) -> None:
    timelines, path = TimelineCache(), run_of(tmp_path, b"")

    class Beginning(SharedFile):
        @property
        def generation(self) -> str:
            before = super().generation
            if not path.stat().st_size:
                append(path, line(1, "tool_use", id="t", name="Bash", input={}))
                self.end = path.stat().st_size
            return before

    timelines.read(Beginning(path), lambda: False)
    other = timelines.read(SharedFile(run_of(tmp_path, b"", name="other")), lambda: False)
    assert b"Bash" not in other
