"""A document -> a summary that was looked at: parts where it is long, other settings where an answer is no good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from documents.errors import ModelAnswerUnusable, ModelRefused
from documents.meaning import chunks
from documents.meaning.flags import summaries
from documents.model import Flag, Form, Line, ModelUse, Summary
from documents.summary import prompts
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


@dataclass(slots=True)
class _Work:
    """The model, and what was used of it."""

    provider: Provider
    generations: Sequence[Generation]
    tokens: int | None = None
    stop_reason: str = ""
    flags: list[Flag] = field(default_factory=list)

    def best(self, prompt: Prompt) -> summaries.Judged:
        """The first answer that is fine, else the least bad one. Raises ModelAnswerUnusable where all are none."""
        tried: list[tuple[summaries.Judged, Completion]] = []
        for generation in self.generations:
            completion = self.provider.complete(prompt, generation)
            if completion.tokens is not None:
                self.tokens = (self.tokens or 0) + completion.tokens
            tried.append((summaries.judge(completion.sentences or (), cut=completion.cut), completion))
            if tried[-1][0].fine:
                break
        judged, completion = min(tried, key=lambda each: each[0].rank)
        if not judged.sentences:
            raise ModelAnswerUnusable(
                f"{self.provider.model_id} gave no usable answer under any of {len(tried)} settings; choose another "
                f"ModelId, or other settings in ParametersList, and upload the document again."
            )
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
) -> Summary:
    """``texts`` is what the model may see of ``lines``, one for each; ``forms`` what it may see of the forms.

    A part that the model refuses is taken for too long: all is done again with parts half as long, down to
    ``SMALLEST``. Raises ModelAnswerUnusable, ModelRefused, ModelThrottled, ModelUnavailable.
    """
    if not any(text.strip() for text in texts):
        return Summary((), ModelUse(provider.model_id, "no_text", 0))
    characters = limits.characters
    while True:
        work = _Work(provider, generations)
        try:
            sentences = _whole(lines, texts, forms, work, Limits(characters, limits.parts))
            break
        except PromptRefused as error:
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
        return work.best(prompts.whole(parts[0].text, forms)).sentences
    chosen_parts = parts
    if len(parts) > limits.parts:
        # The last part is kept: signatures, totals and what has to be done stand there.
        chosen_parts = [*parts[: limits.parts - 1], parts[-1]]
        work.flags.append(summaries.left_out(len(parts) - len(chosen_parts), len(parts)))
    sentences: list[str] = []
    for number, part in enumerate(chosen_parts, 1):
        pages = chunks.pages(part, lines)
        here = [form for form in forms if form.page in pages]
        sentences += work.best(prompts.part(part.text, here, number, len(parts))).sentences
    return _together(sentences, len(parts), work, limits)


def _together(sentences: list[str], parts: int, work: _Work, limits: Limits) -> Sequence[str]:
    """One summary of many, in levels where even the summaries are too long for one prompt."""
    for _ in range(_DEEPEST):
        pieces = list(chunks.by_characters(sentences, limits.characters))
        if len(pieces) == 1:
            break
        sentences = [
            said
            for piece in pieces[: limits.parts]
            for said in work.best(prompts.together(piece.text.splitlines(), parts)).sentences
        ]
    first = next(chunks.by_characters(sentences, limits.characters))
    return work.best(prompts.together(first.text.splitlines(), parts)).sentences
