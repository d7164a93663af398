"""Large outputs and images: in files beside the run, and of a text the beginning and the end in the event."""

import asyncio
import base64
import stat
import subprocess
from pathlib import Path

import pytest

from agent.events import Image, Info, Prompt, ToolResult, ToolStatus
from agent.runlog.attachments import INLINE_BYTES, UnsavedImage, attach_images, attach_output
from tests.agent.runlog.redaction.test_redact import TOKENS
from tests.agent.runlog.writing import events_of, quiet_log, types_of


def result(output: str, tool_use_id: str = "toolu_01") -> ToolResult:
    return ToolResult(
        tool_use_id=tool_use_id,
        name="Bash",
        status=ToolStatus.SUCCESS,
        output=output,
        output_bytes=len(output.encode("utf-8", "replace")),
    )


@pytest.mark.parametrize(("size", "file"), [(INLINE_BYTES, False), (INLINE_BYTES + 1, True)])
async def test_an_output_stays_inline_up_to_the_limit_counted_in_bytes(tmp_path: Path, size: int, file: bool) -> None:
    output = "é" * (size // 2) + "x" * (size % 2)
    async with quiet_log(tmp_path) as log:
        await log.emit(result(output))
    data = events_of(log.path)[1]["data"]
    assert (data["output_file"] is not None) is file
    assert (data["output"] == output) is not file
    assert data["output_bytes"] == size


@pytest.mark.parametrize(
    "hostile", ["../../x", "/etc/passwd", "", ".", "..", "a\0b", "C:\\x", "\ud800", "x" * 5000, "latest.ndjson", "é/ü"]
)
def test_no_tool_use_id_leads_out_of_the_directory_of_the_run(tmp_path: Path, hostile: str) -> None:
    shortened = attach_output(result("x" * 100_000, hostile), tmp_path / "runs" / "run")
    assert shortened.output_file is not None
    kept = (tmp_path / "runs" / shortened.output_file).resolve()
    assert kept.parent == tmp_path / "runs" / "run"
    assert kept.read_text() == "x" * 100_000
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_a_second_output_of_the_same_call_gets_a_file_of_its_own(tmp_path: Path) -> None:
    first, second = (attach_output(result(letter * 100_000), tmp_path / "run") for letter in "ab")
    assert (first.output_file, second.output_file) == ("run/toolu_01.txt", "run/toolu_01-2.txt")
    assert (tmp_path / "run" / "toolu_01.txt").read_text() == "a" * 100_000


async def test_a_directory_that_is_a_symlink_is_not_written_to(tmp_path: Path) -> None:
    """A command of the agent may have put it there."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with quiet_log(tmp_path / "runs") as log:
        (tmp_path / "runs" / log.run).symlink_to(elsewhere)
        await log.emit(result("x" * 100_000))
    data = events_of(log.path)[1]["data"]
    assert (data["output_file"], list(elsewhere.iterdir())) == (None, [])
    assert "could not be saved" in data["output"]


async def test_the_file_contains_no_secret_not_even_where_the_output_is_cut(tmp_path: Path) -> None:
    token = TOKENS["github_token"]
    output = "a" * (8 * 1024 - 20) + " " + token + "\n" + "b" * 200_000 + token
    async with quiet_log(tmp_path) as log:
        await log.emit(result(output))
    data = events_of(log.path)[1]["data"]
    kept = (tmp_path / data["output_file"]).read_text()
    assert kept.count("[redacted:github_token]") == 2
    assert token[:12] not in kept + data["output"]


def image(data: bytes, media_type: str = "image/png") -> UnsavedImage:
    return UnsavedImage(media_type=media_type, bytes=len(data), data=base64.b64encode(data).decode())


async def test_an_image_is_in_a_file_of_its_owner_and_not_in_the_line(tmp_path: Path) -> None:
    picture = bytes(range(256)) * 20
    answer = result("x" * 100_000)
    answer.images = [image(picture), image(b"two", "image/jpeg")]
    async with quiet_log(tmp_path) as log:
        await log.emit(answer)
        await log.emit(Prompt(text="Look.", source="user", images=[image(b"three")]))
    first, second = (event["data"] for event in events_of(log.path)[1:3])
    assert first["images"] == [
        {"media_type": "image/png", "bytes": 5120, "file": f"{log.run}/toolu_01-image.png"},
        {"media_type": "image/jpeg", "bytes": 3, "file": f"{log.run}/toolu_01-image.jpg"},
    ]
    assert second["images"] == [{"media_type": "image/png", "bytes": 5, "file": f"{log.run}/prompt-image.png"}]
    kept = tmp_path / first["images"][0]["file"]
    assert kept.read_bytes() == picture
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert (tmp_path / first["output_file"]).read_text() == "x" * 100_000
    assert base64.b64encode(picture)[:40] not in log.path.read_bytes()


@pytest.mark.parametrize("hostile", ["../../x", "/etc/passwd", "", "..", "a\0b", "x" * 5000])
def test_neither_the_name_nor_the_type_of_an_image_leads_anywhere(tmp_path: Path, hostile: str) -> None:
    answer = result("", hostile)
    answer.images = [image(b"one", f"image/{hostile}"), image(b"two", f"image/{hostile}")]
    kept = attach_images(answer, tmp_path / "runs" / "run")
    assert isinstance(kept, ToolResult)
    files = [tmp_path / "runs" / (each.file or "") for each in kept.images]
    assert [file.read_bytes() for file in files] == [b"one", b"two"]
    assert {file.resolve().parent for file in files} == {tmp_path / "runs" / "run"}
    assert {file.suffix for file in files} == {".bin"}


def test_an_image_that_cannot_be_kept_has_no_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the directory would be")
    answer = result("")
    answer.images = [UnsavedImage(media_type="image/png", bytes=7, data="aGk!="), image(b"three")]
    broken = attach_images(answer, tmp_path / "run")
    full = attach_images(answer, tmp_path / "taken")
    assert isinstance(broken, ToolResult)
    assert isinstance(full, ToolResult)
    assert broken.images[0] == Image(media_type="image/png", bytes=7)
    assert full.images == [Image(media_type="image/png", bytes=7), Image(media_type="image/png", bytes=5)]


async def test_a_text_of_ten_megabytes_is_one_line(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        await log.emit(Info(message="é\n" * 5_000_000))
    assert types_of(log.path) == ["run_start", "info", "complete"]
    assert len(events_of(log.path)[1]["data"]["message"]) == 10_000_000


async def test_a_program_continues_while_ten_megabytes_are_redacted_and_written(tmp_path: Path) -> None:
    output = "see task-list at https://example.org/a for a@b, sk-and-more\n" * (10_000_000 // 60)
    turns = 0
    async with quiet_log(tmp_path, heartbeat_s=0.01) as log:
        emitting = asyncio.create_task(log.emit(result(output)))
        while not emitting.done():
            await asyncio.sleep(0.001)
            turns += 1
    assert turns > 20, "the event loop was blocked"
    assert len([event for event in events_of(log.path) if event["type"] == "heartbeat"]) > 1


@pytest.mark.faults
@pytest.mark.needs("mount")
async def test_an_output_that_does_not_fit_on_the_disk_is_shortened_and_leaves_no_file(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk], check=True)
    try:
        async with quiet_log(disk) as log:
            await log.emit(result("x" * 200_000))
        data = events_of(log.path)[1]["data"]
        assert list((disk / log.run).iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)
    assert data["output_file"] is None
    assert "could not be saved: No space left on device" in data["output"]
    assert log.warnings == []


async def test_a_cancelled_emit_of_a_large_output_is_written_nevertheless(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        emitting = asyncio.create_task(log.emit(result("x" * 100_000)))
        await asyncio.sleep(0)
        emitting.cancel()
        await asyncio.gather(emitting, return_exceptions=True)
    assert emitting.cancelled()
    assert types_of(log.path) == ["run_start", "tool_result", "complete"]
