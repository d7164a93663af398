"""Builds whose conversations are functions: what a build does between its sessions, without a model and the CLI."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from claude_agent_sdk import ClaudeAgentOptions

from agent.events import AgentType, Outcome, PromptSource, SessionEnd, SessionStart
from agent.harness.limits import BuildLimits
from agent.harness.prompts import Prompts
from agent.harness.resume import LastBuild
from agent.harness.session_models import SessionModels
from agent.harness.session_times import SessionTimes
from agent.harness.sessions import BuildOutcome, BuildPlan, BuildSessions
from agent.recorder.turns import TurnResult
from agent.runlog.runlog import RunLog
from agent.session.sdk_options import ALLOWED_TOOLS, Model, Safety
from agent.session.workplace import RunSettings, lock_workplace
from tests.agent.runlog.writing import events_of
from tests.helpers import LIMIT_S, wait_until_async

DONE = TurnResult(Outcome.SUCCESS, "")
COST_USD = 0.07
"""Of each conversation."""


class Played:
    """The conversation of one session, which a function plays: it is recorded, and begins and ends as a real one."""

    def __init__(
        self,
        play: "Play",
        log: RunLog,
        options: ClaudeAgentOptions,
        *,
        agent_type: AgentType,
        iteration: int,
        on_start: Callable[[], Awaitable[None]],
        on_result: Callable[[str], None],
        credentials_work: bool,
        **_rest: Any,
    ) -> None:
        self._play, self._log, self._on_start, self._on_result = play, log, on_start, on_result
        self.options, self.kind, self.number = options, agent_type, iteration
        self.credentials_worked, self.credentials_work = credentials_work, credentials_work
        self.prompt = ""
        self._calls = 0

    async def run(self, prompt: str, source: PromptSource) -> TurnResult:
        assert source == "harness"
        self.prompt = prompt
        start = SessionStart(iteration=self.number, agent_type=self.kind, session_id="s", model=self.options.model)
        await self._log.emit(start)
        await self._on_start()
        turn = await self._play(self)
        await self._log.emit(SessionEnd(outcome=turn.outcome, turns=1, duration_ms=1, cost_usd=COST_USD))
        return turn

    async def call(self, change: Callable[[], object]) -> None:
        """Do something as a tool call does it: announced to the hooks of the build before, and then with a result."""
        self._calls += 1
        use: dict[str, Any] = {
            "tool_name": "Bash", "tool_input": {"command": "./change"}, "cwd": str(self.options.cwd),
            "tool_use_id": f"t{self.number}.{self._calls}",
        }  # fmt: skip
        for matcher in (self.options.hooks or {})["PreToolUse"]:
            for hook in matcher.hooks:
                await hook(use, use["tool_use_id"], {"signal": None})  # type: ignore[arg-type]
        change()
        self._on_result(use["tool_use_id"])

    async def settled(self, condition: Callable[[], object]) -> None:
        """Wait until the build has noticed something."""
        await wait_until_async(condition)


Play = Callable[[Played], Awaitable[TurnResult]]


class Site:
    """A project that is built, and the runs of its builds."""

    def __init__(self, root: Path) -> None:
        self.project, self.runs_dir = root / "project", root / "runs"
        self.project.mkdir()
        self.played: list[Played] = []

    def write(self, **passes: bool) -> None:
        """Write a feature list."""
        self.write_rows({"name": name, "passes": done} for name, done in passes.items())

    def write_rows(self, rows: Any) -> None:
        row = {"category": "functional", "description": "It does.", "steps": ["Look"], "passes": False}
        (self.project / "feature_list.json").write_text(json.dumps([row | one for one in rows], indent=2))

    @property
    def passes(self) -> dict[str, bool]:
        return {row["name"]: row["passes"] for row in json.loads((self.project / "feature_list.json").read_text())}

    @property
    def unverified(self) -> tuple[str, ...]:
        """The features that the next build will know to have been claimed to pass."""
        last = LastBuild.load(self.project / ".agent")
        return last.unverified if last else ()

    async def build(
        self,
        *plays: Play,
        models: SessionModels = SessionModels(),  # noqa: B008 - frozen
        **limits: Any,
    ) -> BuildOutcome:
        """Build with sessions that are played in this order; there must be as many as there are sessions."""
        settings = RunSettings(
            runs_dir=self.runs_dir, command=None, model=Model("m"), allowed_tools=ALLOWED_TOOLS,
            safety=Safety(unsafe=True, sandbox=False),
        )  # fmt: skip
        plan = BuildPlan("A program.", BuildLimits(**limits), SessionTimes(pause_s=0), Prompts.load(), models)
        left = list(plays)

        def converse(log: RunLog, options: ClaudeAgentOptions, **details: Any) -> Played:
            self.played.append(Played(left.pop(0), log, options, **details))
            return self.played[-1]

        async with asyncio.timeout(LIMIT_S):
            with lock_workplace(self.project, settings) as place:
                last = LastBuild.load(place.agent_dir)
                run, about = (last.run, last.describe()) if last else (None, None)
                async with place.open_log("A program.", resumed_from=run, about_resumed=about) as log:
                    outcome = await BuildSessions(log, place, plan, last, converse).run_to_end(asyncio.Event())
        assert left == []
        return outcome

    async def build_until_killed(self, *plays: Play, **options: Any) -> None:
        """Build, and leave the files as `kill -9` would when the last play is over."""
        *before, last = plays
        directories = {
            self.project: self.project.with_suffix(".left"),
            self.runs_dir: self.runs_dir.with_suffix(".left"),
        }

        async def play_and_copy(session: Played) -> TurnResult:
            result = await last(session)
            for directory, copy in directories.items():
                shutil.copytree(directory, copy, symlinks=True)
            return result

        await self.build(*before, play_and_copy, max_sessions=len(plays), **options)
        for directory, copy in directories.items():
            shutil.rmtree(directory)
            copy.rename(directory)

    def data(self, type_: str, **fields: object) -> list[dict[str, Any]]:
        """Return the data of the events of a type in the last run, of those with these fields."""
        events = events_of((self.runs_dir / "latest.ndjson").resolve())
        return [event["data"] for event in events if event["type"] == type_ and fields.items() <= event["data"].items()]

    def messages(self, type_: str, kind: str) -> list[str]:
        return [data["message"] for data in self.data(type_, kind=kind)]


def turn(change: Callable[[], object] = lambda: None, result: TurnResult = DONE) -> Play:
    """Return a session that makes one call, and ends so."""

    async def play(session: Played) -> TurnResult:
        await session.call(change)
        return result

    return play


def ending(outcome: BuildOutcome) -> tuple[str, str]:
    return outcome.outcome.value, outcome.reason.value
