"""Variables whose values are certain beforehand: set at the top of a piece of shell, to plain text or to `$!`, and by
nothing else in it. `node server.js & PID=$!; ...; kill $PID` is how a server is started, used and ended.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from tree_sitter import Node

from agent.guard.syntax import source_of
from agent.guard.words import Word, word_of

OWN_JOB = "$!"
"""The value of a variable that holds the number of a process that the same text started in the background."""

_JOBS = frozenset({OWN_JOB, f'"{OWN_JOB}"', "${!}", '"${!}"'})
_SETTERS = frozenset({
    "read", "getopts", "let", "eval", "mapfile", "readarray", "coproc", "unset", "typeset", "declare",
    "local", "readonly", "export",
})  # fmt: skip
"""What sets variables whose names are words; the last five as far as the parser takes them for plain commands."""
_IN_THIS_SHELL = frozenset({"builtin", "command", "time", "-p", "--"})
_STRAIGHT = frozenset({"program", "declaration_command", "variable_assignments", "list"})
_NAME = re.compile(r"[A-Za-z_]\w*")
_SETTING = re.compile(
    r"(?<![\w$])(?<!\$\{)([A-Za-z_]\w*)(?=\s*(?:[-+*/%&|^<>]{0,2}=(?!=)|\+\+|--|\[))|(?:\+\+|--)\s*(\w+)"
)
"""What sets a variable wherever the shell evaluates it, be it in a string: of an arithmetic expression, or a trap."""
_QUOTING = re.compile(r"[\"'\\]")
_SAFE_VALUE = re.compile(r"[\w./:%-]+")
_REFERENCE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_TRAP = re.compile(r"(?:[^$`\\\"]|\$!)+")
_SIMPLE = re.compile(r"[\w./:?=&%,+~#@${}-]+")

Known = Mapping[str, str]


def known_in(root: Node, outside: str) -> Known:
    """The variables of a text with their values. A name that `outside`, the text around it, mentions is not certain,
    as it may come from there.
    """
    values: dict[str, list[str]] = {}
    certain: set[str] = set()
    spoilt = set(_NAME.findall(outside))
    for node in _all(root):
        if node.type == "variable_assignment":
            name, value = _assigned(node)
            values.setdefault(name, []).append(value)
            if _is_certain(node):
                certain.add(name)
        elif _sets_anything(node):
            return {}
        else:
            spoilt |= _spoilt_by(node)
    settings = Counter(first or second for first, second in _SETTING.findall(_QUOTING.sub("", source_of(root))))
    return {
        name: found[0]
        for name, found in values.items()
        if name in certain - spoilt and found[0] and set(found) == {found[0]} and settings[name] == len(found)
    }


def with_values(word: Word, known: Known) -> Word:
    """The word with the values of the variables in it, as far as they are known."""
    source = word.source
    if source.startswith('"') and source.endswith('"'):
        source = source[1:-1]
    if word.text is not None or not _SIMPLE.fullmatch(source):
        return word
    if (whole := _REFERENCE.fullmatch(source)) and known.get(whole[1] or whole[2]) == OWN_JOB:
        return Word(OWN_JOB, None, "")
    text = _REFERENCE.sub(lambda found: known.get(found[1] or found[2], found[0]), source)
    prefix, more, _ = text.partition("$")
    return Word(word.source, None if more else prefix, prefix, word.source == source and "{" in prefix)


def as_trap(word: Word, known: Known) -> Word:
    """A trap in double quotes, which may name jobs: `trap "kill $PID" EXIT` is fixed when it is set."""
    text = word.source[1:-1]
    jobs = {name for name, value in known.items() if value == OWN_JOB}
    named = _REFERENCE.sub(lambda found: OWN_JOB if (found[1] or found[2]) in jobs else found[0], text)
    if word.text is None and word.source.startswith('"') and _TRAP.fullmatch(named):
        return Word(word.source, named, named)
    return word


def _all(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children


def _assigned(node: Node) -> tuple[str, str]:
    """The name and the value of an assignment; an empty value stands for one that is not known."""
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    found = source_of(name or node)
    if (
        name is None
        or name.type != "variable_name"
        or value is None
        or any(child.type == "+=" for child in node.children)
    ):
        return found.partition("[")[0], ""
    if source_of(value) in _JOBS:
        return found, OWN_JOB
    text = word_of(value).plain or ""
    return found, text if _SAFE_VALUE.fullmatch(text) else ""


def _is_certain(node: Node) -> bool:
    """Whether an assignment happens in the shell itself, and in any case."""
    while (outer := node.parent) is not None:
        last = outer.type == "list" and outer.children[0] != node
        after = node.next_sibling
        if outer.type not in _STRAIGHT or last or (after is not None and after.type == "&"):
            return False
        node = outer
    return True


def _sets_anything(node: Node) -> bool:
    """Whether a command may set variables that the tree does not name."""
    if node.type == "declaration_command":
        return any(
            child.is_named and child.type not in {"variable_assignment", "variable_name"} for child in node.children
        )
    if node.type != "command":
        return False
    words = [word_of(child.children[0] if child.type == "command_name" else child) for child in node.named_children]
    texts = [word.text if word.text is not None else word.prefix for word in words]
    if any(text in _SETTERS for text in texts):
        return True
    while texts[:1] and texts[0] in _IN_THIS_SHELL:
        texts = texts[1:]
    if texts[:1] and texts[0] in {"source", "."}:
        return len(texts) != 2 or not texts[1].endswith("bin/activate")  # noqa: PLR2004 - what it is, and its script
    return ("printf" in texts and any(text.startswith("-v") for text in texts)) or (
        "wait" in texts and any(text.startswith("-") and "p" in text for text in texts)
    )


def _spoilt_by(node: Node) -> set[str]:
    """The name of a variable that may change here."""
    outer = node.parent
    if node.type != "variable_name" or outer is None or outer.type in {"simple_expansion", "variable_assignment"}:
        return set()
    plain = outer.type == "expansion" and len(outer.children) == 3  # noqa: PLR2004 - `${`, the name, `}`
    return set() if plain else {source_of(node)}
