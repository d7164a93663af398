"""Access control: Host names, origins and the token. Tests observer.web.access.listen as well."""

import hmac
import re
from pathlib import Path

import pytest

from observer.cli.serve import serve
from observer.errors import UnreadableError, UsageError
from observer.web.access.policy import is_token
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
async def test_another_host_name_is_refused(tmp_path: Path, host: str) -> None:
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


async def test_a_request_without_host_or_with_two_is_refused(tmp_path: Path) -> None:
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


async def test_a_token_is_generated_beyond_loopback(tmp_path: Path) -> None:
    run_of(tmp_path, line(1, "run_start"))
    async with serving(tmp_path, host="0.0.0.0") as served:
        for path in ("/", "/page/live.js", "/api/runs", "/api/events", RUNS):
            assert await status(served, {}, path) == 401


@pytest.mark.parametrize("token", ["", "short", "a token with blanks in it", "ünicode-ünicode-ünicode"])
def test_a_token_that_can_be_guessed_or_cannot_be_sent_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(UsageError, match="16 or more"):
        serve(tmp_path, host="0.0.0.0", port=0, token=token)


@pytest.mark.parametrize("name", ["https://runs.example.org", "runs.example.org:8443", "runs.example.org/", "", "a b"])
def test_an_allowed_host_must_be_a_bare_host_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="without scheme or port"):
        serve(tmp_path, port=0, allow_hosts=[name])


@pytest.mark.parametrize("host", ["a..b", "x" * 300, "256.1.1.1"])
def test_an_invalid_address_is_refused_with_a_message(tmp_path: Path, host: str) -> None:
    with pytest.raises(UnreadableError, match="choose another --host or --port"):
        serve(tmp_path, host=host, port=0)


def test_a_file_is_not_a_directory_of_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a directory"):
        serve(run_of(tmp_path), port=0)


async def test_a_token_in_the_url_is_replaced_by_a_strict_cookie(tmp_path: Path) -> None:
    run_of(tmp_path, line(1, "run_start"))
    async with serving(tmp_path, token=TOKEN) as served:
        opened = await served.get(f"/?token={TOKEN}&a=b")
        assert (opened.status, opened.headers["location"]) == (303, "/?a=b")
        cookie, *attributes = opened.headers["set-cookie"].split("; ")
        assert attributes == ["Path=/", "HttpOnly", "SameSite=Strict"]
        given = {"Cookie": f'theme=dark; other={{"a": [1, 2]}}; runtail-1=other; {cookie}'}
        assert await status(served, given, "/") == 200
        assert await status(served, BEARER, RUNS.replace("events", "timeline")) == 200


async def test_the_cookie_does_not_reveal_the_token_and_is_accepted_as_a_cookie_only(tmp_path: Path) -> None:
    async with serving(tmp_path, token=TOKEN) as served, serving(tmp_path, token=TOKEN + "x") as another:
        name, _, value = (await served.get(f"/?token={TOKEN}")).headers["set-cookie"].partition(";")[0].partition("=")
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", value)
        assert await status(served, {"Cookie": f"{name}={value}"}) == 200
        assert await status(served, {"Cookie": f"{name}={TOKEN}"}) == 401
        assert await status(served, {"Authorization": f"Bearer {value}"}) == 401
        assert await status(served, {}, f"/?token={value}") == 401
        assert await status(another, {"Cookie": f"runtail-{another.port}={value}"}) == 401


@pytest.mark.parametrize(
    ("public_url", "host", "secure"),
    [("https://Runs.example.org", "runs.example.org", True), ("https://runs.example.org:81/", "runs.example.org", True),
     ("https://runs.example.org", "127.0.0.1:{port}", False), ("http://runs.example.org", "runs.example.org", False)],
)  # fmt: skip
async def test_the_cookie_is_for_tls_only_if_the_browser_opened_an_https_public_url(
    tmp_path: Path, public_url: str, host: str, secure: bool
) -> None:
    async with serving(tmp_path, token=TOKEN, public_url=public_url) as served:
        opened = await served.get(f"/?token={TOKEN}", {"Host": host.format(port=served.port)})
    assert (opened.status, "Secure" in opened.headers["set-cookie"].split("; ")) == (303, secure)


async def test_a_server_with_a_public_url_requires_a_token_and_accepts_its_own_origin(tmp_path: Path) -> None:
    async with serving(tmp_path, public_url="https://runs.example.org:8443") as served:
        assert await status(served, {"Host": "runs.example.org"}) == 401
    async with serving(tmp_path, token=TOKEN, public_url="https://runs.example.org:8443") as served:
        for origin, expected in (("https://runs.example.org:8443", 200), ("https://runs.example.org:1", 403)):
            assert await status(served, {**BEARER, "Host": "runs.example.org", "Origin": origin}) == expected


@pytest.mark.parametrize(
    "url", ["runs.example.org", "https://runs.example.org/runs/", "ftp://a", "https://", "https://a b"]
)
def test_a_public_url_has_a_scheme_and_no_path(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match=r"--public-url: .* use a URL without a path"):
        serve(tmp_path, port=0, public_url=url)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Cookie": f"runtail-1={TOKEN}"}, {"Cookie": "runtail-{port}="},
     {"Authorization": f"Basic {TOKEN}"},
     {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": f"Bearer {TOKEN}x"},
     {"Cookie": f"other={TOKEN}"}, {"Cookie": "runtail-{port}=\x01;;="}, {"Authorization": "Bearer \udcff\udcfe"}],
)  # fmt: skip
async def test_a_wrong_token_is_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    run_of(tmp_path, line(1, "run_start"))
    async with serving(tmp_path, token=TOKEN) as served:
        for path in ("/", "/api/runs", RUNS, f"/?token={TOKEN}x", "/?token="):
            fields = {name: value.replace("{port}", str(served.port)) for name, value in headers.items()}
            assert await status(served, fields, path) in {400, 401}  # type: ignore[arg-type]


def test_a_token_is_compared_in_constant_time() -> None:
    assert is_token(TOKEN, TOKEN)
    assert not any(is_token(given, TOKEN) for given in ("", TOKEN[:-1], TOKEN + "x", "ü", "\udcff"))
    assert is_token.__globals__["compare_digest"] is hmac.compare_digest  # == would end at the first difference
