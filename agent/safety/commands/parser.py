"""Shell text into a syntax tree that can be trusted: whatever might mean something else to a shell is refused."""

import re
from itertools import pairwise

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from agent.safety.commands.denial import Refused

_PARSER = Parser(Language(tree_sitter_bash.language()))
_LONGEST = 256 * 1024
_DEEPEST = 150
_KNOWN = frozenset({
    "ansi_c_string", "arithmetic_expansion", "array", "binary_expression", "brace_expression", "c_style_for_statement",
    "case_item", "case_statement", "command", "command_name", "command_substitution", "comment", "compound_statement",
    "concatenation", "declaration_command", "do_group", "elif_clause", "else_clause", "expansion", "extglob_pattern",
    "file_descriptor", "file_redirect", "for_statement", "function_definition", "heredoc_body", "heredoc_content",
    "heredoc_end", "heredoc_redirect", "heredoc_start", "herestring_redirect", "if_statement", "list",
    "negated_command", "number", "parenthesized_expression", "pipeline", "postfix_expression", "process_substitution",
    "program", "raw_string", "redirected_statement", "regex", "simple_expansion", "special_variable_name", "string",
    "string_content", "subscript", "subshell", "ternary_expression", "test_command", "test_operator",
    "translated_string", "unary_expression", "unset_command", "variable_assignment", "variable_assignments",
    "variable_name", "while_statement", "word",
})  # fmt: skip
"""Every kind of node of tree-sitter-bash 0.25; one that a newer grammar adds is refused until somebody looked at it."""
_LITERAL = frozenset({"raw_string", "ansi_c_string", "comment", "heredoc_end", "heredoc_start"})
"""Leaves in which nothing is ever substituted."""
_SUBSTITUTION = re.compile(r"(?<!\\)(?:\\\\)*(?:`|\$\()")
_PROCESS = re.compile(r"[<>]\(")
_BLANK = re.compile(r"(?<!\\)(?:\\\\)*[ \t\n]")
"""tree-sitter-bash 0.25 takes some line ends around backslashes for part of a word, and what follows with them."""
_WITH_TEXT = frozenset(
    {"string", "translated_string", "heredoc_body", "heredoc_redirect", "expansion", "concatenation"}
)
"""Whose own text is not all in their children."""
_TRIVIA = re.compile(rb"(?:\\\n)*[ \t\n](?:[ \t\n]|\\\n)*")
_LONE_DASH = re.compile(rb"[ \t]+-[ \t]+")
"""As in `python3 - <<EOF`, which the parser drops."""
_UNREADABLE = re.compile(r"[\0\r\x01\x02]")
_SHOWN = {0x85: 1, 0xA0: 2}
_VARIABLE = re.compile(r"[A-Za-z_]\w*|[-*@#?$!0-9_]")
_ON_ONE_LINE = frozenset(
    {
        "command",
        "declaration_command",
        "unset_command",
        "file_redirect",
        "herestring_redirect",
        "simple_expansion",
        "variable_assignment",
        "concatenation",
        "compound_statement",
        "test_command",
    }
)
ACTED_UPON = frozenset({
    "BASH_ENV", "PS4", "PROMPT_COMMAND", "CDPATH", "BASH_CMDS", "BASH_ALIASES", "SHELLOPTS", "BASHOPTS",
})  # fmt: skip
"""Variables that the shell runs, or looks commands and folders up by."""
_EVALUATED = frozenset({
    "variable_assignment", "test_command", "subscript", "expansion", "arithmetic_expansion", "c_style_for_statement",
    "declaration_command", "unset_command",
})  # fmt: skip
"""In these the shell may run a substitution although it is quoted: at once, or where the variable is used."""
_ONLY_BASH = frozenset({
    "ansi_c_string", "array", "c_style_for_statement", "extglob_pattern", "herestring_redirect", "process_substitution",
    "translated_string", "&>", "&>>", "|&", "((", "[[", "function", "<<<",
})  # fmt: skip
"""What a plain POSIX shell reads as something else."""
_MAY_TOUCH = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect", "subscript"})
_MULTILINE = frozenset({"string_content", "heredoc_body", "heredoc_content"})
_BEFORE_COMMENT = b" \t\n;&|()"
_HINT = "write it plainer, or put it into a script of the project"


def parse(text: str) -> Node:
    """The tree of a piece of shell. Raises Refused when it cannot be parsed, or not be trusted."""
    if _UNREADABLE.search(text):
        raise Refused("syntax", f"it has a control character in it that shells read in their own ways; {_HINT}")
    source = _shown(text)
    if len(source) > _LONGEST:
        raise Refused("syntax", f"it is longer than {_LONGEST // 1024} KiB; use the Write tool for long texts")
    root = _PARSER.parse(source).root_node
    if root.has_error:
        raise Refused("syntax", f"it cannot be parsed as shell; {_HINT}")
    _inspect(root, source)
    return root


def source_of(node: Node, end: int | None = None) -> str:
    """The text of a node, or of its first bytes up to `end`."""
    shown = (node.text or b"")[:end].decode("utf-8")
    return shown.translate({value: key for key, value in _SHOWN.items()}).encode("latin-1").decode("utf-8", "replace")


def _shown(text: str) -> bytes:
    """What the parser gets to see: a character for each byte, as to a shell. Its scanner asks the C library whether a
    character is a letter, which is undefined, and at times deadly, above 255. Bytes that would be blanks are others.
    """
    return text.encode("utf-8", "surrogatepass").decode("latin-1").translate(_SHOWN).encode("utf-8")


