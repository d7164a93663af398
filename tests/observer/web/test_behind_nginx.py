"""The server behind a real nginx with the configuration of docs/serve.md: what it logs, the cookie, and streams."""

import contextlib
import http.client
import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import LIMIT_S, append, line, wait_until
from tests.observer.nats.servers import free_port
from tests.observer.web.asking import run_of
from tests.warm import start

pytestmark = pytest.mark.needs("nginx", "openssl")

NAME = "runs.example.org"
TOKEN = "a-token-of-16-signs-or-more"
DOCUMENTED = Path(__file__).parents[3] / "docs/serve.md"


class Proxy:
    """An nginx with the documented configuration in front of `observe serve`, and requests to it as a browser's."""

    def __init__(self, directory: Path, upstream: str) -> None:
        self.directory = directory
        self.port = free_port()
        self._certificate = directory / "runs.pem"
        (documented,) = re.findall(r"```nginx\n(.*?)```", DOCUMENTED.read_text(), re.DOTALL)
        for there, here in (
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("/etc/ssl/certs/runs.pem", str(self._certificate)),
            ("/etc/ssl/private/runs.key", str(directory / "runs.key")),
            ("/var/log/nginx", str(directory)),
            ("http://127.0.0.1:8765", upstream.rstrip("/")),
        ):
            assert there in documented
            documented = documented.replace(there, here)
        places = "".join(
            f"{name}_temp_path {directory}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (directory / "nginx.conf").write_text(
            f"daemon off;\npid {directory}/pid;\nevents {{}}\nhttp {{\n{places}\n{documented}\n}}\n"
        )

    @property
    def access_log(self) -> str:
        return (self.directory / "runtail.log").read_text()

    @property
    def error_log(self) -> str:
        return (self.directory / "runtail-error.log").read_text()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run nginx until the block ends."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout",
             self.directory / "runs.key", "-out", self._certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        with subprocess.Popen(["nginx", "-c", self.directory / "nginx.conf"], stderr=subprocess.DEVNULL) as process:
            try:
                wait_until((self.directory / "pid").exists, "nginx to start")
                yield
            finally:
                process.terminate()

    @contextlib.contextmanager
    def response(self, path: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
        """Request something; the body is read by the block."""
        context = ssl.create_default_context(cafile=str(self._certificate))
        context.check_hostname = False  # the connection is to an address; the certificate is checked all the same
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=LIMIT_S)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Host": NAME, **headers})
            with connection.getresponse() as response:
                yield response

    def get(self, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage]:
        """Return the status and the headers of a response."""
        with self.response(path, **headers) as response:
            return response.status, response.headers


@contextlib.contextmanager
def proxied(tmp_path: Path, *options: str) -> Iterator[tuple[Proxy, subprocess.Popen[str]]]:
    """Serve the runs of a directory behind nginx, with the documented options, until the block ends."""
    command = ["serve", tmp_path, "--port", "0", "--public-url", f"https://{NAME}", *options]
    with start("observer", *command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            assert server.stderr.readline().endswith(f" at https://{NAME}/?token={TOKEN}\n")
            (upstream,) = re.findall(r"the proxy connects to (http://127\.0\.0\.1:\d+/)$", server.stderr.readline())
            proxy = Proxy(tmp_path, upstream)
            with proxy.running():
                yield proxy, server
        finally:
            server.terminate()


def test_the_token_is_in_no_log_and_not_in_the_cookie_which_is_secure(tmp_path: Path) -> None:
    run_of(tmp_path, line(1, "run_start"))
    with proxied(tmp_path, "--token", TOKEN) as (proxy, server):
        status, headers = proxy.get(f"/?token={TOKEN}&a=b")
        assert (status, headers["location"]) == (303, "/?a=b")
        cookie, *attributes = headers["set-cookie"].split("; ")
        assert TOKEN not in cookie
        assert "Secure" in attributes
        assert proxy.get("/", Cookie=cookie)[0] == 200
        assert proxy.get("/api/runs", Cookie=cookie)[0] == 200
        assert proxy.get("/api/runs")[0] == 401
        server.terminate()
        server.wait(LIMIT_S)
        assert proxy.get(f"/?token={TOKEN}")[0] == 502  # nginx reports it in its error log, with the request

        wait_until(lambda: proxy.access_log.count("\n") == 5, "nginx to log the requests")
    assert re.findall(r'"GET (\S+)" (\d+)', proxy.access_log) == [
        ("/", "303"), ("/", "200"), ("/api/runs", "200"), ("/api/runs", "401"), ("/", "502"),
    ]  # fmt: skip
    assert "token" not in proxy.access_log + proxy.error_log


def test_a_line_that_is_written_is_passed_on_at_once(tmp_path: Path) -> None:
    path = run_of(tmp_path, line(1, "run_start"))
    with proxied(tmp_path, "--token", TOKEN) as (proxy, _):
        bearer = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/x-ndjson"}
        with proxy.response(f"/api/runs/{path.stem}/events", **bearer) as stream:
            assert stream.readline() == line(1, "run_start")
            for seq in (2, 3):
                append(path, line(seq))
                assert stream.readline() == line(seq)
