"""Where the last build of a project stopped, so that the next one goes on from there."""

from pathlib import Path

from msgspec import Struct

from agent.events import Error, Info
from agent.runlog import run_file
from agent.runlog.runlog import RunLog
from agent.safety.project_lock import read_json, write_json

_RECORD = "build.json"


class LastBuild(Struct, frozen=True):
    """The run that built here last, and the number of the last session that began in it or before it."""

    run: str
    run_file: str
    iteration: int

    @classmethod
    def of(cls, agent_folder: Path) -> "LastBuild | None":
        """What is written in a project's `.agent/`; None when nothing was built there yet."""
        return read_json(agent_folder / _RECORD, cls)

    def write(self, agent_folder: Path) -> None:
        """Replace what is written there. Raises OSError."""
        write_json(agent_folder / _RECORD, self)

    @property
    def crashed(self) -> bool:
        """Whether that run has no end, as far as its file can be read."""
        try:
            return not run_file.is_complete(Path(self.run_file))
        except OSError:
            return False

    def told(self) -> Info:
        """How that run ended, as the first news of the one that goes on from it."""
        try:
            complete = run_file.is_complete(Path(self.run_file))
        except OSError as error:
            said = f"continues run {self.run}, whose file cannot be read ({error.strerror})"
            return Info(message=said, kind="continued")
        if complete:
            return Info(message=f"continues run {self.run}", kind="continued")
        where = f"in iteration {self.iteration}" if self.iteration else "before its first session"
        said = f"continues run {self.run}, which crashed {where}: its file has no end"
        return Info(message=said, kind="crashed")


async def remember(log: RunLog, agent_folder: Path, iteration: int) -> None:
    """Note how far it is, for the next run. A full disk, or a session that removed the folder, is told and no end."""
    try:
        LastBuild(log.run, str(log.path), iteration).write(agent_folder)
    except OSError as error:
        said = (
            f"{agent_folder} cannot be written ({error.strerror}); the next build will not know where this one stopped"
        )
        await log.emit(Error(message=said, kind="agent_folder"))
