"""Remembers where the last build of a project stopped, so that the next one can continue from there."""

from pathlib import Path

from msgspec import Struct

from agent.events import Error, Info
from agent.runlog import run_file
from agent.runlog.runlog import RunLog
from agent.safety.agent_dir import read_json, write_json

_RECORD = "build.json"


class LastBuild(Struct, frozen=True):
    """The last run that built here, and the number of the last session that has begun, in it or before it.

    `unverified` are features that were claimed to pass and have not been verified yet.
    """

    run: str
    run_file: str
    iteration: int
    unverified: tuple[str, ...] = ()

    @classmethod
    def load(cls, agent_dir: Path) -> "LastBuild | None":
        """Return the record in a project's `.agent/`; None if nothing has been built there yet."""
        return read_json(agent_dir / _RECORD, cls)

    @property
    def crashed(self) -> bool:
        """Whether that run has no `complete` event; False if its file cannot be read."""
        try:
            return not run_file.is_complete(Path(self.run_file))
        except OSError:
            return False

    @property
    def last_write_ns(self) -> int:
        """The time at which that run wrote its last line, in nanoseconds since 1970; 0 if its file cannot be read."""
        try:
            return Path(self.run_file).stat().st_mtime_ns
        except OSError:
            return 0

    def describe(self) -> Info:
        """Return the event that says how that run ended, for the run that continues it."""
        try:
            complete = run_file.is_complete(Path(self.run_file))
        except OSError as error:
            message = f"continues run {self.run}; cannot read its file ({error.strerror})"
            return Info(message=message, kind="continued")
        if complete:
            return Info(message=f"continues run {self.run}", kind="continued")
        where = f"in iteration {self.iteration}" if self.iteration else "before its first session"
        message = f'continues run {self.run}, which crashed {where} (its file has no "complete" event)'
        return Info(message=message, kind="crashed")


async def save_progress(log: RunLog, agent_dir: Path, iteration: int, unverified: tuple[str, ...] = ()) -> None:
    """Record how far this run has come, for the next one.

    A failure, such as a full disk or a removed directory, is recorded in the run and does not end it.
    """
    try:
        write_json(agent_dir / _RECORD, LastBuild(log.run, str(log.path), iteration, unverified))
    except OSError as error:
        reason = f"cannot write to {agent_dir} ({error.strerror})"
        message = f"{reason}; the next build will not know where this one stopped"
        await log.emit(Error(message=message, kind="agent_folder"))
