"""The prompts of the two kinds of session: Markdown files, ours or the user's."""

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
    """The texts of both prompts, with `{{spec}}`, `{{iteration}}`, `{{passing}}` and `{{total}}` to be filled in."""

    initializer: str
    coding: str

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """The package's prompts, or those of `folder`: `initializer.md`, `coding.md`, or one of them.

        Raises PromptsError when `folder` has neither, or one that cannot be read or is empty.
        """
        ours = {
            name: (files("agent.harness") / "prompts" / name).read_text("utf-8") for name in (_INITIALIZER, _CODING)
        }
        theirs = {} if folder is None else _texts(folder)
        return cls(initializer=(ours | theirs)[_INITIALIZER], coding=(ours | theirs)[_CODING])

    def for_initializer(self, spec: str, iteration: int, problem: str = "") -> str:
        """The first session's prompt. `problem` says what was wrong with the list that an earlier try left."""
        prompt = _filled(self.initializer, spec=spec, iteration=str(iteration))
        if not problem:
            return prompt
        return (
            f"{prompt}\n\nAn earlier session left a `{FEATURE_LIST}` that cannot be used: {problem}. Write it anew.\n"
        )

    def for_coding(self, spec: str, iteration: int, passing: int, total: int) -> str:
        """The prompt of a session that builds; so many features of the list pass so far."""
        return _filled(self.coding, spec=spec, iteration=str(iteration), passing=str(passing), total=str(total))


def _texts(folder: Path) -> dict[str, str]:
    texts = {}
    for name in (_INITIALIZER, _CODING):
        try:
            texts[name] = (folder / name).read_text("utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeError) as error:
            raise PromptsError(f"cannot read {folder / name}: {error}; mend it, or leave out --prompts") from None
        if not texts[name].strip():
            raise PromptsError(f"{folder / name} is empty; write a prompt into it, or leave out --prompts")
    if not texts:
        raise PromptsError(f"{folder} has neither {_INITIALIZER} nor {_CODING}; name a folder that has one, or both")
    return texts


def _filled(template: str, spec: str, **values: str) -> str:
    """The specification goes in last, so that braces in it stay as they are."""
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", value)
    return template.replace("{{spec}}", spec)
