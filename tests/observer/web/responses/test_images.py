"""Images beside a run: sent if they are images in the directory of the run. Tests observer.runs.window.attachments."""

import os
from pathlib import Path

import pytest

from tests.helpers import RUN, event_at
from tests.observer.web.asking import run_of, serving

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    run_of(tmp_path, event_at(0, "run_start"))
    directory = tmp_path / RUN
    directory.mkdir()
    (directory / "a.png").write_bytes(PNG)
    (directory / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 20)
    (directory / "c.webp").write_bytes(b"RIFF\0\0\0\0WEBP")
    (directory / "t.txt").write_bytes(b"secret")
    (directory / "page.png").write_bytes(b"<svg onload=alert(1)>")
    (directory / ".hidden.png").write_bytes(PNG)
    (directory / "inner").mkdir()
    (directory / "inner" / "x.png").write_bytes(PNG)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "o.png").write_bytes(PNG)
    (directory / "link.png").symlink_to(tmp_path / "other" / "o.png")
    os.mkfifo(directory / "pipe.png")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "media_type"), [("a.png", "image/png"), ("b.jpg", "image/jpeg"), ("c.webp", "image/webp")]
)
async def test_an_image_of_the_run_is_sent_as_what_it_is(runs: Path, name: str, media_type: str) -> None:
    async with serving(runs) as served:
        answer = await served.get(f"/api/runs/{RUN}/image?file={RUN}/{name}")
        assert (answer.status, answer.headers["content-type"]) == (200, media_type)
        assert answer.body == (runs / RUN / name).read_bytes()
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "file",
    [
        "",
        "a.png",
        f"{RUN}/nosuch.png",
        f"{RUN}/t.txt",
        f"{RUN}/page.png",
        f"{RUN}/.hidden.png",
        f"{RUN}/inner/x.png",
        f"{RUN}/inner",
        f"{RUN}/link.png",
        f"{RUN}/pipe.png",
        "other/o.png",
        f"{RUN}/../other/o.png",
        "../other/o.png",
        "/etc/passwd",
        f"{RUN}/a.png%00",
        f"{RUN}/..%5Cother",
    ],
)
async def test_nothing_else_is_sent(runs: Path, file: str) -> None:
    async with serving(runs) as served:
        answer = await served.get(f"/api/runs/{RUN}/image?file={file}")
        assert (answer.status, answer.json) == (404, {"error": "no such image"})


async def test_a_directory_that_is_a_link_is_not_entered(tmp_path: Path) -> None:
    run_of(tmp_path, event_at(0, "run_start"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.png").write_bytes(PNG)
    (tmp_path / RUN).symlink_to(tmp_path / "other")
    async with serving(tmp_path) as served:
        assert (await served.get(f"/api/runs/{RUN}/image?file={RUN}/a.png")).status == 404
