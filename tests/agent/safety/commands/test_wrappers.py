"""Commands that run other commands are looked into; without the sandbox, what they run must be known in advance
(`agent.safety.commands.wrapper_options`).
"""

import pytest

from tests.agent.safety.commands.conftest import Check, wrong_verdicts

WRAPPED = [
    "env -i -u X -- A=b ssh x",
    "/usr/bin/env ssh x",
    "./env2 ssh x",
    "sudo -u root ssh x",
    "xargs -n1 -I{} ssh {}",
    "xargs --replace ssh ls",
    "timeout -s KILL -k 3 5 ssh x",
    "nohup ssh x",
    "nice -n 5 ssh x",
    "time -p ssh x",
    "stdbuf -oL ssh x",
    "setsid ssh x",
    "command ssh x",
    "builtin ssh x",
    "exec ssh x",
    "coproc ssh x",
    "watch -n 5 'ssh x'",
    "eval 'ls; ssh x'",
    "trap 'ssh x' EXIT",
    "trap -- 'ssh x' EXIT",
    "bash -euo pipefail -c 'bash -c \"ssh x\"'",
    "bash -oO posix extglob -c 'ssh x'",
    "env timeout 5 nice sh -c 'xargs ssh'",
    "find . -name a -exec ls {} + -exec ssh {} +",
    "find . -execdir sh -c 'ssh x' \\;",
    "fd -x ssh",
    "flock /tmp/lock ssh x",
    "xvfb-run -a -s '-screen 0 800x600x24' ssh x",
]
IN_SANDBOX = [
    "parallel -j4 ssh ::: a b",
    "parallel ::: 'ssh a' 'ssh b'",
    "tmux -L x new-session -d -s dev 'ssh x'",
    "tmux send-keys -t dev 'ssh x' Enter",
    "xargs -I{} sh -c 'ssh {}'",
    "find . -name x -exec sh -c 'ssh {}' \\;",
    "timeout $LIMIT ssh x",
    'trap "ssh $HOST" EXIT',
    'bash -c "cd $DIR && ssh x"',
    "bash <<'EOF'\nls\nssh x\nEOF",
    "bash -s -- a <<EOF\nssh $X\nEOF",
    "ls && timeout 5 bash <<'EOF' 2>&1 | tail -5\nssh x\nEOF",
    "sh <<< 'ssh x'",
    "echo a | xargs eval 'ssh x'",
    "cat <<'EOF' | bash\nssh x\nEOF",
]
RULES = {
    "dynamic_command": {
        "a variable": "$CMD x",
        "a substitution": '"$(which ssh)" x',
        "part of a name": "ss$x",
        "a pattern": "ss? x",
        "a tilde": "~/x",
        "escapes": "$'ss\\x68' x",
        "a variable after a wrapper": "timeout 5 $CMD",
        "xargs into a shell": "xargs sh",
        "xargs into shell text": "xargs -I{} sh -c 'echo {}'",
        "xargs into a command's name": "echo ssh | xargs -I ls env sh -c ls",
        "xargs into the options of find": "echo '-exec ssh x ;' | xargs find .",
        "sh -c with a variable": 'sh -c "ls $X"',
        "eval with a variable": 'eval "$CMD"',
        "trap with a variable": 'trap "$CMD" EXIT',
        "trap with a variable as an argument": 'trap "kill $SERVER" EXIT',
        "a script in a variable": 'source "$SCRIPT"',
        "part of an option of find": "X=ec; find . -maxdepth 0 -ex$X ssh x \\;",
        "options of find in a variable": "find . $X",
        "options of find in braces": "find . -maxdepth 0 {-exec,ssh} x \\;",
        "find runs what it finds": "find . /usr/bin -name ssh -exec {} x \\;",
        "find makes shell text of what it finds": "find . -name 'x*' -exec sh -c 'echo {}' \\;",
        "find runs in the directories it finds": "find . -execdir ls \\;",
        "parallel reads what it runs": "parallel ls ::: a",
        "keys that are typed in a terminal": "tmux send-keys 'ssh x' Enter",
    },
    "wrapper": {
        "env splits a text into words": "env -S 'ssh x'",
        "env changes the directory": "env --chdir=.. ls",
        "an unknown option": "xargs --bogus ls",
        "an option of watch that changes what it runs": "watch -x sh -c 'X=1 ssh x'",
        "a start-up file": "bash --rcfile x -c ls",
        "an interactive shell": "bash -ic true",
    },
    "shell_stdin": {
        "a shell alone": "bash",
        "a shell in a pipeline": "echo x | bash -s",
        "a shell in a pipeline with an argument": "echo x | bash -s init.sh",
        "a shell with a here-document": "bash <<'EOF'\nls\nEOF",
        "a shell after a wrapper": "env bash",
        "a shell with a dash": "sh -",
        "nc with a program": "nc -zve sh host 80",
    },
    "syntax": {
        "let runs a subscript": "let 'a[$(ssh x)]=1'",
        "read runs a subscript": "read 'a[`ssh x`]'",
        "printf runs a subscript": "printf -v 'a[$(ssh x)]' x",
        "test runs a subscript": "test -v 'a[$(ssh x)]'",
        "wrappers without end": "env " * 300 + "ls",
    },
}  # fmt: skip


@pytest.mark.parametrize("sandboxed", [False, True])
def test_the_command_inside_a_wrapper_is_checked(check: Check, sandboxed: bool) -> None:
    for command in [*WRAPPED, *IN_SANDBOX] if sandboxed else WRAPPED:
        denial = check(command, "sudo", "coproc", "xvfb-run", sandboxed=sandboxed)
        assert denial is not None, command
        assert denial.reason.startswith("ssh is not among the allowed commands"), command


def test_a_wrapper_whose_command_is_not_known_is_denied(check: Check) -> None:
    assert wrong_verdicts(check, RULES, "nc", "tmux") == {}


def test_the_commands_of_find_are_checked_for_each_directory_that_it_searches(check: Check) -> None:
    assert check("find app -exec rm -rf {} +") is None
    assert check("find app ../victim -exec rm -rf {} +") is not None
    assert check("find -D tree ../victim -exec rm {} +") is not None
