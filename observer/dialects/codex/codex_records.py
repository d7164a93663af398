"""Reads each kind of record of a rollout of Codex: the table from records to what they change in a thread. Pure.

A record has a type and a payload, which has a type of its own: items of the API in `response_item`, events of the
program in `event_msg`, and among these `item_completed`, whose item has a type again.
"""

from collections.abc import Callable

from observer.dialects.codex.codex_calls import read_call
from observer.dialects.codex.codex_prompts import read_item, read_prompt
from observer.dialects.codex.codex_results import STOPPED, image_of, images_in
from observer.dialects.codex.codex_thread import Thread
from observer.dialects.codex.codex_turns import retry_of
from observer.dialects.codex.codex_usage import Usage
from observer.dialects.event_data import info, joined_text, prompt
from observer.format.fields import Fields

Reader = Callable[[Thread, Fields], None]

_NO_RESULT = "the turn ended without the result of this call"
_MESSAGE_TYPE, _PAYLOAD = "Message Type: ", "Payload:\n"
"""The beginning of what agents say to one another, and what stands in front of the text, which may be encrypted."""
_OF_API = frozenset({"web_search_call", "image_generation_call"})
"""Calls that the API runs itself, so that no output follows."""


def nothing(_thread: Thread, _payload: Fields) -> None:
    """Take a record that says nothing of the run that others do not say."""


def _message(thread: Thread, payload: Fields) -> None:
    text = joined_text(payload, "content")
    if payload.text("role") == "assistant":
        thread.say(text, "api")
    elif payload.text("role") == "user" and not thread.subagents.notify(text) and (user_text := read_prompt(payload)):
        thread.receive(user_text, "api", images_in(payload.items("content")))


def _agent_message(thread: Thread, payload: Fields) -> None:
    """Take what another agent says to this one."""
    thread.messages.answer()
    head, _, text = joined_text(payload, "content").partition(_PAYLOAD)
    if text := text or ("" if head.startswith(_MESSAGE_TYPE) else head):
        thread.emit("prompt", prompt(text, "subagent" if payload.text("author") == "/root" else "cli"))


def _reasoning(thread: Thread, payload: Fields) -> None:
    blocks = payload.items("summary") + payload.items("content")
    thread.think([block.text("text") for block in blocks], "api")


def _call(thread: Thread, payload: Fields) -> None:
    thread.messages.call()
    thread.turns.rest(is_resting=False)
    raw_id = payload.text("call_id") or payload.text("id")
    id_ = thread.tools.use(raw_id, read_call(payload), thread.stamp)
    if id_ is not None and payload.text("type") in _OF_API:
        thread.tools.output(raw_id or id_, payload, thread.stamp)


def _output(thread: Thread, payload: Fields) -> None:
    thread.messages.answer()
    raw_id = payload.text("call_id")
    if call := thread.tools.running(raw_id):
        thread.subagents.read_output(call.id, call.calls[0], joined_text(payload, "output"))
    thread.tools.output(raw_id, payload, thread.stamp)


def _token_count(thread: Thread, payload: Fields) -> None:
    if stated := payload.fields("info"):
        thread.set_context(Fields({"model": stated.value("model")}))
        last, total = (Usage.read(stated.fields(f"{which}_token_usage")) for which in ("last", "total"))
        thread.messages.count_again(last, total)


def _user_message(thread: Thread, payload: Fields) -> None:
    images = [image for url in payload.texts("images") if (image := image_of(url)) is not None]
    thread.receive(payload.text("message"), "program", images)


def _failure(thread: Thread, payload: Fields) -> None:
    if retry := retry_of(payload.text("message")):
        thread.emit("api_retry", retry)
    else:
        thread.turns.fail(payload)


def _told(kind: str, key: str, words: str = "{}") -> Reader:
    """Return the reader of an event that people should know of: `key` is what it is about."""

    def read(thread: Thread, payload: Fields) -> None:
        thread.emit("info", info(words.format(payload.words(key)).strip(), kind))

    return read


def _item(thread: Thread, payload: Fields) -> None:
    item = payload.fields("item")
    if item is None:
        return
    reader = ITEMS.get(item.text("type"))
    if reader is None:
        thread.unknown[f"event_msg item_completed {item.text('type')}".rstrip()] += 1
    else:
        reader(thread, item)


def _report(thread: Thread, item: Fields) -> None:
    """Take how a call ended, from an item or, in some versions, an event with the ID of the call."""
    thread.tools.report(item.text("call_id") or item.text("id"), item)


def _agents(thread: Thread, item: Fields) -> None:
    """Take the item of a call that concerns subagents."""
    raw_id = item.text("call_id") or item.text("id")
    thread.tools.report(raw_id, item)
    if item.text("tool") == "spawn_agent" or item.text("new_thread_id"):
        agents = item.items("receiver_agents")
        role = agents[0].text("agent_role") if agents else item.text("new_agent_role")
        for child in [*item.texts("receiver_thread_ids"), item.text("new_thread_id")]:
            call = thread.tools.id_of(raw_id)
            thread.subagents.start(child, call, agent_type=role, description=item.text("prompt"))
    thread.subagents.update(item.fields("agents_states"))


