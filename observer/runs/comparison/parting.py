"""Finds the first step in which two runs differ, while both are read. Pure.

Each agent is compared with the one in its place in the other run, so that subagents may run beside each other in any
order. Of what is read of one run and not yet of the other, only digests are held, and a bounded number of them.
"""

from collections import deque

from msgspec import Struct

from observer.runs.comparison.steps import Place, Step

MAX_PENDING = 200_000
"""Steps that wait for those of the other run. Beyond them, the agent with most of them is not compared further."""

Pair = tuple[Step | None, Step | None]
"""A step of each run; None if that run has none there."""


class Parting(Struct, frozen=True):
    """The first point where two runs part: the place, and what each does there. Before it, all they did is the same."""

    place: Place
    steps: Pair

    @property
    def same(self) -> int:
        """The number of steps that the agent has made before, in both runs."""
        return self.place[-1]


class StepComparer:
    """Takes the steps of both runs, in any order that keeps that of each run."""

    def __init__(self, max_pending: int = MAX_PENDING) -> None:
        self.parting: Parting | None = None
        """The first difference so far; `end` completes it."""
        self.left_out = 0
        """Agents that were not compared to their end, because they ran at too different times."""
        self.same = 0
        """Steps that are in both runs."""
        self._max_pending = max_pending
        self._pending: dict[Place, tuple[int, deque[tuple[Place, Step]]]] = {}
        """The steps of an agent that only one of the runs, by its number, has made so far."""
        self._count = 0
        self._closed: set[Place] = set()
        """Agents that have parted, or are left out."""

    def take(self, run: int, place: Place, step: Step) -> None:
        """Add a step of run 0 or 1 at its place."""
        agent = place[:-1]
        if agent in self._closed or self._is_late(place):
            return
        side, waiting = self._pending.setdefault(agent, (run, deque()))
        if side != run and waiting:
            self._compare(place, waiting.popleft()[1], step, run)
            return
        if side != run:
            waiting = deque()
            self._pending[agent] = run, waiting
        waiting.append((place, step))
        self._count += 1
        if self._count > self._max_pending:
            self._leave_out()

    def end(self) -> None:
        """Note that both runs are over: a step that waits is the first beyond the end of the other run."""
        for run, waiting in list(self._pending.values()):
            if waiting:
                self._part(*waiting[0], None, 1 - run)
        self._pending.clear()

    def _compare(self, place: Place, first: Step, second: Step, run: int) -> None:
        """Compare the steps at a place: the `second` one is of this `run`."""
        self._count -= 1
        if first.digest == second.digest:
            self.same += 1
        else:
            self._close(place[:-1])
            self._part(place, first, second, run)

    def _part(self, place: Place, first: Step, second: Step | None, run: int) -> None:
        if not self._is_late(place):
            self.parting = Parting(place, (first, second) if run else (second, first))
            for agent in [agent for agent in self._pending if self._is_late((*agent, 0))]:
                self._close(agent)

    def _close(self, agent: Place) -> None:
        self._closed.add(agent)
        _, waiting = self._pending.pop(agent, (0, deque()))
        self._count -= len(waiting)

    def _leave_out(self) -> None:
        self.left_out += 1
        self._close(max(self._pending, key=lambda agent: len(self._pending[agent][1])))

    def _is_late(self, place: Place) -> bool:
        """Return whether a place is after the one where the runs part."""
        return self.parting is not None and place >= self.parting.place
