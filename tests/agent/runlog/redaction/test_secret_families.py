"""At least nine in ten secrets of a list that the rules were not written for are redacted, in each form.

Tests agent.runlog.redaction.secret_rules, agent.runlog.redaction.token_shapes, agent.runlog.redaction.named_secrets and
agent.runlog.redaction.unfinished_secrets.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.events import ToolResult, ToolStatus
from agent.runlog.redaction.redact import Redactor
from agent.runlog.redaction.text_pieces import TextPieces
from tests.agent.runlog.redaction.secret_families import NAMED_CONTEXTS, PREFIXED_CONTEXTS, families
from tests.agent.runlog.redaction.secret_samples import SAMPLES, Sample
from tests.agent.runlog.redaction.test_secret_kinds import filled, in_base64, lines_of, shows
from tests.agent.runlog.writing import quiet_log

REDACTOR = Redactor({})
CONTEXTS = [*dict.fromkeys([*PREFIXED_CONTEXTS, *NAMED_CONTEXTS])]
SHARE = 0.9


def share(samples: list[Sample], redact: Callable[[str], str]) -> tuple[float, list[str]]:
    """Return the share of the samples that are redacted, and the kinds that are not."""
    in_clear = [sample.kind for sample in samples if shows(redact(sample.text), sample.secret)]
    return 1 - len(in_clear) / len(samples), in_clear


def hides_as_much(written: str, whole: str, sample: Sample) -> bool:
    """Return whether a text in pieces was redacted like the whole, or shows more of what stands before the secret."""
    end = whole[max(0, whole.find("[redacted:")) :]
    before = sample.text[: sample.text.index(sample.secret)]
    return written.endswith(end) and before.startswith(written.removesuffix(end))


def in_pieces(text: str, cut: int) -> str:
    pieces = TextPieces(REDACTOR.redact_piece)
    return pieces.add(text[:cut]) + pieces.add(text[cut:]) + pieces.end()


def test_there_are_two_hundred_families() -> None:
    assert len({sample.kind for context in CONTEXTS for sample in families(context)}) >= 200


@pytest.mark.parametrize("context", CONTEXTS)
def test_nine_in_ten_are_redacted_in(context: str) -> None:
    redacted, in_clear = share(families(context), REDACTOR.redact)
    assert redacted >= SHARE, in_clear


@pytest.mark.parametrize("size", [400, 64 * 1024])
def test_nine_in_ten_are_redacted_in_base64(size: int) -> None:
    for encode in (in_base64, lambda text: lines_of(in_base64(text))):
        texts = [(sample.kind, encode(filled(sample.text, size))) for sample in families(".env")]
        encoded = [Sample(kind, text, text) for kind, text in texts]
        redacted, in_clear = share(encoded, REDACTOR.redact)
        assert redacted >= SHARE, in_clear


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_secret_that_is_cut_anywhere_near_its_beginning_is_redacted_like_the_whole(context: str) -> None:
    differing = []
    for sample in [*families(context), *(SAMPLES if context == CONTEXTS[0] else [])]:
        whole, begin = REDACTOR.redact(sample.text), sample.text.index(sample.secret)
        cuts = range(max(0, begin - 8), min(len(sample.text), begin + 9))
        pieces = {cut: in_pieces(sample.text, cut) for cut in cuts}
        differing += [
            (sample.kind, cut - begin)
            for cut, written in pieces.items()
            if written != whole and not hides_as_much(written, whole, sample)
        ]
    assert differing == []


async def test_nine_in_ten_are_redacted_across_the_boundary_of_a_spilled_output(tmp_path: Path) -> None:
    samples, in_clear = families(".env"), []
    async with quiet_log(tmp_path) as log:
        for number, sample in enumerate(samples):
            before = 8 * 1024 - sample.text.index(sample.secret) - len(sample.secret) // 2
            output = ("x y " * before)[: before - 1] + "\n" + sample.text + "\n" + "z " * 40_000
            await log.emit(
                ToolResult(
                    tool_use_id=f"t{number}", name="Bash", status=ToolStatus.SUCCESS, duration_ms=1, output=output,
                    output_bytes=len(output),
                )
            )  # fmt: skip
            files = log.path.read_text() + (log.path.with_suffix("") / f"t{number}.txt").read_text()
            if any(part in files for part in (sample.secret[:16], sample.secret[-16:])):
                in_clear.append(sample.kind)
    assert 1 - len(in_clear) / len(samples) >= SHARE, in_clear
