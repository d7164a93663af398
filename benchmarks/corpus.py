"""The generated run files of one report: each is written once, when it is first needed."""

from dataclasses import dataclass
from pathlib import Path

from generate import RUN, TEXT_MIX, Mix, write_all

SMALL, LARGE = "small", "large"
"""Names of the two sizes, in the keys of tables."""


@dataclass(frozen=True)
class RunFile:
    """A generated run."""

    path: Path
    mb: float
    mix: Mix
    lines: int

    @property
    def size(self) -> str:
        """The size for the title of a table."""
        return f"{self.mb / 1000:g} GB" if self.mb >= 1000 else f"{self.mb:g} MB"


class Corpus:
    """Writes run files below a directory; `times` is how often a command is run on one of them, at most."""

    def __init__(self, directory: Path, small_mb: float = 200.0, large_mb: float = 2000.0, times: int = 5) -> None:
        self._directory = directory
        self._files: dict[tuple[str, float], RunFile] = {}
        self.times = times
        self.sizes = {SMALL: small_mb, LARGE: large_mb}

    def prepare(self, wanted: list[tuple[Mix, float]]) -> None:
        """Write those files that are not there yet, several at a time."""
        missing = {self._path(mix, mb): (mb, mix) for mix, mb in wanted if (mix.name, mb) not in self._files}
        for path, lines in write_all(missing).items():
            mb, mix = missing[path]
            self._files[mix.name, mb] = RunFile(path, mb, mix, lines)

    def file(self, mb: float, mix: Mix = TEXT_MIX) -> RunFile:
        """Return the run of this size and mix, alone in its directory."""
        self.prepare([(mix, mb)])
        return self._files[mix.name, mb]

    def _path(self, mix: Mix, mb: float) -> Path:
        directory = self._directory / f"{mix.name}-{mb:g}"
        directory.mkdir(exist_ok=True)
        return directory / f"{RUN}.ndjson"
