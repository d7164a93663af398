"""Tests the denials that no allowlist lifts, and which paths lie in the project (`agent.safety.commands.paths`).

That `find` spares what it must (`agent.safety.commands.find_tests`) is tested with the sandbox in test_confinement.py.
"""

import pytest

from tests.agent.safety.commands.conftest import Check, wrong_verdicts

RULES = {
    "rm": {
        "the root": "rm -rf /",
        "everything at the root": "rm -rf /*",
        "the home directory": "rm -rf ~/x",
        "a variable": "rm -rf $DIR",
        "a variable and more": 'rm -rf "$DIR"/*',
        "a substitution": 'rm -rf "$(pwd)"',
        "the project": "rm -rf ./",
        "everything in the project": "rm -rf ./*",
        "the directory above": "rm -rf app/../..",
        "a path elsewhere": "rm /etc/passwd",
        "an option that looks like the end of options": "rm -rf -- /",
        "through a link": "rm outside/x",
        "through a link and back": "rm -rf deep/../../vfile",
        "through a link that a pattern matches": "rm -rf o*/v",
        "hidden names, which may be `..`": "rm -rf .?/vfile",
        "braces with paths": "rm -rf {/,x}",
        "a link of another name": "./rm2 -rf ../victim",
        "rm by its path": "/bin/rm -rf /",
        "rmdir": "rmdir /",
        "unlink": "unlink /etc/passwd",
        "shred": "shred -u /etc/passwd",
        "xargs": "ls | xargs rm -rf",
        "all directories for temporary files": "rm -rf /tmp",
        "find elsewhere": "find .. -name x -delete",
        "find with options elsewhere": "find -O3 -D tree ../victim -delete",
        "find in a variable": "find $X -delete",
        "find that deletes the project": "find . -type f -delete",
        "find by any name": "find . -name '*' -delete",
    },
    "outside_project": {
        "output elsewhere": "echo x > /etc/passwd",
        "output appended elsewhere": "echo x >> ~/.bashrc",
        "output of both kinds elsewhere": "echo x &> /etc/x",
        "output forced elsewhere": "echo x >| /etc/x",
        "a here-document elsewhere": "cat <<EOF > /etc/x\nEOF",
        "an empty file elsewhere": "> /etc/x",
        "output above the project": "echo x > ../x",
        "output through a link": "echo x > outside/x",
        "output through a link beyond ASCII": 'echo x > "été"/x',
        "output to a variable": "echo x > $F",
        "output below a variable": 'echo x > "$HOME/.profile"',
        "output after a cd": "cd .. && echo x > y",
        "a script elsewhere": "bash /etc/profile",
        "a sourced script elsewhere": "source ../x.sh",
        "a program of an unknown directory": 'cd "$X" && ./tool',
    },
    "chmod": {
        "a number": "chmod 755 init.sh",
        "a set-user bit": "chmod +xs x",
        "another permission": "chmod +w x",
        "taking it away": "chmod -x x",
        "an assignment": "chmod a=rwx x",
        "a variable": "chmod $M x",
        "options in a variable": "X='-w,u+s'; chmod +x $X init.sh",
        "options after the mode": "chmod +x --reference=init.sh tool",
        "options in braces": "chmod +x {-w,u+s} init.sh",
        "nothing": "chmod",
        "chown": "chown root x",
        "chgrp": "chgrp root x",
    },
    "kill": {
        "a process id": "kill 4242",
        "init": "kill -9 1",
        "everything": "kill -9 -1",
        "the own group": "kill 0",
        "a group": "kill -- -4242",
        "a variable": 'kill "$PID"',
        "a substitution": "kill $(cat server.pid)",
        "a job id that the shell may split": "IFS=3; kill $!",
        "jobs, which may be a function": "jobs() { echo 1; }; kill $(jobs -p)",
        "a job and another process": "kill %1 4242",
        "what xargs adds": "ls | xargs kill",
        "two signals": "kill -0 -s 9 1",
        "a process to ask for that may be options": 'kill -0 "$@"',
        "a name": "pkill node",
        "a name in killall": "killall node",
    },
    "agent_folder": {
        "reading it": "cat .agent/lock",
        "writing into it": "echo x > .agent/allow.toml",
        "removing it": "rm -rf .agent",
        "by an option": "dd of=.agent/x",
        "by another way": "sed -i s/a/b/ app/../.agent/allow.toml",
        "by a pattern": "mv .age* y",
    },
    "hash": {"another program for a name": "hash -p /usr/bin/ssh ls"},
    "syntax": {
        "a variable that the shell runs, by env": "env BASH_ENV=./x bash -c true",
        "a directory list for cd": "export CDPATH=..",
        "aliases": "shopt -s expand_aliases",
        "hidden names in patterns": "shopt -u globskipdots; rm -rf .?/vfile",
    },
}


def test_a_rule_denies_whatever_the_list_says(check: Check) -> None:
    assert wrong_verdicts(check, RULES, "dd", "shred") == {}


@pytest.mark.parametrize(
    "command", ["kill $PID", "killall node", "trap 'pkill node' EXIT"], ids=["kill", "killall", "in a trap"]
)
def test_a_denied_kill_says_what_would_pass(check: Check, command: str) -> None:
    denial = check(command)
    assert denial is not None
    assert '`kill %1` or `kill "$!"`' in denial.reason


def test_files_in_a_directory_for_temporary_files_may_be_written_and_removed(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/var/some/tmp")
    assert check("echo x > /var/some/tmp/x && rm -rf /var/some/tmp/x /var/some/tmp/x/*.log") is None
    assert check("rm -rf /var/some/tmp") is not None
    assert check("rm -rf /var/some/tmp/../x") is not None
