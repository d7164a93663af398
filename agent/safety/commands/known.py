"""Variables whose values are certain beforehand: set at the top of a piece of shell, to plain text or to `$!`, and by
nothing else in it. `node server.js & PID=$!; ...; kill $PID` is how a server is started, used and ended.
"""

import re
from collections import Counter
from collections.abc import Mapping

from tree_sitter import Node

from agent.safety.commands.evaluated import SETTERS, evaluates_unknown, nodes_of, words_below
from agent.safety.commands.parser import source_of
from agent.safety.commands.words import Word, word_of

OWN_JOB = "$!"
"""The value of a variable that holds the number of a process that the same text started in the background."""
OWN_GROUP = "-$!"
"""The same of its process group, for what was started with `setsid`."""
ANYTHING = "*"
"""Among the names of variables that may change, all of them."""
_SOME_PATH, _SOME_WORD = "/$", "$"
"""The values of variables of which less is known: a word without blanks, which begins with a slash or does not."""

_JOBS = frozenset({OWN_JOB, f'"{OWN_JOB}"', "${!}", '"${!}"'})
_STRAIGHT = frozenset({"program", "declaration_command", "variable_assignments", "list"})
_NAME = re.compile(r"[A-Za-z_]\w*")
_SETTING = re.compile(
    r"(?<![\w$])(?<!\$\{)([A-Za-z_]\w*)(?=\s*(?:[-+*/%&|^<>]{0,2}=(?!=)|\+\+|--|\[))|(?:\+\+|--)\s*(\w+)"
)
"""What sets a variable wherever the shell evaluates it, be it in a string: of an arithmetic expression, or a trap."""
_QUOTING = re.compile(r"[\"'\\]")
_SAFE_VALUE = re.compile(r"[\w./:%-]+")
_REFERENCE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_PLAIN = re.compile(r"[\w./?=&-]+")
_TRAP = re.compile(r"(?:[^$`\\\"]|\$!)+")
_SIMPLE = re.compile(r"[\w./:?=&%,+~#@${}-]+")
_GROUP = re.compile(r"-(?:\$(\w+)|\$\{(\w+)\})")

Known = Mapping[str, str]


def known_in(root: Node, outside: str) -> Known:
    """The variables of a text with their values. A name that `outside`, the text around it, mentions is not certain,
    as it may come from there.
    """
    values: dict[str, list[str | None]] = {}
    certain, spoilt = set[str](), set(_NAME.findall(outside))
    looped: dict[str, str] = {}
    unchanged = Counter[str]()
    if evaluates_unknown(root):
        return {}
    for node in nodes_of(root):
        if node.type == "variable_assignment":
            name, value = _assigned(node)
            if value == f"${name}":
                unchanged[name] += 1  # as in `PORT=$PORT node server.js`
                continue
            values.setdefault(name, []).append(value)
            if _is_certain(node):
                certain.add(name)
        elif _sets_anything(node):
            return {}
        elif node.type == "for_statement" and (words := _looped(node)):
            name = source_of(node.children[1])
            spoilt |= {name} & looped.keys()
            looped[name] = words
        else:
            spoilt |= _spoilt_by(node)
    settings = Counter(first or second for first, second in _SETTING.findall(_QUOTING.sub("", source_of(root))))
    known = {
        name: value
        for name, found in values.items()
        if name in certain - spoilt - looped.keys()
        and (value := _only(found)) is not None
        and settings[name] == len(found) + unchanged[name]
    }
    loops = looped.keys() - spoilt - values.keys()
    return known | {name: looped[name] for name in loops if not settings[name]}


def changed_by(root: Node) -> set[str]:
    """The variables that may be others once a text has run in the same shell."""
    if evaluates_unknown(root) or any(map(_sets_anything, nodes_of(root))):
        return {ANYTHING}
    names = {name for setting in _SETTING.findall(_QUOTING.sub("", source_of(root))) for name in setting}
    for node in nodes_of(root):
        names |= {source_of(node.children[1])} if node.type == "for_statement" else _spoilt_by(node)
    return names


def names_in(word: Word, known: Known) -> set[str]:
    """The known variables that a word mentions."""
    return known.keys() & set(_NAME.findall(word.source))


