"""Who gets in: only those who call the server by a name of its own, from its own page, and know the token."""

import hmac
import os
import re
from pathlib import Path

import pytest

from observer.cli.serve import serve
from observer.errors import UnreadableError, UsageError
from observer.web.access import is_token
from tests.helpers import RUN, line
from tests.observer.web.asking import Served, run_of, serving

TOKEN = "a-token-of-16-signs-or-more"
RUNS = f"/api/runs/{RUN}/events"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def status(served: Served, headers: dict[str, str | None], path: str = "/api/runs", method: str = "GET") -> int:
    """Ask with a head of our own making; None leaves a header out."""
    return (await served.get(path, headers, method)).status  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1:1", "localhost.evil.example:{port}", "127.0.0.1.evil.example",
     "[::1", "", "127.0.0.1:{port}@evil.example", "192.0.2.1:{port}", "localhost:{port}, evil.example", "a b"],
)  # fmt: skip
async def test_another_name_is_refused(tmp_path: Path, host: str) -> None:
    async with serving(tmp_path) as served:
        for path in ("/", "/page/live.js", "/api/runs", "/api/events", RUNS):
            answer = await served.get(path, {"Host": host.format(port=served.port)})
            assert answer.status in {400, 403}, path
            assert set(answer.json) == {"error"}


@pytest.mark.parametrize(
    "host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:{port}", "127.1.2.3:{port}"]
)
async def test_the_names_of_this_machine_are_served(tmp_path: Path, host: str) -> None:
    async with serving(tmp_path) as served:
        assert await status(served, {"Host": host.format(port=served.port)}) == 200


async def test_no_host_and_two_hosts_are_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        ours = f"Host: 127.0.0.1:{served.port}\r\n"
        for hosts in ("", ours + "Host: evil.example\r\n", ours * 2):
            stream = await served.send(f"GET /api/runs HTTP/1.1\r\n{hosts}\r\n".encode())
            assert (await stream.begin()).status == 400


async def test_a_proxys_name_is_served_by_any_port_once_it_is_allowed(tmp_path: Path) -> None:
    async with serving(tmp_path, allow_hosts=("Runs.example.org",)) as served:
        assert await status(served, {"Host": "runs.example.org"}) == 200
        assert await status(served, {"Host": "runs.example.org:8443"}) == 200
        assert await status(served, {"Host": "other.example.org"}) == 403


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
     {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}],
)  # fmt: skip
async def test_pages_of_other_sites_are_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    run_of(tmp_path, line(1, "run_start"))
    async with serving(tmp_path) as served:
        for path in ("/", "/page/live.js", "/api/runs", "/api/events", RUNS):
            answer = await served.get(path, headers)
            assert answer.status == 403, path
            assert "access-control-allow-origin" not in answer.headers


async def test_a_link_to_the_page_may_be_followed_from_anywhere_and_one_to_the_data_may_not(tmp_path: Path) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    async with serving(tmp_path) as served:
        assert await status(served, followed, "/") == 200
        assert await status(served, followed, "/api/runs") == 403
        assert await status(served, {"Origin": f"http://127.0.0.1:{served.port}"}) == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE"])
async def test_there_is_nothing_to_change(tmp_path: Path, method: str) -> None:
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/runs", method=method)
        assert (stream.status, stream.headers["allow"]) == (405, "GET")


async def test_every_answer_says_what_a_browser_must_not_do(tmp_path: Path) -> None:
    run_of(tmp_path, line(1, "run_start"))
    async with serving(tmp_path, token=TOKEN) as served:
        asked = [("/", BEARER), ("/page/live.js", BEARER), ("/api/runs", BEARER), ("/nothing", BEARER), ("/", {}),
                 (f"/?token={TOKEN}", {}), ("/", {"Host": "evil.example"})]  # fmt: skip
        answers = [(await served.get(path, headers)).headers for path, headers in asked]
        streamed = (await served.events(headers=BEARER)).headers
    for headers in [*answers, streamed]:
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert not re.search(r"unsafe|\*|https?:|data:", policy)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers


async def test_beyond_loopback_a_token_is_made(tmp_path: Path) -> None:
    run_of(tmp_path, line(1, "run_start"))
    async with serving(tmp_path, host="0.0.0.0") as served:
        for path in ("/", "/page/live.js", "/api/runs", "/api/events", RUNS):
            assert await status(served, {}, path) == 401


@pytest.mark.parametrize("token", ["", "short", "a token with blanks in it", "ünicode-ünicode-ünicode"])
def test_a_token_that_could_be_guessed_or_not_be_sent_is_refused_before_anything_listens(
    tmp_path: Path, token: str
) -> None:
    with pytest.raises(UsageError, match="16 or more"):
        serve(tmp_path, host="0.0.0.0", port=0, token=token)


