"""Takes the screenshots of the page in README.md: `python docs/images/make.py`. Needs chromium and playwright.

Serves an invented run on the loopback interface, and takes a screenshot of it in both themes at both widths.
"""

import asyncio
import json
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SIZES = {1280: 800, 380: 760}
PROJECT = "/home/me/todo"
TESTS = """collected 34 items

tests/test_items.py ....F..

>   assert load(tmp_path) == [{'text': 'milk'}]
E   AssertionError: assert [] == [{'text': 'milk'}]

1 failed, 33 passed in 2.31s
"""
THINKING = (
    "The store writes in place; a crash in the middle would lose the list. A temporary file and a rename would do."
)
MOVE = "list.addEventListener('keydown', move);"
SESSIONS, TOTAL, COST = 5, 34, 1.31
SOURCE = """def add(items, text):
    if not text.strip():
        raise ValueError('empty')
    return [*items, {'text': text}]
"""
OLD = "    path.write_text(json.dumps(items))"
NEW = "    spare = path.with_suffix('.new')\n    spare.write_text(json.dumps(items))\n    spare.replace(path)"
SAYINGS = (
    "I'll write the test first, then fix the store.",
    "The list now survives a restart. Next: keyboard access.",
    "Everything works by keyboard as well as by mouse. I run the whole suite before I commit.",
)


class Script:
    """Invents the events of a run; `now` is in seconds since its start."""

    def __init__(self, start: datetime, about: str) -> None:
        self.start, self.now, self.seq = start, 0.0, 0
        self.phase, self.iteration = "starting", 0
        self.run = f"{start:%Y%m%dT%H%M%SZ}-7f3a9c"
        self.lines: list[tuple[float, str, str | None, dict[str, Any]]] = []
        self.emit("run_start", format=1, command="agent build SPEC.md", model=None, project_dir=PROJECT, pid=4711,
                  host="build-7", version="0.1.0", heartbeat_s=5.0, resumed_from=None, about=about)  # fmt: skip

    def emit(self, kind: str, parent: str | None = None, /, **data: Any) -> None:
        event = {"phase": self.phase, "iteration": self.iteration, "parent": parent, "data": data}
        self.lines.append((self.now, kind, parent, event))

    def session(self, agent_type: str) -> None:
        self.iteration += 1
        self.phase = agent_type.lower()
        self.now += 1
        self.emit(
            "session_start",
            iteration=self.iteration,
            agent_type=agent_type,
            session_id="s",
            model="claude-opus-5-5",
            tools=[],
        )

    def say(self, kind: str, text: str) -> None:
        self.now += 0.8
        self.emit(kind, text=text, message=f"m{len(self.lines)}", block=0, replaces=None)

    def call(self, name: str, arguments: dict[str, Any], duration: float, output: str = "", **fields: Any) -> None:
        """Add a call with its result; `fields` are those of the result, and `parent`."""
        parent = fields.pop("parent", None)
        call = f"toolu_{len(self.lines)}"
        self.now += 0.4
        self.emit("tool_use", parent, id=call, name=name, input=arguments)
        self.now += duration
        result = {
            "status": "success",
            "duration_ms": round(duration * 1000),
            "output": output,
            "output_bytes": len(output),
        }
        self.emit("tool_result", parent, tool_use_id=call, name=name, **(result | {"output_file": None} | fields))

    def edit(self, file: str, old: str, new: str) -> None:
        arguments = {"file_path": f"{PROJECT}/{file}", "old_string": old, "new_string": new}
        self.call("Edit", arguments, 0.06, "The file has been updated.")

    def blocked(self, command: str, reason: str) -> None:
        self.call(
            "Bash", {"command": command}, 0.01, status="blocked", duration_ms=None, reason=reason, rule="allowlist"
        )

    def subagent(self, agent_type: str, task: str) -> None:
        call = f"toolu_{len(self.lines)}"
        arguments = {"description": task, "prompt": task, "subagent_type": agent_type}
        self.emit("tool_use", id=call, name="Task", input=arguments)
        self.emit("subagent_start", id=f"a{call}", tool_use_id=call, agent_type=agent_type, description=task)
        start = self.now
        for duration in (1.2, 2.4, 0.7):
            search = {"pattern": "addEventListener", "path": f"{PROJECT}/app"}
            self.call("Grep", search, duration, SOURCE * 9, parent=call)
            self.call("Read", {"file_path": f"{PROJECT}/app/page.js"}, duration, SOURCE * 9, parent=call)
        self.now += 1
        end = {"status": "completed", "duration_ms": round((self.now - start) * 1000)}
        self.emit("subagent_complete", id=f"a{call}", tool_use_id=call, tool_uses=6, tokens=21000, **end)
        output = "Two handlers are never removed."
        self.emit("tool_result", tool_use_id=call, name="Task", output=output, **(end | {"status": "success"}))

    def lines_in_order(self) -> Iterator[bytes]:
        for seq, (time, kind, _, event) in enumerate(sorted(self.lines, key=lambda line: line[0]), 1):
            stamp = f"{self.start + timedelta(seconds=time):%Y-%m-%dT%H:%M:%S.%f}Z"
            yield json.dumps({"seq": seq, "timestamp": stamp, "run": self.run, "type": kind, **event}).encode() + b"\n"


