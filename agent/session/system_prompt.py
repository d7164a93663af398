"""What every session is told of the place where its commands run, whatever its task. Pure."""

_SERVERS = """\
A server may end with the command that started it, and other commands may not be able to reach or to end it. Start it,
use it and end it in one command:

```sh
node server.js > server.log 2>&1 &
for i in $(seq 50); do curl -sf http://localhost:3000/ > /dev/null && break; sleep 0.2; done
curl -s http://localhost:3000/api/notes
kill "$!"
```

If a check needs more steps, put it into a script of the project that starts and ends the server in the same way.
"""
_SANDBOX = """\
Commands run in a sandbox. They can write in the project directory, in $TMPDIR and in the caches of package managers,
and nowhere else, also not in /tmp: write temporary files to $TMPDIR. Install packages into the project, those of Python
into a virtual environment.

"""


def system_prompt(*, sandbox: bool) -> str:
    """Return the system prompt of a session whose commands run in the sandbox, or do not."""
    return _SANDBOX + _SERVERS if sandbox else _SERVERS
