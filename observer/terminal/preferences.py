"""What users prefer: colours or none, and a pager. Apart from `screen` and `pager`, which are slow to import."""

import shlex
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

DEFAULT_PAGER = "less -R"
"""The pager of those who have set none; -R lets colours through, and nothing else."""
_SHELL_CHARACTERS = frozenset("|&;<>()$`*?[#~={\n")
"""What makes a pager a command for the shell; blanks and quotation marks alone do not need one."""


class Color(StrEnum):
    """When colours are used."""

    AUTO = "auto"
    """On a terminal, unless the environment says otherwise."""
    ALWAYS = "always"
    NEVER = "never"


class PagerChoice(Struct, frozen=True):
    """Whether a pager is wanted, None for where the output does not fit, and the command in the user's settings."""

    wanted: bool | None = None
    setting: str | None = None

    def command(self, environment: Mapping[str, str]) -> list[str]:
        """Return the pager and its arguments, none if there should be no pager; as git does, run by a shell if needed.

        >>> PagerChoice().command({"PAGER": "more -s"}), PagerChoice(setting="most").command({"PAGER": "more"})
        (['more', '-s'], ['most'])
        >>> PagerChoice().command({"PAGER": "cat"}), PagerChoice(wanted=False).command({})
        ([], [])
        >>> PagerChoice(setting="less -R | tr a b").command({})
        ['sh', '-c', 'less -R | tr a b']
        """
        if self.wanted is False:
            return []
        command = environment.get("PAGER", DEFAULT_PAGER) if self.setting is None else self.setting
        if not _SHELL_CHARACTERS.isdisjoint(command):
            return ["sh", "-c", command]
        try:
            arguments = shlex.split(command)
        except ValueError:  # a quotation mark is not closed
            arguments = [command]
        return [] if arguments == ["cat"] else arguments


NO_PAGER = PagerChoice(wanted=False)
