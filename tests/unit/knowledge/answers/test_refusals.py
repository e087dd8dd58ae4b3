"""What is in no document is not answered; what is in one is, by whatever model repeats what stands nearest.

The search is a fake that finds by words, and the model is the local one, which is not clever: what is shown is that the
checks around both refuse a hundred of a hundred questions about what is not there, and next to none of the others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import pytest

from knowledge.answers import citations, completions, judging, known, prompts, support
from knowledge.answers.evidence import words
from knowledge.answers.work import Composed
from knowledge.errors import NotInDocuments, RefusedAsk
from knowledge.model import Hit, Sentence
from local.services.bedrock.passages import answerer
from tests.unit.knowledge.answers import planted

FOUND = 20


@cache
def documents() -> list[planted.Planted]:
    return planted.documents()


def search(question: str) -> list[Hit]:
    """The passages that share most words with a question; always as many, as vectors do."""
    asked = {words.stem(word) for word in words.meant(question)}
    every = [hit for document in documents() for hit in document.passages]
    return sorted(every, key=lambda hit: -len(asked & {words.stem(word) for word in words.meant(hit.text)}))[:FOUND]


def ask(question: str, hits: Sequence[Hit] | None = None, fault: str | None = None) -> str:
    """The answer's text. Raises RefusedAsk."""
    found = search(question) if hits is None else hits
    if missing := known.missing(question, found):
        raise NotInDocuments(", ".join(missing))
    request = prompts.request("m", question, found)
    if fault:
        answerer.set_faults({"faults": [fault], "question": question})
    told = answerer.answer(answerer.asked(request))
    content = [{"text": told.text}] if told.text else []
    completion = completions.read({"stopReason": told.ending, "output": {"message": {"content": content}}})
    shown = prompts.shown(found)
    judged = judging.judge(question, Composed(completion, shown, "m"), shown)
    for sentence in judged.sentences:
        cited = support.cited_by(sentence, shown)
        assert cited
        assert not support.unsupported(sentence, shown)
    return citations.text_of(judged.sentences)


def refused(question: str) -> bool:
    try:
        ask(question)
    except RefusedAsk:
        return True
    return False


def test_a_hundred_questions_about_what_is_not_there_get_no_answer():
    questions = list(planted.absent())
    assert len(questions) == 100
    assert [question for question in questions if not refused(question)] == []


@pytest.mark.parametrize("words_of", ["plain", "other"])
def test_questions_about_what_is_there_are_rarely_refused_before_a_model_is_asked(words_of):
    wrong = [q for d in documents() if known.missing(q := getattr(d, words_of), search(q))]
    assert len(wrong) <= 5, wrong


def test_questions_in_the_words_of_the_text_are_answered_with_what_stands_there():
    wrong = []
    for document in documents():
        try:
            answered = document.value in ask(document.plain)
        except RefusedAsk:
            answered = False
        if not answered:
            wrong.append(document.plain)
    assert len(wrong) <= 5, wrong


def test_answers_in_other_words_are_rarely_taken_out_and_those_that_say_something_else_always():
    def borne_out(text, document):
        cited = Sentence(text, tuple(range(len(document.passages))))
        return not support.unsupported(cited, document.passages)

    wrong = [each.reworded for each in documents() if not borne_out(each.reworded, each)]
    assert len(wrong) <= 5, wrong
    assert [each.turned for each in documents() if borne_out(each.turned, each)] == []


def test_every_sentence_of_a_document_bears_itself_out():
    every = [(text, hit) for each in documents() for hit in each.passages for text in re.split(r"(?<=\.) ", hit.text)]
    assert [text for text, hit in every if support.unsupported(Sentence(text, (0,)), [hit])] == []


FATAL = {"uncited", "changed_number", "wrong_citation", "absent_citation", "not_said", "empty", "cut", "filtered"}
HARMLESS = {"one_uncited", "foreign_number", "invented_name", "prose", "thinking", "brackets", "repeats", "obeys"}
"""Those after which the right sentences still stand."""


@pytest.mark.parametrize("fault", sorted(FATAL | HARMLESS))
def test_no_mistake_of_a_model_is_told(fault):
    """What is told is a sentence of the text, or nothing is."""
    everything = " ".join(hit.text for document in documents() for hit in document.passages)
    told = 0
    for document in documents()[::4]:
        try:
            answer = ask(document.plain, fault=fault)
        except RefusedAsk:
            continue
        told += 1
        for sentence in re.split(r"(?<=[.!?]) ", answer):
            assert sentence in everything
    assert (told >= 24) if fault in HARMLESS else (told == 0)


def test_the_faults_are_all_of_the_stand_in():
    from local.services.bedrock.passages import faults

    assert faults.ALL.keys() == FATAL | HARMLESS
