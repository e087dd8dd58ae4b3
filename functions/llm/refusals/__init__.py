"""Refusals: whether a model declined to do what it was asked, from the text of its completion alone.

english: Whether a text is written in English, the one language the cues know.
text: A completion made ready to be looked at:
cues: The cues of ``cues.toml``:
phrases: Whole phrases of refusal:
head: The head:
judge: Whether a completion refuses:
features: What a completion shows that speaks for or against a refusal:
"""

from llm.refusals.judge import judge
from llm.refusals.phrases import Encoder

__all__ = ["Encoder", "judge"]
