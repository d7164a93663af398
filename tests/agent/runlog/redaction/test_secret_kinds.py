"""At least 90 % of the kinds of secrets that are documented are redacted, in whatever field and form they arrive.

Tests agent.runlog.redaction.redact, agent.runlog.redaction.secret_rules, agent.runlog.redaction.url_shapes,
agent.runlog.redaction.named_secrets,
agent.runlog.redaction.secret_values, agent.runlog.redaction.token_shapes, agent.runlog.redaction.command_secrets,
agent.runlog.redaction.listed_secrets, agent.runlog.redaction.connection_strings, agent.runlog.redaction.clues,
agent.runlog.redaction.encoded_text and agent.runlog.redaction.unfinished_secrets.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.events import Event, Info, Phase, Thought, ToolResult, ToolStatus, ToolUse
from agent.runlog.encoder import LineEncoder
from agent.runlog.redaction.redact import LineCleaner, Redactor
from agent.runlog.redaction.text_pieces import TextPieces
from tests.agent.runlog.redaction.secret_places import PLACES
from tests.agent.runlog.redaction.secret_samples import ALNUM, Sample, made_up
from tests.agent.runlog.redaction.secret_samples import SAMPLES as SHAPES
from tests.agent.runlog.writing import quiet_log

REDACTOR = Redactor({})
SAMPLES = [*SHAPES, *PLACES]


def written(event: Event) -> str:
    """Return the line of an event as it is written."""
    line = LineEncoder("run", lambda: 0).encode(event, Phase.SINGLE, 1, None)
    return LineCleaner(REDACTOR).clean([line]).decode()


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def lines_of(text: str) -> str:
    return "\n".join(text[start : start + 76] for start in range(0, len(text), 76))


def filled(text: str, size: int) -> str:
    """Return `text` in the middle of a configuration file of `size` bytes."""
    filling = "".join(f"# line {number} of a file without secrets\n" for number in range(size // 30))
    return filling[: (size - len(text)) // 2] + "\n" + text + "\n" + filling[: (size - len(text)) // 2]


FORMS: dict[str, Callable[[str], Event]] = {
    "a text": lambda text: Thought(text=text, message="m", block=0),
    "an input": lambda text: ToolUse(id="t", name="Write", input={"file_path": "x", "content": text}),
    "a nested input": lambda text: ToolUse(id="t", name="X", input={"edits": [{"new": [text]}]}),
    "an output": lambda text: ToolResult(
        tool_use_id="t",
        name="Bash",
        status=ToolStatus.SUCCESS,
        duration_ms=1,
        output=f"$ cat x\n{text}\n",
        output_bytes=9,
    ),
    "JSON": lambda text: Info(message=json.dumps({"a": {"content": text}})),
    "JSON in JSON": lambda text: Info(message=json.dumps({"a": json.dumps({"content": text})})),
    "base64": lambda text: Info(message=f"echo {in_base64(text + ' ' * 20)} | base64 -d"),
    "base64 in lines": lambda text: Info(message=lines_of(in_base64(filled(text, 400)))),
    "base64 of 64 KiB": lambda text: Info(message=in_base64(filled(text, 64 * 1024))),
    "base64 of 64 KiB in lines": lambda text: Info(message=lines_of(in_base64(filled(text, 64 * 1024)))),
}


def shows(text: str, secret: str) -> bool:
    """Return whether a secret can be read in `text`, also as JSON or in base64."""
    forms = (secret, json.dumps(secret)[1:-1], json.dumps(json.dumps(secret)[1:-1])[1:-1])
    return any(form in text for form in forms)


def test_there_are_ninety_kinds() -> None:
    assert len({sample.kind for sample in SAMPLES}) >= 90


@pytest.mark.parametrize("form", FORMS)
def test_every_kind_is_redacted_in(form: str) -> None:
    in_clear = []
    for sample in SAMPLES:
        line = written(FORMS[form](sample.text))
        if shows(line, sample.secret) or "[redacted:" not in line:
            in_clear.append(sample.kind)
    assert in_clear == []


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.kind for sample in SAMPLES])
def test_a_kind_is_redacted_wherever_its_text_is_cut(sample: Sample) -> None:
    begin = sample.text.index(sample.secret)
    for cut in {begin, begin + 1, begin + 3, *range(0, len(sample.text), max(1, len(sample.text) // 12))}:
        pieces = TextPieces(REDACTOR.redact_piece)
        result = pieces.add(sample.text[:cut]) + pieces.add(sample.text[cut:]) + pieces.end()
        assert not shows(result, sample.secret), cut


@pytest.mark.parametrize(
    "template", ["API_TOKEN=%\n", '"api_token": "%",', "eyJhbGciOiJI.eyJ%.abcdefgh\n", "host=db password=% user=me"]
)
def test_a_very_long_secret_is_redacted_to_its_end(template: str) -> None:
    secret = made_up("long", ALNUM, 9000)
    assert secret[-12:] not in REDACTOR.redact(template.replace("%", secret))


async def test_every_kind_is_redacted_across_the_boundary_of_a_spilled_output(tmp_path: Path) -> None:
    in_clear = []
    async with quiet_log(tmp_path) as log:
        for number, sample in enumerate(SAMPLES):
            begin = 8 * 1024 - sample.text.index(sample.secret) - len(sample.secret) // 2
            output = ("x y " * begin)[: begin - 1] + "\n" + sample.text + "\n" + "z " * 40_000
            await log.emit(
                ToolResult(
                    tool_use_id=f"t{number}", name="Bash", status=ToolStatus.SUCCESS, duration_ms=1, output=output,
                    output_bytes=len(output),
                )
            )  # fmt: skip
            half = sample.secret[: len(sample.secret) // 2]
            files = log.path.read_text() + (log.path.with_suffix("") / f"t{number}.txt").read_text()
            if shows(files, sample.secret) or (len(half) > 20 and half in files):
                in_clear.append(sample.kind)
    assert in_clear == []
