"""Nine in ten of two lists of formats that came after the rules are redacted, in whatever field and form they arrive.

Tests agent.runlog.redaction.command_secrets, agent.runlog.redaction.setting_secrets,
agent.runlog.redaction.prose_secrets and agent.runlog.redaction.listed_secrets.
"""

import pytest

from agent.runlog.redaction.redact import Redactor
from agent.runlog.redaction.text_pieces import TextPieces
from tests.agent.runlog.redaction.secret_contexts import CONTEXTS
from tests.agent.runlog.redaction.secret_formats import FORMATS
from tests.agent.runlog.redaction.test_secret_kinds import FORMS, shows, written

SHARE = 0.9
LISTED = [*FORMATS, *CONTEXTS]
REDACTOR = Redactor({})


@pytest.mark.parametrize("form", FORMS)
def test_nine_in_ten_are_redacted_in(form: str) -> None:
    in_clear = [sample.kind for sample in LISTED if shows(written(FORMS[form](sample.text)), sample.secret)]
    assert len(in_clear) <= (1 - SHARE) * len(LISTED), in_clear


def test_nine_in_ten_are_redacted_wherever_their_text_is_cut() -> None:
    in_clear = []
    for sample in LISTED:
        begin = sample.text.index(sample.secret)
        for cut in {begin, begin + 1, begin + 3, *range(0, len(sample.text), max(1, len(sample.text) // 8))}:
            pieces = TextPieces(REDACTOR.redact_piece)
            if shows(pieces.add(sample.text[:cut]) + pieces.add(sample.text[cut:]) + pieces.end(), sample.secret):
                in_clear.append(sample.kind)
                break
    assert len(in_clear) <= (1 - SHARE) * len(LISTED), in_clear


def test_nine_in_ten_are_redacted_across_the_boundary_of_a_long_output() -> None:
    in_clear = []
    for sample in LISTED:
        begin = 8 * 1024 - sample.text.index(sample.secret) - len(sample.secret) // 2
        output = ("x y " * begin)[: begin - 1] + "\n" + sample.text + "\n" + "z " * 40_000
        if shows(REDACTOR.redact_long(output), sample.secret):
            in_clear.append(sample.kind)
    assert len(in_clear) <= (1 - SHARE) * len(LISTED), in_clear
