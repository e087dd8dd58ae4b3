"""Each sentence of an answer held against the passages that it cites.

Its numbers, dates, codes and names have to stand there, and a part of its other words too: a sentence that shares next
to none with what it cites cites something else. A "not" that is added or left out, another unit, another period and
another sign of a number take it out, too. What is compared is words and values, not what they mean: what is denied in
other words passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from knowledge.answers.evidence import measures, negations, rows, words
from knowledge.answers.evidence.texts import Texts
from knowledge.model import Hit, Sentence

LEAST_SHARE: Final = 0.25
"""Of the words that say what a sentence is about, that have to stand in what it cites, in some form."""


def unsupported(sentence: Sentence, hits: Sequence[Hit], share: float = LEAST_SHARE) -> list[str]:
    """What is not in the passages that a sentence cites; all of it where it cites none. Empty: it is borne out.

    ``hits``: what the model was shown, in that order. ``share``: 1 asks for every word.
    """
    cited = cited_by(sentence, hits)
    if not cited:
        return [sentence.text]
    texts = Texts([hit.text for hit in cited], language_of(cited))
    passages = [hit.text for hit in cited]
    wrong = [*texts.lacks(sentence.text), *texts.lacks_of_calendar(sentence.text)]
    wrong += [*negations.turned(sentence.text, passages), *measures.lacking(sentence.text, passages)]
    meant, far = words.meant(sentence.text), texts.far(sentence.text)
    if len(meant) - len(far) < share * len(meant):
        wrong += far
    if rows.is_head(sentence.text, passages) or not (meant or any(sign.isdigit() for sign in sentence.text)):
        # "Yes." says nothing that could be looked up, and the head of a table nothing of what stands below it.
        wrong.append(sentence.text)
    return list(dict.fromkeys(wrong))


def cited_by(sentence: Sentence, hits: Sequence[Hit]) -> list[Hit]:
    """The passages of a sentence, each once; a number that no passage has is left out."""
    return [hits[number] for number in dict.fromkeys(sentence.cited) if 0 <= number < len(hits)]


def language_of(hits: Sequence[Hit]) -> str:
    """Of most of the passages; empty where it is not known."""
    found = Counter(hit.language for hit in hits)
    return found.most_common(1)[0][0] if found else ""
