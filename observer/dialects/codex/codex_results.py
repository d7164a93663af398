"""Reads how a tool call of Codex ended: from the item that reports it, else from the text that the model received.

The item has the exact figures and the output without a frame; some calls have none, as those that never ran. Pure.
"""

import re
from typing import NamedTuple

from observer.dialects.event_data import Data, Status, image, joined_text
from observer.dialects.records import decode_record, milliseconds
from observer.format.fields import Fields

_FRAME = re.compile(
    r"(?:Chunk ID: [^\n]*\n)?"
    r"(?:Exit code: (?P<exit>-?\d+)\n)?"
    r"(?:Wall time: (?P<seconds>\d+(?:\.\d+)?) seconds(?:\n|$))?"
    r"(?:Process exited with code (?P<code>-?\d+)\n)?"
    r"(?:Process running with session ID (?P<session>[^\n]*)\n)?"
    r"(?:Original token count: \d+\n)?"
    r"(?:Total output lines: \d+\n)?"
    r"(?:Output:(?:\n|$))?"
)
"""What versions of Codex put in front of an output."""
_REJECTED = re.compile(
    r'exec_command failed.*?CreateProcess \{ message: "Rejected\(\\"(?P<reason>.*)\\"\)" \}', re.DOTALL
)
_REFUSED = re.compile(r"(?:patch rejected|(?:exec )?command rejected|rejected by|approval policy is )", re.IGNORECASE)
_FAILED = re.compile(
    r"(?:unsupported call: |failed to |apply_patch verification failed|exec_command failed|execution error"
    r"|err: |tool call error|command timed out)",
    re.IGNORECASE,
)
_ABORTED = "aborted"
_SHORTENED = re.compile(r"Warning: truncated output|\[\.\.\. omitted \d+ of \d+ lines|…\d+ (?:tokens|chars) truncated…")
_LONGEST_KEPT = 64 * 1024
"""Characters of an output that an item of a rollout keeps."""
STOPPED = "stopped while it was running"


class Ending(NamedTuple):
    """How a call ended. `session` names the process that goes on running in the background."""

    status: Status
    output: str
    duration_ms: int | None = None
    reason: str | None = None
    truncated: bool = False
    images: tuple[Data, ...] = ()
    session: str | None = None


def read_ending(payload: Fields | None, item: Fields | None) -> Ending:
    """Return how a call ended, from the record of its output, None if there is none, and the item that reports it."""
    text = _output_text(payload) if payload else ""
    ending = _from_text(text, is_failed=payload is not None and _says_failure(payload))
    if item is not None:
        ending = _from_item(item, ending)
    return ending._replace(images=tuple(_images(payload))) if payload else ending


def duration_of(item: Fields) -> int | None:
    """Return the duration that an item states, in milliseconds."""
    duration = item.fields("duration")
    if duration is None:
        return milliseconds(item.value("duration_seconds"))
    seconds, nanos = duration.number("secs"), duration.number("nanos")
    return None if seconds is None and nanos is None else milliseconds((seconds or 0) + (nanos or 0) / 1e9)


def _output_text(payload: Fields) -> str:
    """Return the text of an output, which may be an object that holds it."""
    inner = payload.fields("output")
    if inner is not None:
        return joined_text(inner, "content")
    if payload.text("type") == "tool_search_output":
        return "\n".join(tool.text("name") for tool in payload.items("tools"))
    return joined_text(payload, "output")


def _says_failure(payload: Fields) -> bool:
    inner = payload.fields("output")
    return (inner is not None and inner.value("success") is False) or payload.text("status") == "failed"


def _from_text(text: str, *, is_failed: bool) -> Ending:
    if text.startswith("{") and (record := decode_record(text.encode("utf-8", "surrogatepass"))) is not None:
        metadata = record.fields("metadata")
        if metadata is not None and "output" in record.data:
            failed = is_failed or metadata.integer("exit_code") not in {0, None}
            output = record.text("output")
            return Ending("error" if failed else "success", output, duration_of(metadata), None, _is_shortened(output))
    frame = _FRAME.match(text)
    output = text[frame.end() :] if frame else text
    if frame is None or frame.end() == 0:
        return _unframed(text, is_failed=is_failed)
    code = frame["exit"] or frame["code"]
    duration = milliseconds(float(frame["seconds"])) if frame["seconds"] else None
    if code is None and output.startswith(_ABORTED):
        return Ending("error", "", duration, STOPPED)
    failed = is_failed or code not in {None, "0"}
    return Ending("error" if failed else "success", output, duration, None, _is_shortened(output), (), frame["session"])


def _unframed(text: str, *, is_failed: bool) -> Ending:
    """Return the ending of a call that ran no command, or did not run."""
    if rejected := _REJECTED.match(text):
        return Ending("blocked", "", reason=rejected["reason"])
    if _REFUSED.match(text):
        return Ending("blocked", "", reason=text)
    if text.startswith(_ABORTED):
        return Ending("error", "", reason=STOPPED)
    failed = is_failed or _FAILED.match(text) is not None
    return Ending("error" if failed else "success", text, truncated=_is_shortened(text))


def _from_item(item: Fields, ending: Ending) -> Ending:
    """Return the ending that an item reports, and `ending`, what the model was told, where the item does not say."""
    duration = duration_of(item)
    status = item.text("status")
    if status == "declined":
        return ending._replace(status="blocked", output="", reason=ending.reason or ending.output or "declined")
    if ending.status == "blocked":
        return ending
    failed = status == "failed" or item.integer("exit_code") not in {0, None} or item.value("success") is False
    error = item.fields("error")
    output = joined_text(item, "aggregated_output") or _result_text(item) or (error.text("message") if error else "")
    is_cut = len(output) >= _LONGEST_KEPT or (len(output) < len(ending.output) and ending.truncated)
    return Ending(
        "error" if failed or error is not None or ending.reason == STOPPED else "success",
        output or ending.output,
        ending.duration_ms if duration is None else duration,
        ending.reason,
        is_cut or (ending.truncated and not output),
        session=ending.session,
    )


def _result_text(item: Fields) -> str:
    """Return the text of the result of an MCP tool, which may stand below `Ok` or `Err`, or what a patch printed."""
    result = item.fields("result")
    if result is None:
        printed = (item.text("stdout"), item.text("stderr"))
        return item.text("result") or "\n".join(text for text in printed if text)
    if error := result.text("Err"):
        return error
    return joined_text(result.fields("Ok") or result, "content")


def _images(payload: Fields) -> list[Data]:
    return images_in(payload.items("output"))


def images_in(blocks: list[Fields]) -> list[Data]:
    """Return the images among blocks of content."""
    urls = (block.text("image_url") for block in blocks if block.text("type") == "input_image")
    return [image for url in urls if (image := image_of(url)) is not None]


def image_of(url: str) -> Data | None:
    """Return the image that a data URL holds, None for another URL.

    >>> image_of("data:image/png;base64,aGVsbG8=")
    {'media_type': 'image/png', 'bytes': 5, 'file': None}
    """
    head, comma, content = url.partition(",")
    if not comma or not head.startswith("data:"):
        return None
    kind = head.removeprefix("data:").partition(";")[0]
    return image(kind, len(content) * 3 // 4 - content[-2:].count("="))


def _is_shortened(output: str) -> bool:
    return _SHORTENED.search(output) is not None
