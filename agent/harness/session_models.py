"""Which model works in which kind of session. Pure."""

from collections.abc import Sequence
from typing import Self

from msgspec import Struct

from agent.events import AgentType

_KINDS = {"initializer": AgentType.INITIALIZER, "coding": AgentType.CODING, "verify": AgentType.VERIFYING}


class SessionModels(Struct, frozen=True):
    """The model of each kind of session; None is the model of the build.

    With a model for `verify`, a session of that model follows for each feature that a coding session has let pass.
    """

    initializer: str | None = None
    coding: str | None = None
    verify: str | None = None

    @classmethod
    def parse(cls, texts: Sequence[str]) -> Self:
        """Return what texts such as `coding=NAME,verify=NAME` mean. Raises ValueError with a sentence.

        >>> SessionModels.parse(["coding=large", "verify=small"]).of(AgentType.VERIFYING)
        'small'
        """
        models: dict[str, str] = {}
        for text in (part.strip() for each in texts for part in each.split(",")):
            kind, _, model = (part.strip() for part in text.partition("="))
            if kind not in _KINDS or not model:
                raise ValueError(f'invalid value "{text}"; use KIND=MODEL, where KIND is {", ".join(_KINDS)}')
            if kind in models:
                raise ValueError(f"{kind} has two models: {models[kind]} and {model}; name one")
            models[kind] = model
        return cls(**models)

    def of(self, agent_type: AgentType) -> str | None:
        """Return the model for sessions of this type."""
        return {kind: getattr(self, name) for name, kind in _KINDS.items()}.get(agent_type)
