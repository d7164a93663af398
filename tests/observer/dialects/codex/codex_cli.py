"""Runs the real Codex CLI against a scripted Responses API on loopback: no account, no key, no network.

The CLI is `codex` on the PATH, or what the variable RUNTAIL_CODEX names, as for `codex` in tests/needs.py.
"""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.helpers import patient
from tests.needs import CODEX

MODEL = "gpt-5.5-codex"
USAGE = {
    "input_tokens": 500,
    "input_tokens_details": {"cached_tokens": 400},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 550,
}
"""What each answer of the API says that it cost."""

Item = dict[str, Any]
Request = dict[str, Any]
Answer = list[Item] | int | Callable[[Request], list[Item]]
"""The items of a response, which may depend on the request, or the HTTP status of a refusal."""


def says(text: str, name: str = "msg_1") -> Item:
    """Return a message of the model."""
    return {"type": "message", "id": name, "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def thinks(text: str, name: str = "rs_1") -> Item:
    """Return a summary of the model's reasoning."""
    return {"type": "reasoning", "id": name, "summary": [{"type": "summary_text", "text": text}]}


def calls(name: str, call_id: str, **arguments: Any) -> Item:
    """Return a call of a function."""
    return {"type": "function_call", "name": name, "call_id": call_id, "arguments": json.dumps(arguments)}


def patches(call_id: str, patch: str) -> Item:
    """Return a call of `apply_patch`."""
    return {"type": "custom_tool_call", "name": "apply_patch", "call_id": call_id, "input": patch}


class _Script:
    """The answers that are left for each conversation, which its prompt names, and the requests so far."""

    def __init__(self, answers: Mapping[str, list[Answer]]) -> None:
        self._answers = {prompt: list(lines) for prompt, lines in answers.items()}
        self._lock = threading.Lock()
        self.requests: list[Request] = []

    def take(self, request: Request) -> list[Item] | int:
        """Return the next answer in the first conversation whose prompt the request has."""
        with self._lock:
            self.requests.append(request)
            text = json.dumps(request.get("input"))
            left = next((lines for prompt, lines in self._answers.items() if prompt in text), [])
            answer = left.pop(0) if left else [says("There is nothing left to say.")]
        return answer(request) if callable(answer) else answer


def _handler(script: _Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(404, "application/json", b"{}")

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            answer = script.take(request)
            if isinstance(answer, int):
                refusal = {"error": {"message": "the script refuses", "type": "invalid_request_error"}}
                self._send(answer, "application/json", json.dumps(refusal).encode())
            else:
                self._send(200, "text/event-stream", _events(f"resp_{len(script.requests)}", answer))

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the base class
            """Say nothing."""

    return Handler


def _events(response_id: str, items: list[Item]) -> bytes:
    """Return a response as a stream of server-sent events."""
    events: list[dict[str, Any]] = [{"type": "response.created", "response": {"id": response_id}}]
    events += [{"type": "response.output_item.done", "output_index": n, "item": item} for n, item in enumerate(items)]
    events.append({"type": "response.completed", "response": {"id": response_id, "output": items, "usage": USAGE}})
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


class Codex:
    """The CLI with a home and a project of its own, and a model that follows a script."""

    def __init__(self, folder: Path, port: int, script: _Script) -> None:
        self.home, self.project = folder / "home", folder / "project"
        self._port = port
        self._script = script
        self.home.mkdir()
        self.project.mkdir()
        (self.home / "config.toml").write_text(self._config())

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests that the API has received."""
        return self._script.requests

    @property
    def rollouts(self) -> list[Path]:
        """The files of the sessions, the oldest first."""
        return sorted(self.home.glob("sessions/*/*/*/rollout-*.jsonl"), key=lambda path: path.name)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start `codex exec --json` with these arguments, in a process group of its own: npm's program is a wrapper."""
        command = [os.environ.get(CODEX, "codex"), "exec", "--json", "--skip-git-repo-check", *arguments]
        return subprocess.Popen(
            command, cwd=self.project, env=self._environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str) -> list[bytes]:
        """Run `codex exec --json` to its end and return the lines of its output."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=patient(60))
        return output.splitlines()

    def _environment(self) -> dict[str, str]:
        """Return an environment in which every connection but those to loopback fails."""
        dead = "http://127.0.0.1:9"
        proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), dead)
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "TMPDIR", "LANG"}}
        local = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        return kept | proxies | local | {"HOME": str(self.home), "CODEX_HOME": str(self.home)}

    def _config(self) -> str:
        return f"""
model = "{MODEL}"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.scripted]
name = "scripted"
base_url = "http://127.0.0.1:{self._port}/v1"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1
"""


@contextmanager
def codex(folder: Path, answers: list[Answer] | Mapping[str, list[Answer]]) -> Iterator[Codex]:
    """Give a CLI whose model answers with `answers`, one for each request, and then has nothing left to say.

    If there are several conversations, as with subagents, `answers` has a list for each prompt.
    """
    script = _Script(answers if isinstance(answers, Mapping) else {"": answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Codex(folder, server.server_port, script)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
