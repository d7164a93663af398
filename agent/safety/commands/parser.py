"""Shell text to a syntax tree. Without the sandbox, text that a shell may read in another way is denied."""

import re
from collections.abc import Iterator
from itertools import pairwise

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from agent.safety.commands.denial import Confinement, Denied

_PARSER = Parser(Language(tree_sitter_bash.language()))
_MAX_BYTES = 256 * 1024
_MAX_DEPTH = 150
_NODE_TYPES = frozenset({
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
"""Every node type of tree-sitter-bash 0.25. A type that a newer grammar adds is denied until it has been reviewed."""
_LITERAL = frozenset({"raw_string", "ansi_c_string", "comment", "heredoc_end", "heredoc_start"})
"""Leaves in which the shell substitutes nothing."""
_SUBSTITUTION = re.compile(r"(?<!\\)(?:\\\\)*(?:`|\$\()")
_PROCESS_SUBSTITUTION = re.compile(r"[<>]\(")
_BLANK = re.compile(r"(?<!\\)(?:\\\\)*[ \t\n]")
"""tree-sitter-bash 0.25 takes some line ends around backslashes, and the text after them, for part of a word."""
_HAS_OWN_TEXT = frozenset(
    {"string", "translated_string", "heredoc_body", "heredoc_redirect", "expansion", "concatenation"}
)
"""Nodes with text that belongs to none of their children."""
_TRIVIA = re.compile(rb"(?:\\\n)*[ \t\n](?:[ \t\n]|\\\n)*")
_LONE_DASH = re.compile(rb"[ \t]+-[ \t]+")
"""A lone dash, which the parser drops, as in `python3 - <<EOF`."""
_UNREADABLE = re.compile(r"[\0\r\x01\x02]")
_REPLACED = {0x85: 1, 0xA0: 2}
"""Bytes that the parser takes for blanks, with the control characters that stand in for them."""
_VARIABLE = re.compile(r"[A-Za-z_]\w*|[-*@#?$!0-9_]")
_ON_ONE_LINE = frozenset({
    "command", "declaration_command", "unset_command", "file_redirect", "herestring_redirect", "simple_expansion",
    "variable_assignment", "concatenation", "compound_statement", "test_command",
})  # fmt: skip
SPECIAL_VARIABLES = frozenset({
    "BASH_ENV", "PS4", "PROMPT_COMMAND", "CDPATH", "BASH_CMDS", "BASH_ALIASES", "SHELLOPTS", "BASHOPTS",
})  # fmt: skip
"""Variables whose value the shell runs, or uses to look up commands and directories."""
_EVALUATED = frozenset({
    "variable_assignment", "test_command", "subscript", "expansion", "arithmetic_expansion", "c_style_for_statement",
    "declaration_command", "unset_command",
})  # fmt: skip
"""Nodes in which the shell may run even a quoted substitution: at once, or where the variable is used."""
_BASH_ONLY = frozenset({
    "ansi_c_string", "array", "c_style_for_statement", "extglob_pattern", "herestring_redirect", "process_substitution",
    "translated_string", "&>", "&>>", "|&", "((", "[[", "function", "<<<",
})  # fmt: skip
"""Syntax that a POSIX shell reads in another way."""
_MAY_TOUCH = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect", "subscript"})
_MULTILINE = frozenset({"string_content", "heredoc_body", "heredoc_content"})
_BEFORE_COMMENT = b" \t\n;&|()"
_DUPLICATION = re.compile(rb"(<<-?[ \t]*['\"]?\w+['\"]?)[ \t]+\d?>&\d")
"""A here-document with `2>&1` behind it, which tree-sitter-bash 0.25 cannot parse in a pipeline."""
_COPROCESS = re.compile(rb"\bcoproc[ \t]+(\w+[ \t]+)?(?=[{(])")
"""The beginning of a compound command that runs as a coprocess, which tree-sitter-bash 0.25 takes for a simple one."""
_HINT = "write it in a simpler way, or put it into a script of the project"


def parse(text: str, confinement: Confinement) -> Node:
    """Return the syntax tree of shell text.

    Without the sandbox, raises Denied when it cannot be parsed, or the tree cannot be trusted. In the sandbox, the tree
    may have errors, and says nothing about text that is too long.
    """
    if _UNREADABLE.search(text):
        confinement.deny_unless_sandboxed(
            "syntax", f"it contains a control character that shells treat differently; {_HINT}"
        )
    source = _encode(text)
    if len(source) > _MAX_BYTES:
        confinement.deny_unless_sandboxed(
            "syntax", f"it is longer than {_MAX_BYTES // 1024} KiB; use the Write tool for long texts"
        )
        source = b""
    if confinement.sandboxed:
        source = _COPROCESS.sub(b"", source)
    root = _PARSER.parse(source).root_node
    if confinement.sandboxed:
        return _PARSER.parse(_DUPLICATION.sub(rb"\1", source)).root_node if root.has_error else root
    if root.has_error:
        raise Denied("syntax", f"it cannot be parsed as shell; {_HINT}")
    _verify(root, source)
    return root


def require_posix(root: Node) -> None:
    """Raise Denied when `sh` may read the text, which was parsed as bash, in another way."""
    for node in descendants(root):
        if node.type in _BASH_ONLY:
            reason = "sh reads this differently from bash; use bash, or POSIX syntax"
            raise Denied("syntax", reason, source_of(node))


def descendants(root: Node) -> Iterator[Node]:
    """Yield the node and all nodes below it, in no particular order."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending += node.children


def source_of(node: Node, end: int | None = None) -> str:
    """Return the text of a node, or of its first `end` bytes."""
    encoded = (node.text or b"")[:end].decode("utf-8")
    original = encoded.translate({stand_in: byte for byte, stand_in in _REPLACED.items()})
    return original.encode("latin-1").decode("utf-8", "replace")


def _encode(text: str) -> bytes:
    """Return what the parser reads: one character for each byte of the text, as a shell sees it.

    The parser's scanner passes characters to the C library's `isalpha` and its like, which is undefined, and crashes at
    times, above 255. Bytes that it would take for blanks are replaced.
    """
    return text.encode("utf-8", "surrogatepass").decode("latin-1").translate(_REPLACED).encode("utf-8")


def _verify(root: Node, source: bytes) -> None:
    """Compare every node with the text. Works without recursion, as the tree may be deep."""
    pending = [(root, 0, False, False)]
    while pending:
        node, depth, quoted, evaluated = pending.pop()
        if depth > _MAX_DEPTH:
            raise Denied("syntax", f"it is nested too deeply to be checked; {_HINT}")
        if node.is_named and (node.type not in _NODE_TYPES or node.is_missing):
            raise Denied("syntax", f"it contains syntax of an unknown kind ({node.type}); {_HINT}", source_of(node))
        if node.children and node.type not in _HAS_OWN_TEXT:
            _verify_trivia(node, source)
        if node.type in _ON_ONE_LINE:
            _verify_gaps(node, source)
        quoted = quoted or (node.type == "heredoc_body" and _has_quoted_delimiter(node))
        if node.type == "command_substitution":
            _verify_backticks(node)
        elif node.type == "comment":
            _verify_comment(node, source)
        elif not node.children and node.is_named and not quoted and node.type not in _LITERAL:
            _verify_leaf(node)
        evaluated = (evaluated or node.type in _EVALUATED) and node.type != "command_substitution"
        if evaluated and not node.children:
            _verify_evaluated(node)
        pending += [(child, depth + 1, quoted, evaluated) for child in node.children]


def _verify_evaluated(node: Node) -> None:
    """Deny a substitution that is plain text to the parser, but that the shell may run."""
    text = source_of(node)
    if node.type == "variable_name":
        parent = node.parent
        if text in SPECIAL_VARIABLES and parent is not None and parent.type not in {"simple_expansion", "expansion"}:
            raise Denied("syntax", f"{text} changes what the shell does, and may not be set", text)
    elif node.type != "comment" and ("$(" in text or "`" in text) and node.type not in {"$(", "`", "$(("}:
        raise Denied("syntax", f"the shell may run the substitution in {text}; leave it out", text)
    elif node.type == "ansi_c_string" and "\\" in text:
        raise Denied("syntax", f"escapes such as those in {text} are not decoded here; {_HINT}", text)


def _verify_leaf(node: Node) -> None:
    """Deny substitutions and line ends that the parser takes for plain text."""
    text = source_of(node)
    if node.type not in _MULTILINE and _BLANK.search(text):
        raise Denied("syntax", f"it has a line end that the parser and a shell may read differently; {_HINT}", text)
    if node.type == "variable_name" and not _VARIABLE.fullmatch(text):
        raise Denied("syntax", f"{text} is not a valid variable name; {_HINT}", text)
    if _SUBSTITUTION.search(text) or (node.type in {"word", "regex"} and _PROCESS_SUBSTITUTION.search(text)):
        raise Denied("syntax", f"it contains a substitution that cannot be checked; {_HINT}", text)


def _verify_trivia(node: Node, source: bytes) -> None:
    """Deny anything but white space between the children of a node.

    The parser also skips escaped blanks there, which to a shell are part of a word.
    """
    ends = [0 if node.parent is None else node.start_byte, *(child.end_byte for child in node.children)]
    starts = [*(child.start_byte for child in node.children), len(source) if node.parent is None else node.end_byte]
    for index, (end, start) in enumerate(zip(ends, starts, strict=True)):
        gap = source[end:start]
        before_heredoc = index < len(node.children) and node.children[index].type == "heredoc_redirect"
        if gap and not _TRIVIA.fullmatch(gap) and not (before_heredoc and _LONE_DASH.fullmatch(gap)):
            raise Denied("syntax", f"it has text between its words that a shell may read differently; {_HINT}")


def _verify_gaps(node: Node, source: bytes) -> None:
    """Deny words that the parser joins across a line end, or splits although they touch."""
    for left, right in pairwise(node.children):
        gap = source[left.end_byte : right.start_byte]
        same_line = b"\n" not in gap.replace(b"\\\n", b"")
        match node.type:
            case "simple_expansion" | "variable_assignment" | "concatenation":
                valid = not gap
            case "compound_statement":
                valid = bool(gap) or left.type != "{"
            case "command":
                valid = same_line and (bool(gap) or left.type in _MAY_TOUCH or right.type in _MAY_TOUCH)
            case "test_command":
                valid = left.type == "[[" or (bool(gap) and same_line)
            case "file_redirect":
                valid = same_line and len(node.children_by_field_name("destination")) <= 1
            case _:
                valid = same_line
        if not valid:
            raise Denied("syntax", f"its words cannot be separated with certainty; {_HINT}", source_of(node))


def _verify_backticks(node: Node) -> None:
    """Deny backslashes in backticks: the shell removes them before it parses the text, the parser does not."""
    text = source_of(node)
    if text.startswith("`") and "\\" in text:
        raise Denied("syntax", "it has backslashes in backticks; use $(...) instead", text)


def _verify_comment(node: Node, source: bytes) -> None:
    """Deny a comment in the middle of a word: to a shell, a comment begins where a word could."""
    before = source[: node.start_byte]
    if before and (before[-1:] not in _BEFORE_COMMENT or before[-2:-1] == b"\\"):
        raise Denied("syntax", f"it has a # that may or may not begin a comment; {_HINT}", source_of(node))


def _has_quoted_delimiter(body: Node) -> bool:
    """Return whether the delimiter of a here-document is quoted, so that the shell expands nothing in its body."""
    redirect = body.parent
    start = next((child for child in redirect.children if child.type == "heredoc_start"), None) if redirect else None
    return start is not None and any(char in source_of(start) for char in "'\"\\")
