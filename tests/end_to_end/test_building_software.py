"""Software can be built in the sandbox: package managers work, with caches that only its commands use."""

from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.end_to_end.conftest import Finish, Workplace, finish, script
from tests.end_to_end.writing import DONE, bash

CACHES = (
    "BUN_INSTALL_CACHE_DIR", "CARGO_HOME", "DENO_DIR", "GOCACHE", "GOMODCACHE", "GOPATH", "GRADLE_USER_HOME",
    "NUGET_PACKAGES", "PIPX_HOME", "PIPX_MAN_DIR",
    "PIP_CACHE_DIR", "PLAYWRIGHT_BROWSERS_PATH", "PNPM_HOME", "PYTHONUSERBASE", "UV_CACHE_DIR",
    "XDG_CACHE_HOME", "YARN_GLOBAL_FOLDER", "npm_config_cache",
    "npm_config_prefix",
)  # fmt: skip

pytestmark = pytest.mark.needs("sandbox")


def outputs(place: Workplace, *commands: str) -> list[str]:
    """Run the commands in the sandbox of one session, and return what each printed."""
    code, out, err = finish(place.rehearse(script(*map(bash, commands), DONE)))
    assert code == 0, out + err
    return [event["data"]["output"] for event in place.of_type("tool_result")]


def test_commands_may_write_every_cache_but_not_the_home_nor_the_harness(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    write = "; ".join(f'mkdir -p "${name}" && touch "${name}/x" || echo {name}' for name in CACHES)
    (place.root / "home").mkdir()
    escape = 'for name in (".agent/environment.sh", os.environ["HOME"] + "/x"):'
    escape += '\n try: open(name, "a")\n except OSError: continue\n print("wrote", name)'
    caches, others = outputs(place, f"{write}; echo end", f"python3 -c '\nimport os\n{escape}\nprint(\"end\")'")
    assert (caches, others) == ("end", "end")


@pytest.fixture
def npm(finished: Finish) -> list[str]:
    """What npm printed in one session: as it installed and ran packages, and as it installed and linked programs."""
    manifest = """echo '{"name": "mine", "version": "1.0.0", "bin": {"mine": "cli.js"}}' > package.json"""
    commands = [
        "npm install semver 2>&1 && ls node_modules",
        "npx --yes uuid@9 NIL 2>&1 | tail -1",
        "npm install -g semver 2>&1; command -v semver",
        f"touch cli.js; {manifest}; npm link 2>&1; command -v mine",
    ]
    session = finished("npm", lambda place: place.rehearse(script(*map(bash, commands), DONE)), sandbox=True)
    assert session.code == 0, session.out + session.err
    return [event["data"]["output"] for event in session.of_type("tool_result")]


@pytest.mark.needs("npm")
def test_npm_installs_and_npx_runs_a_package(npm: list[str]) -> None:
    installed, ran, *_ = npm
    assert installed.splitlines()[-1] == "semver"
    assert "EROFS" not in installed + ran


@pytest.mark.needs("npm")
def test_npm_installs_programs_that_commands_find(npm: list[str]) -> None:
    *_, installed, linked = npm
    assert installed.splitlines()[-1].endswith("/npm-global/bin/semver")
    assert linked.splitlines()[-1].endswith("/npm-global/bin/mine")


@pytest.mark.needs("curl")
def test_commands_do_not_reach_the_servers_of_this_machine(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    hosts = "127.0.0.1 127.1 0.0.0.0 localhost a.localhost [::1] [::ffff:127.0.0.1]"
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as outside:
        Thread(target=outside.serve_forever, daemon=True).start()
        get = """curl -gs -x "$HTTP_PROXY" --noproxy '' -o /dev/null -w '%{http_code} '"""
        calls = "; ".join(f"{get} 'http://{host}:{outside.server_port}/'" for host in hosts.split())
        (output,) = outputs(place, calls)
        outside.shutdown()
    assert output.partition("<sandbox_violations>")[0].split() == ["403"] * len(hosts.split())


@pytest.mark.needs("pip-index")
def test_pip_installs_a_package(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    (output,) = outputs(place, "python3 -m pip install --no-deps --target lib six 2>&1; ls lib")
    assert "six.py" in output.split()
    assert "cache has been disabled" not in output
