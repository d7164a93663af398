"""The real Codex CLI end to end: what it writes is understood to the last record, whether it ends, fails or is killed.

A record that a new version of it has added is counted as unknown, and fails these tests.
"""

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from observer.dialects.codex.codex_dialects import CodexExec, CodexRollout
from observer.dialects.dialect import Converter, Dialect, ForeignEvent
from observer.source.sessions.codex_home import CodexHome
from tests.helpers import wait_until
from tests.observer.dialects.codex.codex_cli import MODEL, Item, Request, calls, codex, patches, says, thinks
from tests.observer.dialects.feeding import kinds, of_type, problems

pytestmark = pytest.mark.needs("codex")

PATCH = "*** Begin Patch\n*** Add File: a.txt\n+one\n+two\n*** Add File: b.txt\n+bee\n*** End Patch\n"
CHANGE = "*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+TWO\n*** Delete File: b.txt\n*** End Patch\n"
TOKENS = {"input": 100, "output": 50, "cache_read": 400, "cache_write": 0, "thinking": 20}


class Told:
    """What a dialect says of some lines, which it must understand to the last one."""

    def __init__(self, dialect: Dialect, lines: list[bytes]) -> None:
        self.converter: Converter = dialect.converter()
        votes = Counter(dialect.vote(json.loads(line)) for line in lines)
        assert votes[1] > 0
        assert votes[-1] == 0
        self.events = [event for line in lines for event in self.converter.feed(line)]
        self.ending = self.converter.end()
        assert self.converter.unknown == {}
        assert problems(self.all) == []

    @property
    def all(self) -> list[ForeignEvent]:
        return [*self.events, *self.ending]

    def of(self, *types: str) -> list[dict[str, Any]]:
        return of_type(self.all, *types)

    @property
    def calls(self) -> list[tuple[Any, ...]]:
        """The name and the input of each call, and how it ended."""
        results = {data["tool_use_id"]: data for data in self.of("tool_result")}
        return [(data["name"], data["input"], results[data["id"]]["status"]) for data in self.of("tool_use")]


def rollout(path: Path) -> Told:
    return Told(CodexRollout(), path.read_bytes().splitlines())


def test_a_session_reads_the_same_from_its_rollout_and_from_its_output(tmp_path: Path) -> None:
    answers = [
        [thinks("**Look**"), says("Looking.", "msg_0"), calls("exec_command", "c1", cmd="echo hi")],
        [calls("exec_command", "c2", cmd="echo bad >&2; exit 3"), patches("c3", PATCH)],
        [patches("c4", CHANGE)],
        [calls("exec_command", "c5", cmd="seq 1 30000")],
        [says("Done.", "msg_1")],
    ]
    with codex(tmp_path, answers) as cli:
        output = Told(CodexExec(), cli.run("Do it"))
        written = rollout(*cli.rollouts)

    (start,) = written.of("run_start")
    assert (start["about"], start["model"], start["project_dir"]) == ("Do it", MODEL, str(cli.project))
    assert [data["text"] for data in written.of("prompt")] == ["Do it"]
    assert written.calls == [
        ("Bash", {"command": "echo hi"}, "success"),
        ("Bash", {"command": "echo bad >&2; exit 3"}, "error"),
        ("Write", {"file_path": "a.txt", "content": "one\ntwo\n"}, "success"),
        ("Write", {"file_path": "b.txt", "content": "bee\n"}, "success"),
        ("Edit", {"file_path": "a.txt", "old_string": "one\ntwo", "new_string": "one\nTWO"}, "success"),
        ("Delete", {"file_path": "b.txt"}, "success"),
        ("Bash", {"command": "seq 1 30000"}, "success"),
    ]
    assert [(name, status) for name, _, status in output.calls] == [(name, status) for name, _, status in written.calls]
    for told in (written, output):
        assert [data["text"] for data in told.of("thinking")] == ["**Look**"]
        assert [data["text"] for data in told.of("thought")] == ["Looking.", "Done."]
        (complete,) = told.of("complete")
        assert complete["outcome"] == "success"
        assert complete["tokens"] == {key: 5 * value for key, value in TOKENS.items()}
    last, whole = written.of("tool_result")[-1], output.of("tool_result")[-1]
    assert (last["truncated"], whole["truncated"]) == (True, False)
    assert whole["output"] == "".join(f"{number}\n" for number in range(1, 30001))


def test_a_refusal_of_the_api_fails_the_turn(tmp_path: Path) -> None:
    with codex(tmp_path, [400]) as cli:
        both = [Told(CodexExec(), cli.run("Do it")), rollout(*cli.rollouts)]
    for told in both:
        assert [data["message"] for data in told.of("error")] == ["the script refuses"]
        assert [data["outcome"] for data in told.of("complete")] == ["failed"]


def test_an_api_that_fails_for_a_while_is_asked_again(tmp_path: Path) -> None:
    with codex(tmp_path, [500, 500, [says("ok")]]) as cli:
        output = Told(CodexExec(), cli.run("Do it"))
    assert [data["attempt"] for data in output.of("api_retry")] == [1]
    assert output.of("error") == []
    assert [data["outcome"] for data in output.of("complete")] == ["success"]


