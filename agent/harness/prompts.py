"""The prompts of the two kinds of session: Markdown files of the package or of the user."""

from importlib.resources import files
from pathlib import Path
from typing import Self

from msgspec import Struct

from agent.harness.features import FEATURE_LIST

_INITIALIZER = "initializer.md"
_CODING = "coding.md"


class PromptsError(Exception):
    """The prompts cannot be used; the message is one sentence for the user."""


class Prompts(Struct, frozen=True):
    """The templates of both prompts, with placeholders `{{spec}}`, `{{iteration}}`, `{{passing}}` and `{{total}}`."""

    initializer: str
    coding: str

    @classmethod
    def load(cls, directory: Path | None = None) -> Self:
        """Load the package's prompts, replaced by `initializer.md` and `coding.md` of `directory` if they exist.

        Raises PromptsError when `directory` has neither, or a file is unreadable or empty.
        """
        package = files("agent.harness") / "prompts"
        templates = {name: (package / name).read_text("utf-8") for name in (_INITIALIZER, _CODING)}
        if directory is not None:
            templates |= _read_templates(directory)
        return cls(initializer=templates[_INITIALIZER], coding=templates[_CODING])

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


def _read_templates(directory: Path) -> dict[str, str]:
    templates = {}
    for name in (_INITIALIZER, _CODING):
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
            f"{directory} contains neither {_INITIALIZER} nor {_CODING}; at least one of them is required"
        )
    return templates


def _fill(template: str, spec: str, **values: str) -> str:
    """Replace the placeholders; the specification comes last, so that braces in it are left alone."""
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", value)
    return template.replace("{{spec}}", spec)
