"""What is found and shown, the question, the erasing, and what could not be erased."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from operate import amounts
from operate.clients import Target
from operate.erase.erasure import Erasure, Subject, Tally
from operate.errors import OperateError


def command(target: Target, subject: Subject, *, agreed: Callable[[], bool]) -> Iterator[str]:
    """Lines for a person. ``agreed`` is asked once all is shown; without it nothing is erased.

    May be repeated at any point: a run that was stopped is completed by the next one. Raises OperateError where
    something could not be erased, after everything else was.
    """
    from operate.models.judge import clean

    for line in _lines(target, subject, agreed):
        yield clean(line)  # keys are what people wrote, and a terminal obeys


def _lines(target: Target, subject: Subject, agreed: Callable[[], bool]) -> Iterator[str]:
    from common.errors import TransientError

    try:
        erasure = _plan(target, subject)
        yield from erasure.found
        yield from (f"stays: {each}" for each in erasure.stays)
        if not agreed():
            yield "nothing is erased without --yes"
            return
        tally = Tally()
        if subject.calls is None:
            # A person may have thought for an hour: the article may be published again, another may use its speech,
            # work may have begun. Log objects are read once more one by one.
            erasure = _plan(target, subject)
        erasure.act(tally)
    except TransientError as error:
        raise OperateError(f"{error} Run the command again in a minute.") from error
    yield "erased: " + (", ".join(f"{number} {what}" for what, number in tally.gone.items()) or "nothing was left")
    yield from (f"NOT erased: {each}" for each in tally.failed)
    if tally.failed:
        left = amounts.of(len(tally.failed), "thing is", "things are")
        raise OperateError(f"{left} still there; mend what is said and run the command again.")


def _plan(target: Target, subject: Subject) -> Erasure:
    from operate.erase import articles, documents, model_logs, questions

    if subject.article:
        return articles.plan(target, subject.article)
    if subject.document:
        return documents.plan(target, subject.document, subject.old_bucket)
    if subject.asker:
        return questions.plan(target, subject.asker, subject.old_bucket)
    if subject.calls is None:
        raise OperateError("Name an article, a document, whoever asked, or calls of models.")
    return model_logs.plan(target, subject.calls)
