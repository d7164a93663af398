"""The autonomous agent: one session turns a specification into a list of features, then others build them."""

from agent.harness.features import FEATURE_LIST
from agent.harness.limits import BuildLimits
from agent.harness.loop import BuildOutcome, RetryDelays, build
from agent.harness.prompts import Prompts, PromptsError

__all__ = ["FEATURE_LIST", "BuildLimits", "BuildOutcome", "Prompts", "PromptsError", "RetryDelays", "build"]
