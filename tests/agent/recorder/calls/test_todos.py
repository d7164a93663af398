"""Lists of things to do, from the calls and answers of the tools as CLI 2.1.332 has them."""

from typing import Any

import pytest

from agent.events import ToolResult, ToolStatus
from agent.recorder.calls.todos import Todos

Items = list[tuple[str, str]]


class Caller:
    """Calls tools one after another. Each call returns the list that is written, if one is."""

    def __init__(self) -> None:
        self.todos = Todos()
        self._count = 0

    def use(self, name: str, **input_: Any) -> str:
        self._count += 1
        self.todos.use(f"t{self._count}", name, input_)
        return f"t{self._count}"

    def end(self, id_: str, output: str, parent: str | None = None, *, failed: bool = False) -> Items | None:
        status = ToolStatus.ERROR if failed else ToolStatus.SUCCESS
        result = ToolResult(tool_use_id=id_, name="x", status=status, output=output, output_bytes=0)
        entries = list(self.todos.result(result, parent))
        assert [entry.parent for entry in entries] == [parent] * len(entries)
        (items,) = [[(item.text, item.status) for item in entry.event.items] for entry in entries] or [None]
        return items

    def call(self, name: str, output: str, parent: str | None = None, /, **input_: Any) -> Items | None:
        return self.end(self.use(name, **input_), output, parent)

    def create(self, number: int, subject: str) -> Items | None:
        return self.call("TaskCreate", f"Task #{number} created successfully: {subject}", subject=subject)


@pytest.fixture
def caller() -> Caller:
    return Caller()


def test_tasks_are_created_updated_renamed_and_deleted(caller: Caller) -> None:
    assert caller.create(1, "Write it") == [("Write it", "pending")]
    assert caller.create(2, "Test it") == [("Write it", "pending"), ("Test it", "pending")]
    assert caller.call("TaskUpdate", "Updated task #1 status", taskId="1", status="in_progress") == [
        ("Write it", "in_progress"), ("Test it", "pending"),
    ]  # fmt: skip
    assert caller.call("TaskUpdate", "Updated task #2 deleted", taskId="2", status="deleted") == [
        ("Write it", "in_progress")
    ]
    assert caller.call(
        "TaskUpdate", "Updated task #1 subject, status", taskId="1", subject="Wrote it", status="completed"
    ) == [("Wrote it", "completed")]


def test_an_update_that_changes_nothing_to_see_or_names_no_task_is_not_written(caller: Caller) -> None:
    caller.create(1, "Write it")
    assert caller.call("TaskUpdate", "Updated task #1 owner", taskId="1", owner="me") is None
    assert caller.call("TaskUpdate", "Task not found", taskId="77", status="completed") is None
    assert caller.end(caller.use("TaskCreate", subject="No"), "denied", failed=True) is None


def test_a_list_tells_of_tasks_that_were_created_before(caller: Caller) -> None:
    listed = "#1 [completed] Write it (at last)\n#2 [pending] Test it [blocked by #1]"
    assert caller.call("TaskList", listed) == [("Write it (at last)", "completed"), ("Test it", "pending")]
    assert caller.call("TaskList", listed) is None


def test_a_list_that_was_asked_for_before_a_change_does_not_undo_it(caller: Caller) -> None:
    caller.create(1, "Write it")
    update, list_ = caller.use("TaskUpdate", taskId="1", status="completed"), caller.use("TaskList")
    assert caller.end(update, "Updated task #1 status") == [("Write it", "completed")]
    assert caller.end(list_, "#1 [pending] Write it") is None
    assert caller.call("TaskList", "#1 [in_progress] Write it") == [("Write it", "in_progress")]


def test_an_update_of_an_unknown_task_shows_its_number(caller: Caller) -> None:
    assert caller.call("TaskUpdate", "Updated task #4 status", taskId="4", status="completed") == [("#4", "completed")]


def test_the_tasks_of_a_subagent_are_in_the_list_of_the_session(caller: Caller) -> None:
    caller.create(1, "Write it")
    created = "Task #2 created successfully: Look"
    assert caller.call("TaskCreate", created, "t9", subject="Look") == [("Write it", "pending"), ("Look", "pending")]


def test_the_list_of_todo_write_is_that_of_the_agent_that_calls_it(caller: Caller) -> None:
    todos = [{"content": "Write", "status": "completed", "activeForm": "Writing"}, {"content": "Test"}, "nonsense"]
    assert caller.call("TodoWrite", "Todos have been modified", todos=todos) == [("Write", "completed"), ("Test", "")]
    assert caller.call("TodoWrite", "Todos have been modified", todos=todos) is None
    assert caller.call("TodoWrite", "Todos have been modified", "t9", todos=todos[:1]) == [("Write", "completed")]
    assert caller.call("TodoWrite", "Todos have been modified", todos=[]) == []
    assert caller.call("TodoWrite", "Todos have been modified", todos="nonsense") is None