def _agent_activity(thread: Thread, item: Fields) -> None:
    child, path = item.text("agent_thread_id"), item.text("agent_path")
    if item.text("kind") == "started":
        call = thread.tools.id_of(item.text("id"))
        thread.subagents.start(child, call, description=path.rpartition("/")[2], path=path)
    else:
        thread.subagents.end(child, item.text("kind"))


RECORDS: dict[str, Reader] = {
    "session_meta": lambda thread, payload: thread.describe(payload),
    "turn_context": lambda thread, payload: thread.set_context(payload),
    "compacted": lambda thread, payload: thread.compact(payload.text("message")),
    "token_usage_record": lambda thread, payload: thread.messages.count(Usage.read(payload.fields("usage"))),
    "world_state": nothing,
    "inter_agent_communication_metadata": nothing,
}
"""Records by their type, except those that a type of the payload tells apart."""

API_ITEMS: dict[str, Reader] = {
    "message": _message,
    "agent_message": _agent_message,
    "reasoning": _reasoning,
    **dict.fromkeys(
        ("function_call", "custom_tool_call", "local_shell_call", "web_search_call", "tool_search_call",
         "image_generation_call", "mcp_tool_call"), _call,
    ),
    **dict.fromkeys(
        ("function_call_output", "custom_tool_call_output", "local_shell_call_output", "tool_search_output",
         "mcp_tool_call_output"), _output,
    ),
    **dict.fromkeys(("ghost_snapshot", "compaction", "compaction_summary", "context_compaction", "other"), nothing),
}  # fmt: skip
"""The payloads of `response_item` by their type."""

EVENTS: dict[str, Reader] = {
    **dict.fromkeys(("task_started", "turn_started"), lambda thread, _: thread.begin_turn()),
    **dict.fromkeys(
        ("task_complete", "turn_complete"),
        lambda thread, payload: thread.end_turn(payload, calls_ended=_NO_RESULT),
    ),
    "turn_aborted": lambda thread, payload: thread.end_turn(payload, calls_ended=STOPPED),
    "user_message": _user_message,
    "agent_message": lambda thread, payload: thread.say(payload.text("message"), "program"),
    **dict.fromkeys(
        ("agent_reasoning", "agent_reasoning_raw_content"),
        lambda thread, payload: thread.think([payload.text("text")], "program"),
    ),
    "token_count": _token_count,
    "item_completed": _item,
    **dict.fromkeys(("error", "stream_error"), _failure),
    "plan_update": lambda thread, payload: thread.tools.set_plan(payload.items("plan")),
    "thread_name_updated": _told("title", "thread_name"),
    **dict.fromkeys(("warning", "guardian_warning"), _told("warning", "message")),
    "deprecation_notice": _told("warning", "summary"),
    "entered_review_mode": _told("review", "user_facing_hint", "review of {}"),
    "exited_review_mode": _told("review", "", "the review is over{}"),
    "thread_rolled_back": _told("rewind", "num_turns", "went back by {} turns"),
    **dict.fromkeys(("exec_command_end", "mcp_tool_call_end", "patch_apply_end"), _report),
    **dict.fromkeys(("collab_agent_spawn_end", "collab_waiting_end", "collab_close_end"), _agents),
    **dict.fromkeys(
        ("item_started", "session_configured", "thread_settings_applied", "context_compacted", "exec_command_begin",
         "mcp_tool_call_begin", "patch_apply_begin", "web_search_begin", "web_search_end", "view_image_tool_call",
         "turn_diff", "collab_agent_spawn_begin", "collab_waiting_begin", "collab_close_begin",
         "agent_reasoning_section_break", "background_event", "undo_completed", "shutdown_complete"),
        nothing,
    ),
}  # fmt: skip
"""The payloads of `event_msg` by their type."""

ITEMS: dict[str, Reader] = {
    "UserMessage": lambda thread, item: thread.receive(read_item(item), "program", []),
    "AgentMessage": lambda thread, item: thread.say(joined_text(item, "content"), "program"),
    "Reasoning": lambda thread, item: thread.think(
        item.texts("summary_text") + item.texts("raw_content"), "program"
    ),
    **dict.fromkeys(("CommandExecution", "FileChange", "McpToolCall", "DynamicToolCall"), _report),
    "CollabAgentToolCall": _agents,
    "SubAgentActivity": _agent_activity,
    **dict.fromkeys(
        ("WebSearch", "ImageView", "ImageGeneration", "ContextCompaction", "Plan", "HookPrompt", "EnteredReviewMode",
         "ExitedReviewMode"),
        nothing,
    ),
}  # fmt: skip
"""The items of `item_completed` by their type."""
