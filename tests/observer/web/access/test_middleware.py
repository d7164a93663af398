"""Limits of a request, and the headers and compression of responses."""

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.helpers import RUN, line
from tests.observer.web.asking import run_of, serving

TOKEN = "a-token-of-16-signs-or-more"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: {host}\r\n\r\n", 414),
     (b"GET / HTTP/1.1\r\nHost: {host}\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", 431),
     (b"GET / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\n\r\nhello", 413),
     (b"GET / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 413),
     (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400), (b"GET\r\n\r\n", 400),
     (b"GET / HTTP/1.1\r\nHost: {host}\r\nX: " + b"a" * 1_000_000, 400)],
)  # fmt: skip
async def test_an_oversized_or_malformed_request_is_refused(tmp_path: Path, request_: bytes, expected: int) -> None:
    async with serving(tmp_path) as served:
        stream = await served.send(request_.replace(b"{host}", f"127.0.0.1:{served.port}".encode()))
        assert (await stream.begin()).status == expected
        assert stream.headers["content-type"] == "application/json"
        assert stream.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE"])
async def test_only_get_is_supported(tmp_path: Path, method: str) -> None:
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/runs", method=method)
        assert (stream.status, stream.headers["allow"]) == (405, "GET")


async def test_every_response_has_the_security_headers(tmp_path: Path) -> None:
    run_of(tmp_path, line(1, "run_start"))
    async with serving(tmp_path, token=TOKEN) as served:
        requests = [("/", BEARER), ("/page/live.js", BEARER), ("/api/runs", BEARER), ("/nothing", BEARER), ("/", {}),
                 (f"/?token={TOKEN}", {}), ("/", {"Host": "evil.example"})]  # fmt: skip
        answers = [(await served.get(path, headers)).headers for path, headers in requests]
        streamed = (await served.events(headers=BEARER)).headers
    for headers in [*answers, streamed]:
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert not re.search(r"unsafe|\*|https?:|data:", policy)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers


async def test_files_of_the_page_and_json_are_compressed_for_those_who_accept_it(tmp_path: Path) -> None:
    run_of(tmp_path, *(line(number, "info", message="the same again") for number in range(1, 50)))
    compressed = {"Accept-Encoding": "gzip, deflate, br"}
    async with serving(tmp_path) as served:
        for path in ("/", "/page/live.js", f"/api/runs/{RUN}/lines?before=end"):
            plain, packed = await served.get(path), await served.get(path, compressed)
            assert "content-encoding" not in plain.headers
            assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
            assert gzip.decompress(packed.body) == plain.body
            assert len(packed.body) < len(plain.body) / 2
        known = {**compressed, "If-None-Match": (await served.get("/page/live.js")).headers["etag"]}
        assert (await served.stream("/page/live.js", known)).status == 304


async def test_streams_are_not_held_back_by_compression(tmp_path: Path) -> None:
    run_of(tmp_path, line(1, "info", message="at once"))
    async with serving(tmp_path) as served:
        stream = await served.events(headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in stream.headers
        assert json.loads((await stream.message()).data)["data"] == {"message": "at once"}
