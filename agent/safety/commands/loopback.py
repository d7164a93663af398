"""Programs that may ask this machine and no other: a web feature is verified by asking the server that runs here."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from agent.safety.commands.known import Known, with_values
from agent.safety.commands.words import Word
from agent.safety.commands.wrappers import Words

LOOPBACK_ONLY = frozenset({"curl", "wget", "nc"})
"""Not on the allowlist; each may run when it is seen to stay on this machine."""

_BYTE = r"(25[0-5]|2[0-4]\d|1?\d{1,2})"
_HOST = rf"(localhost|127(\.{_BYTE}){{3}}|0\.0\.0\.0|\[::1\])"
_URL = re.compile(rf"(?i)(https?://)?{_HOST}(:\d+)?([/?#].*)?", re.DOTALL)
_BEGINNING = re.compile(rf"(?i)(https?://)?{_HOST}(:\d+)?[/?#]")
"""From here on nothing changes the host any more, whatever a variable adds."""
_NC_HOST = re.compile(rf"localhost|127(\.{_BYTE}){{3}}|::1")
_SEVERAL = re.compile(r"\$[@*]|[@*]\]|\$\{[!@*]|@\}")
"""Even in quotes these may become several words."""
_FORMATS = frozenset({"-w", "--write-out"})
_WRITES = re.compile(r"%output|^@")
"""In a format: what writes to a file, and what has the format come from one."""
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_TEMPLATE = re.compile(r"#\d")
"""In the name of a file: a part of the address, which may lead anywhere."""
_LEADS_AWAY = re.compile(
    r"(?i:_proxy)\b|CURL_HOME|WGETRC|XDG_CONFIG_HOME|(?<![\w${])HOME\b|SSLKEYLOGFILE|HOSTALIASES"
    r"|\b(?:declare|typeset|local)\s(?:[^\n;|&]*\s)?-\w*n"
)
"""Variables that send requests elsewhere, or name a file that may, or one that is written; and names for other names,
which may become several words even in quotes.
"""
_QUOTING = re.compile(r"[\"'\\]")


class _Options(NamedTuple):
    """What of a program's options is understood: those that stand alone, those with a value, and those whose value is
    a file to be written."""

    flags: frozenset[str]
    values: frozenset[str]
    files: frozenset[str]


def _options(flags: str, values: str, files: str) -> _Options:
    return _Options(*(frozenset(names.split()) for names in (flags, values, files)))


_CURL = _options(
    "-s -S -f -i -I -v -k -g -G -L -N -# -0 -4 -6 --silent --show-error --fail --fail-with-body --include --head "
    "--verbose --insecure --globoff --get --location --no-buffer --progress-bar --compressed --http1.1 --http2 "
    "--ipv4 --ipv6 --retry-connrefused --retry-all-errors --no-progress-meter",
    "-X -H -d -F -A -b -e -m -r -u -w --request --header --data --data-raw --data-binary --data-ascii "
    "--data-urlencode --json --form --user-agent --cookie --referer --max-time --range --user --write-out "
    "--connect-timeout --noproxy --retry --retry-delay --retry-max-time --max-redirs",
    "-o -c -D --output --cookie-jar --dump-header",
)
_WGET = _options(
    "-q -S -d -v -4 -6 -nv --quiet --server-response --spider --verbose --no-verbose --no-check-certificate",
    "-T -t --timeout --tries --header --post-data --method --body-data --user-agent",
    "-O --output-document",
)
_NC = _options("-z -v -n -4 -6", "-w", "")


class _Parsed(NamedTuple):
    flags: list[str]
    files: list[Word]
    operands: list[Word]


def leads_away(text: str) -> bool:
    """Whether a piece of shell sets, or may set, what makes even a request to this machine go elsewhere."""
    return bool(_LEADS_AWAY.search(_QUOTING.sub("", text)))


def stays_here(name: str, args: Words, known: Known) -> list[Word] | None:
    """The files that a program of LOOPBACK_ONLY writes when it asks nobody but this machine; None when it may reach
    another, or when that cannot be seen. A redirect is the answer of the project's own server, and may be followed.
    """
    options = {"curl": _CURL, "wget": _WGET, "nc": _NC}[name]
    parsed = _parsed([with_values(word, known) for word in args], options, known)
    if parsed is None or not parsed.operands:
        return None
    if name == "nc":
        host, *ports = [word.plain or "" for word in parsed.operands]
        good = "-z" in parsed.flags and _NC_HOST.fullmatch(host) and all(port.isdecimal() for port in ports)
        return [] if good else None
    if not all(map(_is_here, parsed.operands)):
        return None
    if name == "wget" and not parsed.files and "--spider" not in parsed.flags:
        return None  # it would write a file that the server names
    return [word for word in parsed.files if word.plain != "-"]


def _is_here(word: Word) -> bool:
    """Whether it is a web address of this machine. A pattern in it changes nothing before its first slash."""
    if word.text is not None:
        return bool(_URL.fullmatch(word.text)) and ("{" not in word.text or bool(_BEGINNING.match(word.text)))
    return _is_one(word) and bool(_BEGINNING.match(word.prefix))


def _is_one(word: Word) -> bool:
    """Whether the shell makes exactly one word of it."""
    if word.text is not None:
        return not word.pattern
    source = word.source
    return source.startswith('"') and source.endswith('"') and not _SEVERAL.search(source)


def _parsed(args: Words, options: _Options, known: Known) -> _Parsed | None:
    """The arguments, told apart; None when one is not understood."""
    found = _Parsed([], [], [])
    rest = iter(args)
    for word in rest:
        text = word.text if word.text is not None else word.prefix
        if not text.startswith("-") or text == "-":
            if not text:
                return None  # it may turn out to be an option
            found.operands.append(word)
        elif word.plain is None or not all(_take(part, rest, options, found, known) for part in _split(text, options)):
            return None
    return found


def _split(text: str, options: _Options) -> Iterator[tuple[str, str | None]]:
    """`-sSo/x` as `-s`, `-S` and `-o` with its value; `--output=x` as `--output` with its value."""
    if text.startswith("--") or text in options.flags:
        name, equals, value = text.partition("=")
        yield name, value if equals else None
        return
    for at, letter in enumerate(text[1:], 2):
        name = f"-{letter}"
        if name not in options.flags:
            yield name, text[at:] or None
            return
        yield name, None


def _take(part: tuple[str, str | None], rest: Iterator[Word], options: _Options, found: _Parsed, known: Known) -> bool:
    """Note one option, with its value if it has one. Returns whether it is understood."""
    name, value = part
    if name in options.flags and value is None:
        found.flags.append(name)
        return True
    if name not in options.values | options.files:
        return False
    word = Word(value, value, value) if value is not None else next(rest, None)
    if word is None or not _is_one(word) or "@P" in word.source:
        return False
    if (name in _FORMATS and not _is_format(word, known)) or (name in options.files and _TEMPLATE.search(word.source)):
        return False
    if name in options.files:
        found.files.append(word)
    return True


def _is_format(word: Word, known: Known) -> bool:
    """Whether it is a format that only prints. Variables of which something is known hold no format."""
    text = word.text if word.text is not None else word.source.strip('"')
    text = _VARIABLE.sub(lambda found: "-" if (found[1] or found[2]) in known else found[0], text)
    return not _WRITES.search(text) and (word.text is not None or ("$" not in text and "`" not in text))