@pytest.mark.parametrize("name", ["https://runs.example.org", "runs.example.org:8443", "runs.example.org/", "", "a b"])
def test_a_name_that_no_request_could_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="without scheme or port"):
        serve(tmp_path, port=0, allow_hosts=[name])


@pytest.mark.parametrize("host", ["a..b", "x" * 300, "256.1.1.1"])
def test_an_address_that_is_none_is_refused_with_a_sentence(tmp_path: Path, host: str) -> None:
    with pytest.raises(UnreadableError, match="choose another --host or --port"):
        serve(tmp_path, host=host, port=0)


def test_a_file_is_no_folder_of_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a directory"):
        serve(run_of(tmp_path), port=0)


async def test_the_token_is_given_once_and_then_stands_in_a_strict_cookie(tmp_path: Path) -> None:
    run_of(tmp_path, line(1, "run_start"))
    async with serving(tmp_path, token=TOKEN) as served:
        opened = await served.get(f"/?token={TOKEN}&a=b")
        assert (opened.status, opened.headers["location"]) == (303, "/?a=b")
        cookie = opened.headers["set-cookie"]
        assert cookie == f"runtail-{served.port}={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
        given = {"Cookie": f'theme=dark; other={{"a": [1, 2]}}; runtail-1=other; {cookie.partition(";")[0]}'}
        assert await status(served, given, "/") == 200
        assert await status(served, BEARER, RUNS.replace("events", "timeline")) == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Cookie": f"runtail-1={TOKEN}"}, {"Cookie": "runtail-{port}="},
     {"Authorization": f"Basic {TOKEN}"},
     {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": f"Bearer {TOKEN}x"},
     {"Cookie": f"other={TOKEN}"}, {"Cookie": "runtail-{port}=\x01;;="}, {"Authorization": "Bearer \udcff\udcfe"}],
)  # fmt: skip
async def test_a_wrong_token_gets_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    run_of(tmp_path, line(1, "run_start"))
    async with serving(tmp_path, token=TOKEN) as served:
        for path in ("/", "/api/runs", RUNS, f"/?token={TOKEN}x", "/?token="):
            told = {name: value.replace("{port}", str(served.port)) for name, value in headers.items()}
            assert await status(served, told, path) in {400, 401}  # type: ignore[arg-type]


def test_a_token_is_compared_as_a_whole() -> None:
    assert is_token(TOKEN, TOKEN)
    assert not any(is_token(given, TOKEN) for given in ("", TOKEN[:-1], TOKEN + "x", "ü", "\udcff"))
    assert is_token.__globals__["compare_digest"] is hmac.compare_digest  # == would end at the first difference


@pytest.mark.parametrize(
    "name",
    ["../secret", "..%2Fsecret", "%2e%2e%2fsecret", "....//secret", "%2Fetc%2Fpasswd", "/etc/passwd", "secret%00", "..",
     "%5C..%5Csecret", "outside", "sub%2Fsecret", "secret.ndjson", "%ff%fe", "a" * 300],
)  # fmt: skip
async def test_only_what_the_folder_lists_is_served_and_everything_else_sounds_the_same(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "runs"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path, folder / "sub"):
        run_of(place, line(1, "run_start"), name="secret")
    (folder / "outside.ndjson").symlink_to(tmp_path / "secret.ndjson")
    run_of(folder, line(1, "run_start"))
    async with serving(folder) as served:
        for what in ("events", "lines?before=end", "line?at=0123456789abcdef.1", "timeline"):
            answer = await served.get(f"/api/runs/{name}/{what}")
            assert answer.status == 404, what
            assert set(answer.json) == {"error"}
            assert str(tmp_path) not in answer.body.decode()
        assert [found["name"] for found in (await served.get("/api/runs")).json["runs"]] == [RUN]


async def test_a_link_is_no_run_and_a_run_that_became_one_is_none_any_more(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    path = run_of(folder, line(1, "run_start"))
    run_of(tmp_path, line(1, "run_start", secret="yes"), name="secret")
    (folder / "link.ndjson").symlink_to(path.name)
    async with serving(folder) as served:
        assert await served.plain("follow=0") == path.read_bytes()
        other = folder / "other"
        other.symlink_to("../secret.ndjson")
        os.replace(other, path)
        for name in ("link", RUN):
            assert (await served.get(f"/api/runs/{name}/lines?before=end")).status == 404
            assert (await served.get(f"/api/runs/{name}/events")).status == 404
