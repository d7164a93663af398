"""What a command line and all that it runs have in common: texts, files that it makes, what must not come together."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from agent.safety.commands.denial import Refused
from agent.safety.commands.loopback import leads_away
from agent.safety.commands.paths import Folders, Places
from agent.safety.commands.words import Word

JOBS = "$(jobs -p)"
_LINKERS = frozenset({"ln", "cp", "mv", "rsync", "tar", "unzip", "git"})
"""What can make symbolic links."""
_MAKERS = _LINKERS | {"tee", "install", "sed", "patch", "truncate", "dd"}
_QUOTING = re.compile(r"[\"'\\]")
_SPLITS_OTHERWISE = re.compile(r"\bIFS\b(?!=[^\s;&|]*[ \t]+read\b)")


class CheckContext:
    """Grows while a command line is checked. `sets_unknown_names` says whether a part of it may export any variable."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._written: set[Path | None] = set()
        self._linked: set[Path] = set()
        self._texts: list[str] = []
        self._asked = ""
        self._splits = ""
        self._lists = False
        self.sets_unknown_names = False

    def add(self, text: str) -> None:
        """Note a piece of shell that is run."""
        self._texts.append(text)

    @property
    def text(self) -> str:
        """All pieces so far."""
        return "\n".join(self._texts)

    def lists_jobs(self, word: Word) -> bool:
        """Whether the word stands for the jobs of the shell, which are all the text's. What else may list them is seen
        at the end."""
        self._lists = self._lists or word.source == JOBS
        return word.source == JOBS

    def asks(self, name: str, args: list[Word]) -> None:
        """Note that a program asks this machine, which the environment may turn into another."""
        self._asked = self._asked or " ".join([name, *(word.source for word in args)])

    def splits(self, name: str, args: list[Word]) -> None:
        """Note that it counts where the shell parts the words that variables make of these."""
        if any("$" in word.source and not word.source.startswith('"') for word in args):
            self._splits = self._splits or " ".join([name, *(word.source for word in args)])

    def finish(self) -> None:
        """Raise Refused when something of it changes what another part of it means, be it before or after that."""
        if self._asked and (self.sets_unknown_names or any(map(leads_away, self._texts))):
            said = (
                "a variable may lead the request to another machine; set only those whose names are written out, as in "
                "`export PORT=3000`, or source a file that does"
            )
            raise Refused("allowlist", said, self._asked)
        if self._lists and any("jobs" in text.replace(JOBS, "").replace("jobs -p", "") for text in self._texts):
            raise Refused("kill", "jobs may be another command here; name the processes that it shall end", JOBS)
        if self._splits and any(_SPLITS_OTHERWISE.search(_QUOTING.sub("", text)) for text in self._texts):
            said = "IFS is set, which parts what a variable holds; set it for `IFS= read` only, or quote the variable"
            raise Refused("syntax", said, self._splits)

    def writes(self, text: str, folders: Folders) -> None:
        """Note a file that output goes to."""
        self._written |= set(self._places.resolved(text, folders))

    def makes(self, name: str, args: list[Word], folders: Folders) -> None:
        """Remember the files that a command makes or changes: what they hold later is not what they hold now."""
        if name not in _MAKERS:
            return
        texts = [word.plain for word in args if word.plain is not None and not word.plain.startswith("-")]
        names = {
            *texts,
            *(Path(text).name for text in texts),
            *(f"{texts[-1]}/{Path(text).name}" for text in texts[:-1]),
        }
        for text in names:
            self.writes(text, folders)
            if name in _LINKERS:
                self._linked |= set(_named(text, folders))

    def has_made(self, real: Path | None, path: Path | None = None) -> bool:
        """Whether the file `real` is written by it, or `path` is a link that it makes."""
        return real in self._written or path in self._linked

    def check_links(self, args: list[Word], folders: Folders, *, itself: bool) -> None:
        """Refuse to remove anything by way of a link that the same command makes. The link itself may go, but where a
        command would follow it (`itself`).
        """
        for word in args if self._linked else ():
            text = word.text or word.prefix
            for path in _named(text, folders):
                ways = {path, *path.parents} if itself or text.endswith(("/", "/.")) else {*path.parents}
                if word.text is None or self._linked & ways:
                    raise Refused("rm", f"{word.source} may lead through a link that this command makes; make it first")


def _named(text: str, folders: Folders) -> Iterator[Path]:
    """The path by its name, links not followed, in each of the folders."""
    return (Path(os.path.normpath((folder or Path("/")) / text)) for folder in folders)
