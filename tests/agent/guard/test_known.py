"""Variables that hold the number of an own process, and what else a `kill` may be given."""

import pytest

from tests.agent.guard.conftest import Ask

OWN = [
    "trap 'kill $(jobs -p)' EXIT; node a & node b & wait",
    'trap "kill $SERVER_PID 2>/dev/null" EXIT; node a & SERVER_PID=$!',
    ". venv/bin/activate && uvicorn app:app --port 8000 > /dev/null 2>&1 &\nP=$!; sleep 1; kill ${P}",
    'kill -0 "$(cat server.pid)" && echo yes',
    'if kill -0 "$PID" 2>/dev/null; then echo up; fi',
    "pkill -f 'vite.*server'",
]
ANYBODY = [
    "PID=1; kill $PID",
    "PID=$!; PID=1; kill $PID",
    "(PID=$!); kill $PID",
    "PID=$!; ((PID=1)); kill $PID",
    "PID=$!; [[ 'PID=1' -eq 1 ]]; kill $PID",
    "PID=$!; x='PID=1'; : $((x)); kill $PID",
    "PID=$!; read PID; kill $PID",
    "PID=$!; printf -v PID 1; kill $PID",
    "PID=$!; echo ${x:PID=1}; kill $PID",
    r"PID=$!; r\ead PID; kill $PID",
    "PID=1 bash -c '(PID=$!); kill $PID'",
    "PID=1 bash -c 'kill $PID'",
    "PID=$!; export PID; PID=1 bash -c 'kill $PID'",
    "PID=$!; bash -c 'kill $PID'",
    "trap 'kill $PID' EXIT; PID=1",
    "trap 'PID=1; kill $PID' EXIT; PID=$!",
    'trap "PID=1; kill $PID" EXIT; PID=$!',
    "PID=$!; for PID in 1; do kill $PID; done",
    "PID=$!; mapfile PID; kill $PID",
    "PID=$!; declare -n Q=PID; Q=1; kill $PID",
    "PID=$!; unset PID; kill $PID",
    "PID=$!; f() { local PID=1; kill $PID; }; f",
    "jobs() { echo 1; }; kill $(jobs -p)",
    "function jobs { echo 1; }; kill $(jobs -p)",
    "kill -0 -s 9 1",
    "kill -0 $X",
    'kill -0 "$@"',
    'kill -9 "$PID"',
    "pkill -f '.++.'",
    "pkill -f '.*'",
    "PID=$!; wait -n -p PID; kill $PID",
    "PID=$!; getopts x PID; kill $PID",
    "PID=$!; source x; kill $PID",
    "PID+=$!; kill $PID",
    "PID=$!; PID+=1; kill $PID",
    "coproc PID { sleep 1; }; PID=$!; kill $PID",
    "PID=$!; set -- PID; read $1; kill $PID",
    "PID=$!; exec {PID}>x; kill $PID",
    "PID=$!; select PID in 1; do kill $PID; done",
    "PID=$!; printf '%d' $((PID++)); kill $PID",
    'PID=$!; let "PID=1"; kill $PID',
    'trap "curl x; kill $!" EXIT',
    'trap "kill $! $X" EXIT',
    "PID=$!; command . x; kill $PID",
    "PID=$!; builtin source x; kill $PID",
    "PID=$!; time . x; kill $PID",
]


@pytest.mark.parametrize("command", OWN)
def test_a_process_that_the_same_text_started_may_be_ended(ask: Ask, command: str) -> None:
    assert ask(command) is None


@pytest.mark.parametrize("command", ANYBODY)
def test_a_variable_that_may_hold_another_number_is_refused(ask: Ask, command: str) -> None:
    assert ask(command) is not None


def test_the_reason_says_how_a_server_is_ended(ask: Ask) -> None:
    denial = ask("kill $(cat server.pid)")
    assert denial is not None
    assert denial.rule == "kill"
    assert "`PID=$!`" in denial.reason
