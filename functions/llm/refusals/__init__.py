"""Refusals: whether a model declined to do what it was asked, from the text of its completion alone.

judge: The verdict: stop reasons first, then cues, phrases where these leave doubt, and the score's bounds.
text: A completion made ready: one way of writing, the opening and the rest, sentences and their words.
english: Whether a text is English, the one language that the cues know.
features: What speaks for or against a refusal: cues and where they stand, length, structure.
cues: The forms of words in cues.toml, and the words that set off a search for them.
phrases: How near a completion comes to the whole phrases in phrases.toml, by letters or by meaning.
head: What each feature weighs and where the score is cut: weights.json, which calibration writes.
"""

from llm.refusals.judge import judge
from llm.refusals.phrases import Encoder

__all__ = ["Encoder", "judge"]
