"""Sessions that have tokens and no cost are shown with what these cost at given prices, in all commands."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.observer.dialects.codex.rollouts import SESSION, TURN, USAGE, asks, context, event, meta, says
from tests.observer.observing import SUCCESS, Observe

Run = Callable[..., Observe]
PRICES = """
"gpt-" = { input = 9000 }
"gpt-5.5-codex" = { input = 1000, cache_read = 100, output = 2000 }
"""
"""100 tokens of input, 400 from the cache and 50 of output cost 24 cents."""
NO_CACHE = '"gpt-5.5-codex" = { input = 1000, output = 2000 }\n'


def rollout(*more: dict[str, object], model: str = "gpt-5.5-codex", ended: bool = True) -> bytes:
    usage = {"info": {"last_token_usage": USAGE, "total_token_usage": USAGE}}
    end = event(4, "task_complete", turn_id=TURN, duration_ms=3000)
    records = [
        meta(), context(1, model=model), event(1, "task_started", turn_id=TURN), asks(1, "Count."), says(2, "Seven."),
        event(3, "token_count", **usage), *more, *([end] if ended else []),
    ]  # fmt: skip
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session in Codex's directory."""
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "codex" / "sessions" / "2026" / "11" / "23" / f"rollout-2026-11-23T01-12-00-{SESSION}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(rollout())
    return path


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(PRICES)
    return path


COMMANDS = [
    ["tail", "--no-follow"],
    ["tail", "--no-follow", "-o", "text"],
    ["show"],
    ["report", "--format", "md"],
    ["report", "--format", "html"],
    ["wait"],
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("table", "cost"), [(PRICES, "$0.24"), (NO_CACHE, "at least $0.20")])
def test_a_cost_comes_from_the_prices(
    observe: Run, session: Path, prices: Path, command: list[str], table: str, cost: str
) -> None:
    prices.write_text(table)
    viewer = observe(*command, "--prices", str(prices), str(session))
    assert viewer.ends() == 0, viewer.err
    assert cost in viewer.out.decode()
    assert ("at least $" in viewer.out.decode()) == ("at least" in cost)


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_price_there_is_no_cost(observe: Run, session: Path, command: list[str]) -> None:
    viewer = observe(*command, str(session))
    assert viewer.ends() == 0, viewer.err
    assert not re.search(r"\$\d", viewer.out.decode().partition("<script")[0])


@pytest.mark.parametrize("command", [["tail", "-o", "text"], ["show"], ["wait"], ["report", "--format", "md"]])
def test_standard_input_has_the_same_prices(observe: Run, session: Path, prices: Path, command: list[str]) -> None:
    descriptor = os.open(session, os.O_RDONLY)
    viewer = observe(*command, "--prices", str(prices), "-", stdin=descriptor)
    os.close(descriptor)
    assert viewer.ends() == 0, viewer.err
    assert "$0.24" in viewer.out.decode()


def listed(observe: Run, *arguments: str) -> tuple[object, object]:
    viewer = observe("list", "codex:", "-o", "json", *arguments)
    assert viewer.ends() == 0, viewer.err
    (line,) = viewer.out.splitlines()
    run = json.loads(line)
    return run["cost_usd"], run["cost_is_minimum"]


def test_a_list_never_shows_the_cost_of_other_prices(observe: Run, session: Path, prices: Path) -> None:
    assert listed(observe) == (None, False)
    assert listed(observe, "--prices", str(prices)) == (0.24, False)
    prices.write_text(NO_CACHE)
    assert listed(observe, "--prices", str(prices)) == (0.2, True)
    assert listed(observe) == (None, False)


def test_the_table_says_that_a_cost_is_the_least_that_it_was(observe: Run, session: Path, prices: Path) -> None:
    prices.write_text(NO_CACHE)
    viewer = observe("list", "codex:", "--prices", str(prices))
    assert viewer.ends() == 0, viewer.err
    assert "at least $0.20" in viewer.out.decode()


def test_a_list_that_does_not_read_all_of_a_session_says_at_least(observe: Run, session: Path, prices: Path) -> None:
    session.write_bytes(rollout(*(says(3, f"{number} {'x' * 1000}") for number in range(100))))
    assert listed(observe, "--prices", str(prices)) == (0.24, True)
    viewer = observe("show", "--prices", str(prices), "-o", "json", "codex:01a2")
    assert viewer.ends() == 0, viewer.err
    run = json.loads(viewer.out)
    assert (run["cost_usd"], run["cost_is_minimum"]) == (0.24, False)


def test_a_session_without_an_end_costs_what_its_messages_cost(observe: Run, session: Path, prices: Path) -> None:
    session.write_bytes(rollout(ended=False))
    viewer = observe("show", "--prices", str(prices), "-o", "json", str(session))
    viewer.ends()
    run = json.loads(viewer.out)
    assert (run["verdict"], run["cost_usd"], run["cost_is_minimum"]) == ("unknown", 0.24, False)


def test_the_list_prices_of_the_package_need_no_option(observe: Run, session: Path) -> None:
    session.write_bytes(rollout(model="gpt-5.1-codex"))
    assert listed(observe) == (0.000675, False)


def test_a_setting_names_the_prices_too(
    observe: Run, session: Path, prices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTAIL_PRICES", str(prices))
    assert listed(observe) == (0.24, False)


def test_the_page_shows_costs_at_the_same_prices(observe: Run, session: Path, prices: Path) -> None:
    server = observe("serve", "codex:", "--port", "0", "--prices", str(prices))
    server.shows("serving")
    (url,) = re.findall(r"http://127\.0\.0\.1:\d+/", server.err)
    with urlopen(f"{url}api/runs") as answer:
        (run,) = json.load(answer)["runs"]
    assert (run["cost_usd"], run["cost_is_minimum"]) == (0.24, False)


@pytest.mark.parametrize("command", ["tail", "list", "show", "wait", "report", "serve"])
def test_a_bad_file_of_prices_is_a_usage_error(observe: Run, tmp_path: Path, prices: Path, command: str) -> None:
    (tmp_path / "run.ndjson").write_bytes(SUCCESS)
    prices.write_text('"m" = { inptu = 1 }')
    viewer = observe(
        command, "--prices", str(prices), *([] if command in {"list", "serve"} else [str(tmp_path / "run.ndjson")])
    )
    assert viewer.ends() == 2
    assert viewer.out == b""
    assert viewer.err.count("\n") == 1
    assert 'the prices of "m" are invalid' in viewer.err
