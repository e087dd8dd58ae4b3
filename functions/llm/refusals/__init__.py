"""Refusals: whether a model declined to do what it was asked, from the text of its completion alone."""

from llm.refusals.judge import judge
from llm.refusals.phrases import Encoder

__all__ = ["Encoder", "judge"]
