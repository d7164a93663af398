"""Text that a shell may read in another way than the parser is denied; words mean what bash says they mean
(`agent.safety.commands.words`).
"""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.safety.commands.denial import Confinement, Denied
from agent.safety.commands.parser import descendants, parse, require_posix, source_of
from agent.safety.commands.words import word_from_node

UNTRUSTED = {
    "unfinished quotes": "echo 'unfinished",
    "an unfinished list": "ls &&",
    "an unfinished substitution": "echo $(",
    "keywords in the wrong place": "for do done",
    "a line end before a backslash": "ls \n\\ssh x",
    "a line end before a continued line": "ls a\n\\\nssh x",
    "backslashes in backticks": 'echo "`echo \\`ssh\\``"',
    "a carriage return": "ls\r\nssh x",
    "a null character": "ls \0 ssh",
    "backticks in an expansion": 'echo "${x:=`ssh x`}"',
    "a continued name": "ss\\\nh x",
    "a command behind a here-document": "cat <<'EOF'; ssh x\nhi\nEOF",
    "a quoted substitution in a test": "[[ 'a[$(ssh x)]' -eq 0 ]]",
    "a quoted substitution in a subscript": "a['$(ssh x)']=1",
    "a quoted substitution in a read subscript": "echo ${a['$(ssh x)']}",
    "a quoted substitution in an assignment": "x='a[$(ssh x)]'; echo $((x))",
    "a variable that the shell runs": "PS4='x'; set -x; true",
    "a start-up file in a variable": "export BASH_ENV=x; bash good.sh",
    "an element of a variable that the shell uses": "BASH_CMDS[ls]=/usr/bin/ssh; ls x",
    "escapes in an assignment": "x=$'\\x24(ssh x)'; echo \"${x@P}\"",
    "deep nesting": "(" * 300 + "ls" + ")" * 300,
    "a long text": "echo " + "x" * 300_000,
}


STRICT, SANDBOXED = Confinement(sandboxed=False), Confinement(sandboxed=True)


def test_text_that_cannot_be_trusted_is_denied_without_the_sandbox() -> None:
    rules = {}
    for case, text in UNTRUSTED.items():
        parse(text, SANDBOXED)
        try:
            parse(text, STRICT)
        except Denied as denied:
            rules[case] = denied.rule
    assert rules == dict.fromkeys(UNTRUSTED, "syntax")


def test_in_the_sandbox_a_duplicated_output_behind_a_here_document_does_not_hide_what_follows() -> None:
    root = parse("python3 - <<'PY' 2>&1 | tail -5\nprint()\nPY", SANDBOXED)
    assert not root.has_error
    assert [source_of(node) for node in descendants(root) if node.type == "command_name"] == ["tail", "python3"]


@pytest.mark.parametrize("text", ["echo $'\\''", "[[ a || b ]]", "((a))", "a=(1)", "cat <(ls)", "ls &> x", "cat <<< x"])
def test_syntax_that_only_bash_has_is_denied_for_sh(text: str) -> None:
    root = parse(text, STRICT)
    with pytest.raises(Denied, match="sh reads this differently"):
        require_posix(root)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("$ '\"{}")))
@settings(deadline=None)
def test_the_parser_sees_only_characters_that_its_scanner_can_look_up(text: str) -> None:
    """It asks the C library whether a character is a letter, which crashes for large ones."""
    try:
        root = parse(f"echo {text}", STRICT)
    except Denied:
        return
    assert all(ord(char) < 256 for char in (root.text or b"").decode())
    assert source_of(root).rstrip(" ") == f"echo {text}".rstrip(" ")


WORDS = st.text(alphabet="ab \"'\\$x{},.~\n*éàÅ日", min_size=1, max_size=12)


@given(WORDS)
@settings(max_examples=150, deadline=None)
def test_a_word_means_what_bash_says_it_means(text: str) -> None:
    try:
        root = parse(f"echo {text}", STRICT)
    except Denied:
        return
    command = root.children[0]
    if len(root.children) != 1 or command.type != "command" or source_of(command) != f"echo {text}":
        return
    words = [word_from_node(child) for child in command.children[1:]]
    if any(word.plain is None for word in words):
        return
    program = f"printf '%s\\0' {text}"
    output = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True, cwd="/").stdout
    assert [word.plain for word in words] == output.split("\0")[:-1]
