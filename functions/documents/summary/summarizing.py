"""A document -> a summary that was looked at: parts where it is long, other settings where an answer is no good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from documents.errors import ModelRefused
from documents.meaning import chunks
from documents.meaning.flags import summaries
from documents.model import NO_TEXT, Flag, Form, Line, ModelUse, Summary
from documents.summary import held_forms, prompts
from documents.summary.providers.base import Completion, Generation, Prompt, PromptRefused, Provider

SMALLEST = 4_000
"""Characters of a part below which the model's refusal has another reason than length."""
_DEEPEST = 4
"""Levels of summaries of summaries."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``characters`` of a part (a token of English is about four); ``parts`` at most, the rest is left out and said."""

    characters: int = 60_000
    parts: int = 20


class _NoAnswer(Exception):
    """A question without a usable answer; ``filtered``: a content filter or a guardrail stopped it."""

    def __init__(self, stop_reason: str, tries: int, filtered: bool) -> None:
        super().__init__(stop_reason)
        self.stop_reason, self.tries, self.filtered = stop_reason, tries, filtered


@dataclass(slots=True)
class _Work:
    """The model, and what was used of it."""

    provider: Provider
    generations: Sequence[Generation]
    wanted: str = ""
    """The prompt of the document's type."""
    tokens: int | None = None
    stop_reason: str = ""
    flags: list[Flag] = field(default_factory=list)

    def best(self, prompt: Prompt) -> summaries.Judged:
        """The first answer that is fine, else the least bad one. Raises _NoAnswer where all are none.

        A filter is asked once: it would stop the same text under every setting.
        """
        tried: list[tuple[summaries.Judged, Completion]] = []
        for generation in self.generations:
            completion = self.provider.complete(prompt, generation)
            if completion.tokens is not None:
                self.tokens = (self.tokens or 0) + completion.tokens
            tried.append((summaries.judge(completion.sentences or (), cut=completion.cut), completion))
            if completion.filtered or tried[-1][0].fine:
                break
        judged, completion = min(tried, key=lambda each: each[0].rank)
        if not judged.sentences:
            raise _NoAnswer(tried[-1][1].stop_reason, len(tried), tried[-1][1].filtered)
        self.stop_reason = completion.stop_reason
        self.flags += [flag for flag in summaries.flags(judged) if flag not in self.flags]
        return judged


def summarize(
    lines: Sequence[Line],
    texts: Sequence[str],
    forms: Sequence[Form],
    provider: Provider,
    generations: Sequence[Generation],
    limits: Limits,
    language: str,
    *,
    wanted: str = "",
) -> Summary:
    """``texts`` is what the model may see of ``lines``, one for each; ``forms`` what it may see of the forms.
    ``wanted``: the prompt of the document's type, empty for the general one.

    A part that the model refuses is taken for too long: all is done again with parts half as long, down to
    ``SMALLEST``. A model that gives nothing usable leaves a summary without sentences and SUMMARY_UNAVAILABLE; a part
    of which it gives nothing is left out, and SUMMARY_CUT says so. Raises ModelRefused, ModelThrottled,
    ModelUnavailable.
    """
    if not any(text.strip() for text in texts):
        return Summary((), ModelUse(provider.model_id, NO_TEXT, 0), (summaries.unavailable_without_text(),))
    characters = limits.characters
    tokens: int | None = None
    while True:
        work = _Work(provider, generations, wanted, tokens)
        try:
            sentences = _whole(lines, texts, forms, work, Limits(characters, limits.parts))
            break
        except _NoAnswer as none:
            flag = summaries.unavailable(none.stop_reason, none.tries, filtered=none.filtered)
            return Summary((), ModelUse(provider.model_id, none.stop_reason, work.tokens), (flag,))
        except PromptRefused as error:
            tokens = work.tokens  # of parts before it that were answered
            characters = min(characters, sum(len(text) + 1 for text in texts)) // 2
            if characters < SMALLEST:
                # Under the name that the state machine knows.
                raise ModelRefused(str(error)) from error
    evidence = summaries.Evidence(
        [*texts, *(f"{form.key} {form.value}" for form in forms)], max(line.page for line in lines)
    )
    flags = [*work.flags, *summaries.unsupported(sentences, evidence, language)]
    return Summary(tuple(sentences), ModelUse(provider.model_id, work.stop_reason, work.tokens), tuple(flags))


def _whole(
    lines: Sequence[Line], texts: Sequence[str], forms: Sequence[Form], work: _Work, limits: Limits
) -> Sequence[str]:
    parts = list(chunks.by_characters(texts, limits.characters))
    if len(parts) == 1:
        return work.best(prompts.whole(parts[0].text, forms, work.wanted)).sentences
    chosen_parts = parts
    if len(parts) > limits.parts:
        # The last part is kept: signatures, totals and what has to be done stand there.
        chosen_parts = [*parts[: limits.parts - 1], parts[-1]]
        work.flags.append(summaries.left_out(len(parts) - len(chosen_parts), len(parts)))
    sentences: list[str] = []
    nothing: _NoAnswer | None = None
    for number, part in enumerate(chosen_parts, 1):
        prompt = prompts.part(part.text, held_forms.held(part, lines, forms), number, len(parts), work.wanted)
        try:
            sentences += work.best(prompt).sentences
        except _NoAnswer as none:
            work.flags.append(summaries.part_left_out(number, len(parts), none.stop_reason))
            nothing = none
    if nothing is not None and not sentences:
        raise nothing
    return _together(sentences, len(parts), work, limits)


def _together(sentences: list[str], parts: int, work: _Work, limits: Limits) -> Sequence[str]:
    """One summary of many, in levels where even the summaries are too long for one prompt.

    The parts' own sentences where the model makes nothing usable of them. Not where a filter stopped it: what it
    stopped is among them.
    """
    for _ in range(_DEEPEST):
        pieces = list(chunks.by_characters(sentences, limits.characters))
        if len(pieces) == 1:
            break
        if len(pieces) > limits.parts:
            work.flags.append(summaries.left_out(len(pieces) - limits.parts, len(pieces)))
        sentences = [said for piece in pieces[: limits.parts] for said in _joined(piece.text, parts, work)]
    first, *rest = chunks.by_characters(sentences, limits.characters)
    if rest:
        work.flags.append(summaries.left_out(len(rest), len(rest) + 1))
    return _joined(first.text, parts, work)


def _joined(text: str, parts: int, work: _Work) -> Sequence[str]:
    try:
        return work.best(prompts.together(text.splitlines(), parts, work.wanted)).sentences
    except _NoAnswer as none:
        if none.filtered:
            raise
        work.stop_reason = none.stop_reason
        work.flags.append(summaries.side_by_side(none.stop_reason))
        return text.splitlines()
