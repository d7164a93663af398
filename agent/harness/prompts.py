"""The prompts of the three kinds of session: Markdown files of the package or of the user."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Self

from msgspec import Struct

from agent.errors import CannotStart
from agent.harness.features import FEATURE_LIST

_INITIALIZER = "initializer.md"
_CODING = "coding.md"
_VERIFYING = "verifying.md"
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_NAMES = (_INITIALIZER, _CODING, _VERIFYING)


class PromptsError(CannotStart):
    """The prompts cannot be used; the message is one sentence for the user."""


class Prompts(Struct, frozen=True):
    """The templates of the prompts, with the placeholders `{{spec}}` and `{{iteration}}`.

    Those of sessions that build or verify also have `{{passing}}` and `{{total}}`, the last one `{{feature}}`.
    """

    initializer: str
    coding: str
    verifying: str

    @classmethod
    def load(cls, directory: Path | None = None) -> Self:
        """Load the package's prompts, each replaced by the file of the same name in `directory` if there is one.

        Raises PromptsError when `directory` has none of them, or a file is unreadable or empty.
        """
        package = files("agent.harness") / "prompts"
        templates = {name: (package / name).read_text("utf-8") for name in _NAMES}
        if directory is not None:
            templates |= _read_templates(directory)
        return cls(initializer=templates[_INITIALIZER], coding=templates[_CODING], verifying=templates[_VERIFYING])

    def initializer_prompt(self, spec: str, iteration: int, problem: str = "") -> str:
        """Return the prompt of a first session. `problem` says what is wrong with the list of an earlier attempt."""
        prompt = _fill(self.initializer, spec=spec, iteration=str(iteration))
        if not problem:
            return prompt
        return (
            f"{prompt}\n\nAn earlier session left a `{FEATURE_LIST}` that cannot be used: {problem}. Write a new one.\n"
        )

    def coding_prompt(self, spec: str, iteration: int, passing: int, total: int) -> str:
        """Return the prompt of a session that builds; `passing` of `total` features pass so far."""
        return _fill(self.coding, spec=spec, iteration=str(iteration), passing=str(passing), total=str(total))

    def verifying_prompt(self, spec: str, iteration: int, passing: int, total: int, feature: str) -> str:
        """Return the prompt of a session that verifies `feature`, which is JSON."""
        return _fill(
            self.verifying, spec=spec, feature=feature, iteration=str(iteration), passing=str(passing), total=str(total)
        )


def _read_templates(directory: Path) -> dict[str, str]:
    templates = {}
    for name in _NAMES:
        try:
            templates[name] = (directory / name).read_text("utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeError) as error:
            raise PromptsError(f"cannot read {directory / name}: {error}; fix it, or omit --prompts") from None
        if not templates[name].strip():
            raise PromptsError(f"{directory / name} is empty; write a prompt into it, or omit --prompts")
    if not templates:
        raise PromptsError(
            f"{directory} contains neither {_INITIALIZER} nor {_CODING} nor {_VERIFYING}; at least one is required"
        )
    return templates


def _fill(template: str, **values: str) -> str:
    """Replace the placeholders, all at once, so that braces in the specification are left alone."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)
