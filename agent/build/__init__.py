"""The autonomous agent: one session turns a specification into a list of features, then others build them."""

from agent.build.features import FEATURE_LIST
from agent.build.limits import BuildLimits
from agent.build.loop import BuildOutcome, Pace, build
from agent.build.prompts import Prompts, PromptsError

__all__ = ["FEATURE_LIST", "BuildLimits", "BuildOutcome", "Pace", "Prompts", "PromptsError", "build"]
