"""Variables that hold the number of an own process, and what else a `kill` may be given."""

from pathlib import Path

import pytest

from tests.agent.safety.commands.conftest import Ask

OWN = [
    "trap 'kill $(jobs -p)' EXIT; node a & node b & wait",
    'trap "kill $SERVER_PID 2>/dev/null" EXIT; node a & SERVER_PID=$!',
    ". venv/bin/activate && uvicorn app:app --port 8000 > /dev/null 2>&1 &\nP=$!; sleep 1; kill ${P}",
    'kill -0 "$(cat server.pid)" && echo yes',
    'if kill -0 "$PID" 2>/dev/null; then echo up; fi',
    "pkill -f 'vite.*server'",
    'PID=""\ncleanup() { [ -n "$PID" ] && kill "$PID"; }\ntrap cleanup EXIT\nnode a & PID=$!',
    "setsid node a & PID=$!; kill -- -$PID",
    "node a & PID=$!\ncurl -s localhost:3000 | while IFS= read -r line; do echo $line; done\nkill $PID",
    "node a & PID=$!; for ((i=0;i<10;i++)); do sleep 1; done; kill $PID",
    "n=0; node a & PID=$!; while [ $n -lt 9 ]; do n=$((n+1)); ((n++)); [[ $n -eq 3 ]] && break; done; kill $PID",
    "node a & PID=$!; for i in $(seq 3) ; do echo $((i + 1)); done; kill $PID",
    "PORT=3100; PORT=$PORT node a & PID=$!; sleep 1; kill $PID",
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
    "PID=$!; x=-v; printf $x PID 1; kill $PID",
    'PID=$!; x=v; printf "-$x" PID 1; kill $PID',
    "PID=$!; x=$(cat f); : $((x)); kill $PID",
    "PID=$!; (( $(cat f) )); kill $PID",
    "PID=$!; x=$(cat f); [[ $x -eq 1 ]]; kill $PID",
    "PID=$!; x=$(cat f); [[ 1 -lt x ]]; kill $PID",
    "PID=$!; x=$(cat f); echo ${a[$x]}; kill $PID",
    "PID=$!; x=$(cat f); a[x]=3; kill $PID",
    "PID=$!; x=$(cat f); echo ${a:0:$x}; kill $PID",
    "PID=$!; x=$(cat f); echo ${!x}; kill $PID",
    'PID=$!; x=$(cat f); unset "a[$x]"; kill $PID',
    'PID=$!; x=$(cat f); [ -v "a[$x]" ]; kill $PID',
    'PID=$!; x=$(cat f); test -v "a[$x]"; kill $PID',
    "PID=$!; x=$(cat f); for ((i=x;i<3;i++)); do kill $PID; done",
    "PID=$!; for x in $(cat f); do ((x>1)); done; kill $PID",
    "PID=$!; read x < f; : $((x)); kill $PID",
    "x=1; : $((P$x=5)); P1=$!; kill $P1",
    "PID=$!; trap 'read PID < f' DEBUG; kill $PID",
    "PID=; PID=$(cat f); kill $PID",
    "PID=1 bash -c '(PID=); (PID=$!); kill $PID'",
    """export "$(cat f)"; bash -c 'kill $PID; PID=$!'""",
    "set -a; read $y; bash -c 'kill $PID; PID=$!'",
    "IFS=3; node a & PID=$!; kill $PID",
    "IFS=3; read x; kill $!",
    "for p in 1; do kill $p; done",
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


@pytest.mark.parametrize(
    "command",
    [
        "PID=$!; . venv/bin/activate; kill $PID",
        "PID=$!; while :; do kill $PID; . venv/bin/activate; done",
        "f() { kill $PID; }; PID=$!; . venv/bin/activate; f",
        "PID=$!; trap '. venv/bin/activate' DEBUG; kill $PID",
        "while :; do kill $!; . ./venv/ifs; done",
        "while :; do kill $(jobs -p); . ./venv/jobs; done",
    ],
)
def test_a_script_that_is_sourced_may_change_whom_a_variable_means(ask: Ask, project: Path, command: str) -> None:
    (project / "venv" / "bin").mkdir(parents=True)
    (project / "venv" / "bin" / "activate").write_text("VIRTUAL_ENV=venv\nPID=1\n")
    (project / "venv" / "ifs").write_text("IFS=3\n")
    (project / "venv" / "jobs").write_text("jobs() { echo 1; }\n")
    assert ask(command) is not None


def test_a_script_that_is_sourced_leaves_other_variables_alone(ask: Ask, project: Path) -> None:
    (project / ".env").write_text("PORT=3000\n")
    assert ask("set -a; . ./.env; set +a; node a & PID=$!; sleep 1; curl -s localhost:3000; kill $PID") is None