def with_values(word: Word, known: Known) -> Word:
    """The word with the values of the variables in it, as far as they are known."""
    source = word.source
    if source.startswith('"') and source.endswith('"'):
        source = source[1:-1]
    if word.text is not None or not _SIMPLE.fullmatch(source):
        return word
    if (whole := _REFERENCE.fullmatch(source)) and known.get(whole[1] or whole[2]) == OWN_JOB:
        return Word(OWN_JOB, None, "")
    if (group := _GROUP.fullmatch(source)) and known.get(group[1] or group[2]) == OWN_JOB:
        return Word(OWN_GROUP, None, "-")
    text = _REFERENCE.sub(lambda found: known.get(found[1] or found[2], found[0]), source)
    prefix, dollar, _ = text.partition("$")
    return Word(word.source, None if dollar else prefix, prefix, word.source == source and "{" in prefix)


def as_trap(word: Word, known: Known) -> Word:
    """A trap in double quotes, which may name jobs: `trap "kill $PID" EXIT` is fixed when it is set."""
    text = word.source[1:-1]
    jobs = {name for name, value in known.items() if value == OWN_JOB}
    named = _REFERENCE.sub(lambda found: OWN_JOB if (found[1] or found[2]) in jobs else found[0], text)
    if word.text is None and word.source.startswith('"') and _TRAP.fullmatch(named):
        return Word(word.source, named, named)
    return word


def _only(values: list[str | None]) -> str | None:
    """The one value of all assignments. A number of a job may be preceded by an empty one: `PID=`."""
    filled = {value for value in values if value != ""}
    return filled.pop() if len(filled) == 1 and ("" not in values or filled == {OWN_JOB}) else None


def _assigned(node: Node) -> tuple[str, str | None]:
    """The name and the value of an assignment: None for one that is not known, `$NAME` for that of NAME itself."""
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    found = source_of(name or node)
    if name is None or name.type != "variable_name" or any(child.type == "+=" for child in node.children):
        return found.partition("[")[0], None
    source = "" if value is None else source_of(value)
    if source in _JOBS:
        return found, OWN_JOB
    if source in {f"${found}", f'"${found}"', f"${{{found}}}", f'"${{{found}}}"'}:
        return found, f"${found}"
    text = "" if value is None else word_of(value).plain
    return found, text if text is not None and (text == "" or _SAFE_VALUE.fullmatch(text)) else None


def _looped(loop: Node) -> str:
    """What is known of the variable of a `for`: `_SOME_PATH`, `_SOME_WORD`, or nothing."""
    words = [word_of(child) for child in loop.children[3:] if child.is_named and child.type != "do_group"]
    if not words or not all(_PLAIN.fullmatch(word.plain or "") for word in words):
        return ""
    return _SOME_PATH if all((word.plain or "").startswith("/") for word in words) else _SOME_WORD


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
    words = words_below(node)
    texts = [word.text for word in words]
    if setters := SETTERS & {*texts}:
        return setters != {"read"} or any(text is None or "[" in text for text in texts)
    if "printf" in texts and _may_be_option(words[texts.index("printf") + 1 :]):
        return True
    return "wait" in texts and any(word.prefix.startswith("-") and "p" in word.prefix for word in words)


def _may_be_option(words: list[Word]) -> bool:
    """Whether the first word of `printf`, the format, may be `-v` instead."""
    if not words:
        return False
    prefix = words[0].prefix
    return prefix.startswith("-v") or (words[0].text is None and (not prefix or prefix.startswith("-")))


def _spoilt_by(node: Node) -> set[str]:
    """The names of variables that may change here."""
    if node.type == "command":
        texts = [word.text for word in words_below(node)]
        return {text for text in texts if text} if "read" in texts else set()
    outer = node.parent
    if node.type != "variable_name" or outer is None or outer.type in {"simple_expansion", "variable_assignment"}:
        return set()
    if outer.type == "for_statement" and _looped(outer):
        return set()
    plain = outer.type == "expansion" and len(outer.children) == 3  # noqa: PLR2004 - `${`, the name, `}`
    return set() if plain else {source_of(node)}
