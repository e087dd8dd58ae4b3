"""Refusals: whether the user got what was asked for, from the prompt and the text of the completion.

judge: The verdict: what the provider declared, what the prompt settles, then the head; phrases where it leaves doubt.
declared: What the provider itself says, before any text is read: stop reasons, filters, refusals.
envelope: What a completion in JSON says in words.
asked: Short texts, and texts that somebody asked for: the prompt alone says what they are.
text: A completion made ready: one way of writing, the opening and the rest, sentences and their words.
english: Whether a text is English, the one language that the cues know.
languages: Eleven others: which one a text is in, and the phrases of refusal of languages.toml.
features: What speaks for or against a refusal: cues and where they stand, length, structure.
cues: The forms of words in cues.toml, and the words that set off a search for them.
forms: The forms of forms.toml: what a prompt asks for, and how a completion takes it up.
premise: What comes of both together: a premise rejected, a definition given, nothing found, not done here.
phrases: How near a completion comes to the whole phrases in phrases.toml, by letters or by meaning.
head: What each feature weighs and where the score is cut: weights.json, which calibration writes.
reasons: Why a completion refuses: policy, no_knowledge, premise, scope.
"""

from llm.refusals.judge import judge, of_pair
from llm.refusals.phrases import Encoder

__all__ = ["Encoder", "judge", "of_pair"]