def test_what_the_rules_forbid_is_blocked(tmp_path: Path) -> None:
    answers = [[calls("exec_command", "c1", cmd="touch x")], [says("I may not.")]]
    with codex(tmp_path, answers) as cli:
        (cli.home / "rules").mkdir()
        (cli.home / "rules" / "default.rules").write_text('prefix_rule(pattern=["touch"], decision="forbidden")\n')
        cli.run("Do it")
        written = rollout(*cli.rollouts)
    assert written.calls == [("Bash", {"command": "touch x"}, "blocked")]
    assert [call["command"] for call in written.of("complete")[0]["blocked"]] == ["touch x"]
    assert not (cli.project / "x").exists()


def test_an_interrupted_turn_is_told_with_its_call(tmp_path: Path) -> None:
    with codex(tmp_path, [[calls("exec_command", "c1", cmd="sleep 60")]]) as cli:
        process = cli.start("Do it")
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate()
        (path,) = cli.rollouts
        wait_until(lambda: b'"turn_aborted"' in path.read_bytes())
        written = rollout(path)
    assert Told(CodexExec(), [*lines, *rest.splitlines()]).ending == []
    assert written.calls == [("Bash", {"command": "sleep 60"}, "error")]
    assert written.of("tool_result")[0]["reason"] == "stopped while it was running"
    assert [data["kind"] for data in written.of("info")] == ["interrupted", "turn_end"]
    assert [data["outcome"] for data in written.of("complete")] == ["interrupted"]


def test_a_killed_process_leaves_a_call_that_has_not_ended(tmp_path: Path) -> None:
    with codex(tmp_path, [[says("Wait."), calls("exec_command", "c1", cmd="sleep 60")]]) as cli:
        process = cli.start("Do it")
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        wait_until(lambda: b'"function_call"' in cli.rollouts[0].read_bytes())
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        converter = CodexRollout().converter()
        events = [event for line in cli.rollouts[0].read_bytes().splitlines() for event in converter.feed(line)]
    assert kinds(events)[-2:] in (["tool_use", "message"], ["thought", "tool_use"])
    assert converter.end() == []
    assert Told(CodexExec(), lines).ending == []


def test_a_resumed_session_goes_on_in_the_same_file(tmp_path: Path) -> None:
    with codex(tmp_path, [[says("one")], [says("two")]]) as cli:
        cli.run("First")
        second = Told(CodexExec(), cli.run("resume", "--last", "Second"))
        written = rollout(*cli.rollouts)
    assert [data["text"] for data in written.of("prompt", "thought")] == ["First", "one", "Second", "two"]
    assert written.of("complete")[0]["tokens"] == {key: 2 * value for key, value in TOKENS.items()}
    assert (
        second.of("complete")[0]["tokens"] == written.of("complete")[0]["tokens"]
    )  # the stream counts the whole thread


def test_a_fork_has_only_what_is_new(tmp_path: Path) -> None:
    with codex(tmp_path, [[says("one")], [says("two")]]) as cli:
        cli.run("First")
        thread = rollout(*cli.rollouts).of("run_start")[0]["session"]
        cli.run("fork", thread, "Second")
        fork = rollout(cli.rollouts[-1])
    assert fork.of("run_start")[0]["resumed_from"] == thread
    assert [data["text"] for data in fork.of("prompt", "thought")] == ["Second", "two"]
    assert fork.of("complete")[0]["tokens"] == TOKENS


def test_a_compaction_is_told(tmp_path: Path) -> None:
    answers = [[calls("exec_command", "c1", cmd="echo hi")], [says("A summary.")], [says("Done.")]]
    with codex(tmp_path, answers) as cli:
        cli.run("-c", "model_auto_compact_token_limit=300", "Do it")
        written = rollout(*cli.rollouts)
    assert [data["tokens_before"] for data in written.of("compaction")] == [500]


def in_namespace(item: Item) -> Item:
    return {**item, "namespace": "multi_agent_v1"}


def wait_for_agent(request: Request) -> list[Item]:
    outputs = [item["output"] for item in request["input"] if item["type"] == "function_call_output"]
    return [in_namespace(calls("wait_agent", "w1", targets=[json.loads(outputs[-1])["agent_id"]], timeout_ms=30_000))]


def test_a_subagent_is_told_below_the_call_that_started_it(tmp_path: Path) -> None:
    search = {"type": "tool_search_call", "call_id": "s1", "execution": "client", "arguments": {"query": "spawn agent"}}
    spawn = in_namespace(calls("spawn_agent", "a1", message="CHILD: count"))
    answers = {
        "MAIN": [[search], [spawn], wait_for_agent, [says("MAIN is done.")]],
        "CHILD": [[calls("exec_command", "k1", cmd="exit 2")], [says("Three.")]],
    }
    with codex(tmp_path, answers) as cli:
        output = Told(CodexExec(), cli.run("MAIN: go"))
        parent, child = cli.rollouts
        assert CodexHome(cli.home).companions(parent) == [(child.name, child)]
        converter = CodexRollout().converter()
        events = [event for line in parent.read_bytes().splitlines() for event in converter.feed(line)]
        below = [event for line in child.read_bytes().splitlines() for event in converter.feed(line, child.name)]
    assert {event.parent for event in below} == {"a1"}
    assert [data["text"] for data in of_type(below, "prompt", "thought")] == ["CHILD: count", "Three."]
    assert problems([*events, *below, *converter.end()]) == []
    assert converter.unknown == {}
    for told in (events, output.events):
        (start,), (complete,) = of_type(told, "subagent_start"), of_type(told, "subagent_complete")
        assert start["id"] == complete["id"]
        assert (complete["status"], complete["summary"]) == ("completed", "Three.")
