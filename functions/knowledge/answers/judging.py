"""What of a completion may be told: each sentence that is borne out, of passages that may still be read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from knowledge.answers import known, support
from knowledge.answers.work import Composed
from knowledge.errors import AnswerFiltered, NothingSupported, NotInDocuments, SourcesGone
from knowledge.model import Hit, Sentence

EVERY_WORD: Final = 1.0
WITHOUT_BASE: Final = "The knowledge base could not be asked just now, so nothing of it is in here. Ask again later."
_UNASKED: Final = f" {WITHOUT_BASE}"
GONE: Final = "What the answer rested on changed, is gone, or may no longer be read by you. Ask again."


@dataclass(frozen=True, slots=True)
class Told:
    """``sentences``: what may be told, at least one. ``unsupported``: sentences that were taken out since what they say
    is not in what they cite; ``gone``: since what they cite is gone.

    ``rests_on``: what has to be there while it is told: what is cited, where every word stands in it; else whatever the
    model was shown, since a word may be of any of that.
    """

    sentences: list[Sentence]
    unsupported: int
    gone: int
    warnings: list[dict[str, str]]
    rests_on: list[Hit]


def judge(question: str, composed: Composed, still: Collection[Hit]) -> Told:
    """``still``: the passages that count and may be read now, of all that the model was shown (``hits``, ``before``).

    Where one of them is gone, the model knew what it may no longer tell, and may have told it under another's number:
    then every word of a sentence has to stand in what it cites.

    Raises AnswerFiltered, SourcesGone, NothingSupported, NotInDocuments.
    """
    completion = composed.completion
    if completion.filtered:
        raise AnswerFiltered("A content filter stopped the answer to this question. Ask in other words.")
    alive = {_place(hit) for hit in still}
    any_gone = any(_place(hit) not in alive for hit in [*composed.hits, *composed.before])
    share = EVERY_WORD if any_gone else support.LEAST_SHARE
    kept, gone = [], 0
    for sentence in completion.sentences:
        if any(_place(hit) not in alive for hit in support.cited_by(sentence, composed.hits)):
            gone += 1
        elif not support.unsupported(sentence, composed.hits, share):
            kept.append(sentence)
    if not kept:
        raise _refusal(question, composed, any_gone=any_gone)
    kept = _as_asked(question, kept, composed)
    if not kept:
        raise SourcesGone(GONE) if any_gone else NotInDocuments(not_said(question, composed))
    unsupported = len(completion.sentences) - len(kept) - gone
    said = _each_once(kept)
    return Told(said, unsupported, gone, list(_warnings(composed, unsupported, gone)), _rests_on(said, composed, still))


def _as_asked(question: str, kept: list[Sentence], composed: Composed) -> list[Sentence]:
    """Without what is said of another year than the question's; nothing where its numbers stand in nothing that is
    cited: in 2018 is nothing said of 2019."""
    cited = {sentence: support.cited_by(sentence, composed.hits) for sentence in kept}
    left = [each for each in kept if not known.of_another_year(question, each.text, [hit.text for hit in cited[each]])]
    hits = [hit for each in left for hit in cited[each]]
    return [] if known.not_cited(question, [hit.text for hit in hits], support.language_of(hits)) else left


def _rests_on(kept: list[Sentence], composed: Composed, still: Collection[Hit]) -> list[Hit]:
    if any(support.unsupported(sentence, composed.hits, EVERY_WORD) for sentence in kept):
        return list(still)
    return [hit for sentence in kept for hit in support.cited_by(sentence, composed.hits)]


def _refusal(question: str, composed: Composed, *, any_gone: bool) -> Exception:
    completion = composed.completion
    if any_gone:
        return SourcesGone(GONE)
    if completion.sentences:
        return NothingSupported(
            "No sentence of the model's answer stands in the passages that it cites. Read what a search finds, or ask "
            "more exactly."
        )
    if completion.cut or not completion.missing:
        return NothingSupported("The model gave no answer that could be read. Ask again, or ask for less at a time.")
    return NotInDocuments(not_said(question, composed))


def not_said(question: str, composed: Composed) -> str:
    """What the model found no answer to, as far as the question says it itself."""
    missing = composed.completion.missing
    lacking = f": {missing}" if missing and known.of_the_question(missing, question) else ""
    return f"The documents that you may read do not say it{lacking}.{_UNASKED if composed.without_base else ''}"


def _warnings(composed: Composed, unsupported: int, gone: int) -> list[dict[str, str]]:
    completion = composed.completion
    said = {
        "SENTENCES_UNSUPPORTED": (
            unsupported,
            "{} sentences of the model were left out: their sources do not say so.",
        ),
        "SENTENCES_GONE": (gone, "{} sentences of the model were left out: you may no longer read their sources."),
        "SENTENCES_CUT": (completion.left_out, "{} sentences of the model were left out: there were too many."),
        "ANSWER_CUT": (int(completion.cut), "The model had no room to end its answer. Ask for less at a time."),
        "BASE_NOT_ASKED": (int(composed.without_base), WITHOUT_BASE),
        "NOT_ALL_SAID": (int(bool(completion.missing)), "The documents do not say all that was asked for."),
    }
    return [{"code": code, "message": text.format(number)} for code, (number, text) in said.items() if number]


def _each_once(sentences: list[Sentence]) -> list[Sentence]:
    """A model that repeats itself says it once."""
    return list({sentence.text: sentence for sentence in reversed(sentences)}.values())[::-1]


def _place(hit: Hit) -> tuple[str, str, int]:
    return hit.key, hit.version, hit.n
