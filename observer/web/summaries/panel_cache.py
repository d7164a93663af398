"""The panels of runs for the page: each is made once for all clients, from lines that are read once."""

import threading
import time

from msgspec import Struct
from msgspec.structs import replace

from observer.format.json import encode
from observer.format.lines import Block
from observer.runs.live.monitor import current_status
from observer.runs.live.read_state import read_state
from observer.runs.state.state import RunState
from observer.runs.summary.ending import Ending, describe_ending
from observer.runs.summary.panel import Panel, make_panel
from observer.runs.summary.problems import Step, list_problems, step
from observer.runs.summary.summary import Summary
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.source.line_reader import read_blocks
from observer.web.generation_cache import GenerationCache

MAX_READ_S = 1.5
"""Seconds that one request reads. It returns what it has by then; the page requests the rest."""
_FIRST_READ_S = 0.15
"""Seconds that the first one reads of a run: then the page shows what the beginning and the end of the file tell."""
_TOLD_BY_ENDS = frozenset({"verdict", "spending"})
"""Sections for which the rest of the file need not be read."""
REFRESH_S = 1.0
"""A panel is made at most this often; what it says of the time is said in words that stay true."""
_CACHED_RUNS = 3
_BLOCK_BYTES = 1024 * 1024


class PanelAnswer(Struct):
    """The panel of a run in JSON; as long as not all of the file was read, only of its beginning and its end."""

    generation: str
    size: int
    read_to: int
    panel: Panel


class StepAnswer(Struct):
    """Where the next or the previous problem is, None if there is none, and which one it is in words."""

    generation: str
    size: int
    read_to: int
    at: int | None
    words: str


class RunPanel:
    """What the lines of one run up to `offset` add up to. For one thread at a time, which holds `lock`."""

    def __init__(self, generation: str, stall_after_s: float) -> None:
        self.generation = generation
        self.lock = threading.Lock()
        self.offset = 0
        self._stall_after_s = stall_after_s
        self._summary = Summary()
        self._made_at = -REFRESH_S
        self._made_of: tuple[int, bool | None] = 0, None
        self._body = b""
        self._is_over = False
        self._problems_of: tuple[int, bool | None] | None = None
        self._problems: list[int] = []

    def wait_s(self, file: SharedFile) -> float:
        """Return how long to wait until the panel may be made again; 0 if it need not, as nothing has changed."""
        is_current = self._made_of == (file.end, file.locked)
        return 0.0 if is_current else max(0.0, REFRESH_S - (time.monotonic() - self._made_at))

    def read_on(self, file: SharedFile, is_cancelled: IsCancelled) -> None:
        """Read lines that were appended since the last call, for `MAX_READ_S` seconds at most."""
        deadline = time.monotonic() + (MAX_READ_S if self.offset else _FIRST_READ_S)
        for lines in read_blocks(file.read, file.end, block=_BLOCK_BYTES, begin=self.offset):
            if isinstance(lines, Block):
                self._summary.take_block(lines)
                self.offset = lines.offset + len(lines.data)
            else:
                self._summary.take(lines)
                self.offset = lines[-1].end
            if time.monotonic() > deadline or is_cancelled():
                return

    def panel(self, file: SharedFile) -> bytes:
        """Return the panel as JSON; that of a live run is made again if time has passed, as its verdict may change."""
        if self.offset < file.end:
            return encode(PanelAnswer(self.generation, file.end, self.offset, self._first_panel(file)))
        made_of = file.end, file.locked
        is_due = not self._is_over and time.monotonic() - self._made_at >= REFRESH_S
        if self._made_of != made_of or is_due:
            state, ending = self._ending(file, self._summary)
            panel = make_panel(self._summary, state, ending)
            self._body = encode(PanelAnswer(self.generation, file.end, self.offset, panel))
            self._made_of, self._made_at, self._is_over = made_of, time.monotonic(), ending.verdict.final
        return self._body

    def step(self, file: SharedFile, position: int, *, forwards: bool) -> bytes:
        """Return the problem after or before an offset as JSON."""
        next_problem = Step(None, "")
        if self.offset >= file.end:
            if self._problems_of != (file.end, file.locked):
                problems = list_problems(self._summary, self._ending(file, self._summary)[1])
                self._problems = [problem.offset for problem in problems]
                self._problems_of = file.end, file.locked
            next_problem = step(self._problems, position, forwards=forwards)
        return encode(StepAnswer(self.generation, file.end, self.offset, next_problem.at, next_problem.words))

    def _first_panel(self, file: SharedFile) -> Panel:
        """Return what the beginning and the end of a file tell."""
        nothing = Summary()
        panel = make_panel(nothing, *self._ending(file, nothing))
        return replace(panel, sections=[section for section in panel.sections if section.name in _TOLD_BY_ENDS])

    def _ending(self, file: SharedFile, summary: Summary) -> tuple[RunState, Ending]:
        """Return the state and the ending of the run, without durations that would have to be counted on."""
        now, state = time.time(), read_state(file.read, file.end)
        silent_s = now - file.modified
        status = current_status(state, silent_s, locked=file.locked, stall_after_s=self._stall_after_s)
        lasting = replace(status, seconds=None, until=None)
        return state, describe_ending(summary, state, lasting, silent_s, now)


class PanelCache:
    """The panels of the most recently requested runs. Its methods block, except `wait_s`."""

    def __init__(self, stall_after_s: float) -> None:
        self.stall_after_s = stall_after_s
        self._runs: GenerationCache[RunPanel] = GenerationCache(_CACHED_RUNS)

    def wait_s(self, file: SharedFile) -> float:
        """Return how long to wait before the panel of a run is requested, so that it is made once a second at most."""
        run = self._runs.find(file.generation)
        return 0.0 if run is None else run.wait_s(file)

    def panel(self, file: SharedFile, is_cancelled: IsCancelled) -> bytes:
        """Return the panel of a run, as JSON."""
        run = self._run(file)
        with run.lock:
            run.read_on(file, is_cancelled)
            return run.panel(file)

    def step(self, file: SharedFile, position: int, is_cancelled: IsCancelled, *, forwards: bool) -> bytes:
        """Return the next or previous problem of a run, as JSON."""
        run = self._run(file)
        with run.lock:
            run.read_on(file, is_cancelled)
            return run.step(file, position, forwards=forwards)

    def _run(self, file: SharedFile) -> RunPanel:
        generation = file.generation
        return self._runs.get(generation, lambda: RunPanel(generation, self.stall_after_s))
