"""One run in a list: what is known of it, and as a JSON object. Reads nothing."""

from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from observer.format.json import encode
from observer.format.sanitize import clean_json
from observer.format.timestamps import format_timestamp
from observer.runs.listing.run_names import project_name, run_title
from observer.runs.outputs import ListedFields
from observer.runs.state.state import RunState
from observer.runs.state.tokens import token_counts
from observer.runs.state.verdict import Status, Verdict
from observer.source.locate import PATH_NAMES, DisplayNames, run_id


class ListedRun(Struct, frozen=True):
    """A run in a list. `size` is the size of its file in bytes.

    `arrived` is when the last event arrived here, in seconds since 1970: when the file was written, unless that is
    known to be wrong.
    """

    path: Path
    run: str
    state: RunState
    status: Status
    size: int
    arrived: float
    damage: str = ""
    """A sentence about the part of its file that could not be read, or all of it."""
    unreadable: bool = False
    """Whether nothing of the file could be read."""
    is_cut: bool = False
    """Whether a part of the run could not be read."""
    is_witnessed: bool = False
    """Whether its last event arrived between two reads of its file, which is therefore not a copy."""

    @property
    def is_whole(self) -> bool:
        """Whether all of the run could be read."""
        return not (self.unreadable or self.is_cut)

    @property
    def title(self) -> str:
        """The ID of the run, and the name of the file if that has another one: it may be a copy, or renamed."""
        return run_title(self.run, self.path)

    def silent_s(self, now: float) -> float:
        """Return for how many seconds no event has arrived at `now`, in seconds since 1970.

        Of a run that has ended it is the age of its last event, as its file may have been copied since, unless the end
        was seen to arrive: then the clock of its writer does not matter.
        """
        last_seen = self.state.last_seen if self.status.verdict.final and not self.is_witnessed else None
        return now - (self.arrived if last_seen is None else min(self.arrived, last_seen))

    def known_silent_s(self, now: float) -> float | None:
        """Return `silent_s`, at least 0; None if the time of the file is in the future, and so tells nothing."""
        silent_s = self.silent_s(now)
        return None if silent_s < 0 and self.status.missing is not None else max(0.0, silent_s)

    def elapsed_s(self, now: float) -> float | None:
        """Return the duration of the run up to `now`, in seconds since 1970, or to its end; None if not known."""
        return self.state.elapsed(self.state.now_after(self.silent_s(now)), self.status)


def run_fields(listed: ListedRun, now: float, names: DisplayNames = PATH_NAMES) -> dict[str, Any]:
    """Return the `ListedFields` of a run as a JSON object.

    `now` is in seconds since 1970; `names` returns the name of the file for users.
    """
    return cast("dict[str, Any]", msgspec.to_builtins(_fields(listed, now, names)))


def run_json(listed: ListedRun, now: float, names: DisplayNames = PATH_NAMES) -> bytes:
    """Return the `run_fields` as one line of JSON in which control and invisible characters are escaped."""
    fields = _fields(listed, now, names)
    try:
        encoded = msgspec.json.encode(fields)
    except (UnicodeEncodeError, OverflowError):  # a lone surrogate, as in names of files
        encoded = encode(msgspec.to_builtins(fields))
    return clean_json(encoded) + b"\n"


def _fields(listed: ListedRun, now: float, names: DisplayNames) -> ListedFields:
    state, status = listed.state, listed.status
    elapsed_s = listed.elapsed_s(now)
    return ListedFields(
        run=listed.run,
        name=run_id(listed.path),
        file=names(listed.path),
        verdict=status.verdict,
        tool=status.tool,
        seconds=None if status.seconds is None else round(status.seconds, 3),
        until=status.until,
        missing=status.missing,
        waiting_for=status.waiting_for,
        live=None if status.verdict is Verdict.UNKNOWN else not status.verdict.final,
        agent_type=state.agent_type,
        iteration=state.iteration,
        passing=state.passing,
        total=state.total,
        started=format_timestamp(state.started),
        elapsed_s=None if elapsed_s is None else round(elapsed_s, 3),
        cost_usd=state.cost_usd,
        cost_is_minimum=state.cost_is_minimum,
        tokens=token_counts(state.tokens),
        last_event=state.stamp,
        silent_s=None if (silent_s := listed.known_silent_s(now)) is None else round(silent_s, 3),
        about=state.about,
        bytes=listed.size,
        known_from=state.known_from,
        project=project_name(state.project_dir),
        project_dir=state.project_dir,
        host=state.host,
    )
