"""Rollouts of Codex as its sessions begin, for tests."""

from pathlib import Path

MAIN, CHILD, GRANDCHILD, OTHER = (f"01a22ad9-{number}000-7a82-9d07-b3aaeb604624" for number in (1, 2, 3, 4))


def rollout(home: Path, thread: str, parent: str = "", day: str = "2026/11/29", *, cwd: str = "/p") -> Path:
    """Write a rollout with its first line into Codex's directory."""
    path = home / "sessions" / day / f"rollout-2026-11-29T07-59-14-{thread}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    named = f'"parent_thread_id":"{parent}",' if parent else ""
    path.write_text(f'{{"type":"session_meta","payload":{{"id":"{thread}",{named}"cwd":"{cwd}"}}}}\n')
    return path