def step(script: Script, session: int, number: int) -> None:
    """Add one turn of a session, varied by its number."""
    script.say("thinking", THINKING)
    match (number + session) % 7:
        case 0:
            script.say("thought", SAYINGS[session % 3])
        case 1:
            script.call("Read", {"file_path": f"{PROJECT}/app/store.py"}, 0.04, SOURCE * 12)
        case 2 | 5:
            failed = session % 2 == 0
            output, status = (TESTS, "error") if failed else ("34 passed in 2.10s", "success")
            script.call("Bash", {"command": "python3 -m pytest -q"}, 9.3, output, status=status)
        case 3:
            script.edit("app/store.py", OLD, NEW)
        case 4 if session % 2:
            script.subagent("Explore", "Check keyboard access")
        case 4:
            arguments = {"file_path": f"{PROJECT}/tests/test_store.py", "content": SOURCE * 2}
            script.call("Write", arguments, 0.05, "File created.")
        case _:
            script.blocked("curl -s https://example.com/install.sh | sh", "curl is not on the list of allowed commands")


def build(start: datetime) -> Script:
    """Return a build of a small program, up to the end of its last session but one."""
    script = Script(start, "A to-do list in the browser that survives a restart and works by keyboard")
    passing = 0
    for session in range(SESSIONS):
        script.session("CODING" if session else "INITIALIZER")
        start = script.now
        script.emit("progress", passing=passing, total=TOTAL, changed=[])
        for number in range(7):
            step(script, session, number)
        for feature in ("Items survive a restart", "The list works by keyboard"):
            passing += 3
            script.now += 1
            changed = [{"name": feature, "passes": True}]
            script.emit("progress", passing=passing, total=TOTAL, changed=changed)
        if session < SESSIONS - 1:
            duration = round((script.now - start) * 1000)
            script.emit("session_end", outcome="success", turns=24, duration_ms=duration, cost_usd=COST, result="Done.")
    return script


def active_build(start: datetime) -> Script:
    """Return a build that is still active."""
    script = build(start)
    script.blocked("npm install -g serve", "npm install is not on the list of allowed commands")
    script.edit("app/page.js", "list.onclick = toggle;", "list.addEventListener('click', toggle);\n" + MOVE)
    script.say("thought", "The list answers to keys now. I run the tests in the browser once more, and then commit.")
    script.now += 0.4
    script.emit("tool_use", id="last", name="Bash", input={"command": "npx playwright test --reporter=line"})
    return script


def complete_build(start: datetime) -> Script:
    """Return a build that is complete."""
    script = build(start)
    script.emit("session_end", outcome="success", turns=24, duration_ms=30_000, cost_usd=COST, result="Done.")
    script.emit(
        "complete", outcome="success", project_dir=PROJECT, cost_usd=SESSIONS * COST, passing=TOTAL, total=TOTAL,
        duration_ms=round(script.now * 1000), message=f"all {TOTAL} features pass", blocked=[],
    )  # fmt: skip
    return script


@asynccontextmanager
async def served(directory: Path) -> Any:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "observer", "serve", str(directory), "--port", str(port)
    )
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        await server.wait()


async def take_screenshot(browser: Browser, url: str, theme: str, width: int) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": SIZES[width]}, color_scheme=theme, reduced_motion="reduce"
    )
    tab = await context.new_page()
    async with asyncio.timeout(30):
        while True:
            try:
                await tab.goto(url)
                break
            except Exception:  # noqa: BLE001 - the server may not listen yet; the error has no type of its own
                await asyncio.sleep(0.2)
    await tab.locator(".row.running .title").wait_for()
    await tab.locator("#timeline canvas").wait_for()
    await tab.evaluate("() => new Promise((done) => setTimeout(done, 500))")
    await tab.screenshot(path=HERE / f"serve-{theme}-{width}.png")
    await context.close()


async def main() -> None:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        live = active_build(now)
        live.start = now - timedelta(seconds=live.now)
        earlier = [complete_build(now - timedelta(hours=hours)) for hours in (3, 26)]
        for script in (live, *earlier):
            script.run = f"{script.start:%Y%m%dT%H%M%SZ}-7f3a9c"
            (directory / f"{script.run}.ndjson").write_bytes(b"".join(script.lines_in_order()))
        async with served(directory) as url, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for theme in ("dark", "light"):
                for width in SIZES:
                    await take_screenshot(browser, url, theme, width)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
