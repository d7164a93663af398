"""Words that messages, help texts and documents avoid; CONTRIBUTING.md asks for plain English in the field's terms."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.sources import syntax_tree

ROOT = Path(__file__).parent.parent
PACKAGES = ("agent", "observer", "packaging")
AVOIDED = {
    "unusual words": re.compile(r"\b(whoever|lest|anew|mends?|nobody|somebody|stirs?|stirred)\b", re.IGNORECASE),
    "'is no X' for 'is not an X'": re.compile(r"\bis no (file|run|directory|time|JSON|TOML|number|terminal|regular)\b"),
    "'X cannot be read (reason)' for 'cannot read X (reason)'": re.compile(r"\bcannot be read \((\Z|[A-Z])"),
    "'folder' for 'directory'": re.compile(r"\bfolders?\b", re.IGNORECASE),
}


@cache
def messages() -> list[tuple[str, str]]:
    """Return the string literals of the packages, without docstrings, as (place, text)."""
    texts: list[tuple[str, str]] = []
    for path in sorted(path for package in PACKAGES for path in ROOT.glob(f"{package}/**/*.py")):
        tree = syntax_tree(path)
        statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts += [
            (f"{path.relative_to(ROOT)}:{node.lineno}", node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements
        ]
    return texts


def documents() -> list[tuple[str, str]]:
    """Return the prose of the documents, and the manual pages, which are made of the help texts."""
    paths = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/man/*.1")])
    code = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
    return [(str(path.relative_to(ROOT)), code.sub("", path.read_text())) for path in paths]


@pytest.mark.parametrize("reason", AVOIDED)
def test_messages_and_documents_use_plain_words(reason: str) -> None:
    texts = [*messages(), *documents()]

    assert [(place, match[0]) for place, text in texts for match in AVOIDED[reason].finditer(text)] == []


def test_messages_are_the_literals_that_are_not_docstrings() -> None:
    texts = [text for _, text in messages()]

    assert "no such run; /api/runs lists the runs" in texts
    assert not [text for text in texts if text.startswith("Return the error for an unknown name.")]