def _inspect(root: Node, source: bytes) -> None:
    """Look at every node once, without recursion: the tree may be deep."""
    waiting = [(root, 0, False, False)]
    while waiting:
        node, depth, quoted, evaluated = waiting.pop()
        if depth > _DEEPEST:
            raise Refused("syntax", f"it is nested too deeply to be checked; {_HINT}")
        if node.is_named and (node.type not in _KNOWN or node.is_missing):
            raise Refused("syntax", f"it has a part of an unknown kind ({node.type}); {_HINT}", source_of(node))
        if node.children and node.type not in _WITH_TEXT:
            _inspect_trivia(node, source)
        if node.type in _ON_ONE_LINE:
            _inspect_gaps(node, source)
        quoted = quoted or (node.type == "heredoc_body" and _is_quoted(node))
        if node.type == "command_substitution":
            _inspect_backticks(node)
        elif node.type == "comment":
            _inspect_comment(node, source)
        elif not node.children and node.is_named and not quoted and node.type not in _LITERAL:
            _inspect_leaf(node)
        evaluated = (evaluated or node.type in _EVALUATED) and node.type != "command_substitution"
        if evaluated and not node.children:
            _inspect_evaluated(node)
        waiting += [(child, depth + 1, quoted, evaluated) for child in node.children]


def require_posix(root: Node) -> None:
    """Raise Refused when `sh` may read the text in another way than bash, as which it was parsed."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in _ONLY_BASH:
            raise Refused(
                "syntax", "sh reads this in another way than bash; use bash, or plainer words", source_of(node)
            )
        waiting += node.children


def _inspect_evaluated(node: Node) -> None:
    """A substitution that is only text here may be run all the same."""
    text = source_of(node)
    if node.type == "variable_name":
        outer = node.parent
        if text in ACTED_UPON and outer is not None and outer.type not in {"simple_expansion", "expansion"}:
            raise Refused("syntax", f"{text} changes what the shell does, and may not be set", text)
    elif node.type != "comment" and ("$(" in text or "`" in text) and node.type not in {"$(", "`", "$(("}:
        raise Refused("syntax", f"the shell may run what is in {text}; leave the substitution out", text)
    elif node.type == "ansi_c_string" and "\\" in text:
        raise Refused("syntax", f"what {text} stands for is not looked into; write it plainer", text)


def _inspect_leaf(node: Node) -> None:
    """The parser takes some substitutions, and some line ends, for plain text."""
    text = source_of(node)
    if node.type not in _MULTILINE and _BLANK.search(text):
        raise Refused("syntax", f"it has a line end where the parser and a shell may differ; {_HINT}", text)
    if node.type == "variable_name" and not _VARIABLE.fullmatch(text):
        raise Refused("syntax", f"{text} is no name of a variable; {_HINT}", text)
    if _SUBSTITUTION.search(text) or (node.type in {"word", "regex"} and _PROCESS.search(text)):
        raise Refused("syntax", f"it has a substitution in it that cannot be checked; {_HINT}", text)


def _inspect_trivia(node: Node, source: bytes) -> None:
    """Between the parts of a node is nothing but white space; the parser skips escaped blanks there as well, which
    to a shell are part of a word."""
    ends = [0 if node.parent is None else node.start_byte, *(child.end_byte for child in node.children)]
    starts = [*(child.start_byte for child in node.children), len(source) if node.parent is None else node.end_byte]
    for at, (end, start) in enumerate(zip(ends, starts, strict=True)):
        gap = source[end:start]
        before_heredoc = at < len(node.children) and node.children[at].type == "heredoc_redirect"
        if gap and not _TRIVIA.fullmatch(gap) and not (before_heredoc and _LONE_DASH.fullmatch(gap)):
            raise Refused("syntax", f"it has something between its words that a shell may read differently; {_HINT}")


def _inspect_gaps(node: Node, source: bytes) -> None:
    """Words are apart by blanks; the parser also joins what a line end separates, and parts what touches."""
    for left, right in pairwise(node.children):
        gap = source[left.end_byte : right.start_byte]
        match node.type:
            case "simple_expansion" | "variable_assignment" | "concatenation":
                good = not gap
            case "compound_statement":
                good = bool(gap) or left.type != "{"
            case "command":
                touching = not gap and left.type not in _MAY_TOUCH and right.type not in _MAY_TOUCH
                good = not touching and b"\n" not in gap.replace(b"\\\n", b"")
            case "test_command":
                good = left.type == "[[" or (bool(gap) and b"\n" not in gap.replace(b"\\\n", b""))
            case "file_redirect":
                one = len(node.children_by_field_name("destination")) <= 1
                good = one and b"\n" not in gap.replace(b"\\\n", b"")
            case _:
                good = b"\n" not in gap.replace(b"\\\n", b"")
        if not good:
            raise Refused("syntax", f"its words cannot be told apart with certainty; {_HINT}", source_of(node))


def _inspect_backticks(node: Node) -> None:
    """Backslashes in backticks are undone once more before the shell reads them, which the parser does not do."""
    text = source_of(node)
    if text.startswith("`") and "\\" in text:
        raise Refused("syntax", "it has backslashes in backticks; use $(...) instead", text)


def _inspect_comment(node: Node, source: bytes) -> None:
    """A comment begins where a word could; the parser sees some in the middle of words."""
    before = source[: node.start_byte]
    if before and (before[-1:] not in _BEFORE_COMMENT or before[-2:-1] == b"\\"):
        raise Refused("syntax", f"it has a # that may or may not begin a comment; {_HINT}", source_of(node))


def _is_quoted(body: Node) -> bool:
    """Whether a here-document's delimiter was quoted, so that its text is taken as it is."""
    redirect = body.parent
    start = next((child for child in redirect.children if child.type == "heredoc_start"), None) if redirect else None
    return start is not None and any(char in source_of(start) for char in "'\"\\")
