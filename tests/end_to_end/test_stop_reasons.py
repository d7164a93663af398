"""What `agent run` records when messages end before the model is done: the real CLI lets it continue, or gives up."""

import pytest

from tests.end_to_end.conftest import Finish, Finished, Workplace, finish, script, text_of
from tests.end_to_end.writing import DONE

REFUSED = """
stop_reason = "refusal"
stop_details = { type = "refusal", category = "cyber", explanation = "against the rules" }
"""
ENDS = {
    "max_tokens": 'block = [{ type = "text", text = "The first half," }]',
    "refusal": 'block = [{ type = "text", text = "and then" }]\nstop_details = { type = "refusal" }',
    "tool_use": 'block = [{ type = "text", text = "No call." }]',
    "end_turn": "",
    "model_context_window_exceeded": """
block = [{ type = "text", text = "Full." }, { type = "tool_use", name = "Bash", input = { command = "echo ran" } }]
""",
    "stop_sequence": 'stop_sequence = "END"\nblock = [{ type = "text", text = "All done." }]',
}
"""A turn for each way in which a message can end, after which the CLI lets the model continue, and the last one."""


@pytest.fixture
def continued(finished: Finish) -> Finished:
    """A run in which the messages end for the reasons in `ENDS`."""
    turns = [f'stop_reason = "{reason}"\n{turn}' for reason, turn in ENDS.items()]
    return finished("continued", lambda place: place.rehearse(script(*turns)))


def test_every_message_has_its_stop_reason(continued: Finished) -> None:
    assert [event["data"]["stop_reason"] for event in continued.of_type("message")] == list(ENDS)
    assert continued.code == 0
    assert continued.events()[-1]["data"]["outcome"] == "success"


def test_what_the_cli_writes_to_let_the_model_continue_is_a_prompt_of_the_cli(continued: Finished) -> None:
    prompts = [(event["data"]["source"], event["data"]["text"]) for event in continued.of_type("prompt")]
    texts = [
        "Output token limit hit",
        "Your response above was stopped",
        "The previous response failed to produce a valid tool call",
        "[Your previous response had no visible output",
    ]
    assert prompts[0] == ("user", "Do it.")
    assert [source for source, _ in prompts[1:]] == ["cli"] * len(texts)
    assert all(text.startswith(expected) for (_, text), expected in zip(prompts[1:], texts, strict=True))


def test_a_complete_call_in_a_message_that_was_cut_off_is_run(continued: Finished) -> None:
    (result,) = continued.of_type("tool_result")
    assert (result["data"]["status"], result["data"]["output"]) == ("success", "ran")


@pytest.mark.parametrize(
    ("turn", "reasons", "terminal_reason", "said"),
    [
        (REFUSED, ["refusal"] * 3, "api_error", "safeguards flagged this message"),
        ('stop_reason = "max_tokens"', ["max_tokens"] * 4, "api_error", "output token maximum"),
        ('stop_reason = "pause_turn"', ["pause_turn"], "completed", "paused"),
        (
            'stop_reason = "model_context_window_exceeded"',
            ["model_context_window_exceeded"] * 4,
            "api_error",
            "context window limit",
        ),
    ],
)
def test_a_run_whose_model_never_gets_done_has_failed(
    place: Workplace, turn: str, reasons: list[str], terminal_reason: str, said: str
) -> None:
    block = '\nblock = [{ type = "text", text = "As far as I got." }]'
    code, out, _ = finish(place.rehearse(script(*[turn + block] * 4, DONE)))

    session, complete = (event["data"] for event in place.without_heartbeats()[-2:])
    assert code == 1
    assert [event["data"]["stop_reason"] for event in place.of_type("message")] == reasons
    assert (session["outcome"], session["terminal_reason"]) == ("failed", terminal_reason)
    assert complete["outcome"] == "failed"
    assert said in complete["message"]
    assert said in out


def test_a_subagent_that_refuses_does_not_end_the_run(place: Workplace) -> None:
    task = 'description = "Try", subagent_type = "general-purpose", prompt = "TRY", run_in_background = false'
    call = f'block = [{{ type = "tool_use", name = "Agent", input = {{ {task} }} }}]'
    refusals = f'\n[[conversation.turn]]\n{REFUSED}block = [{{ type = "text", text = "I will not." }}]' * 4
    sub = f'\n[[conversation]]\nname = "sub"\nmatch = "TRY"{refusals}'

    code, _, _ = finish(place.rehearse(script(call, DONE) + sub))

    (end,) = place.of_type("subagent_complete")
    (result,) = place.of_type("tool_result")
    assert (code, place.events()[-1]["data"]["outcome"]) == (0, "success")
    assert end["data"]["tool_use_id"] == result["data"]["tool_use_id"]
    assert "All done" not in str(end["data"]["summary"])
    assert text_of(place.events()) == "All done."
