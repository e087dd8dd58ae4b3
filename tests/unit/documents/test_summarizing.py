"""Documents of any length to a summary, with a model that is good, bad, short of room, or away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from documents.errors import ModelRefused, ModelThrottled
from documents.model import Extraction, Form, Summary
from documents.summary import summarizing
from documents.summary.providers.base import Completion, Generation, Prompt, PromptRefused
from tests.unit.documents.meaning import document

GOOD = Completion(("Ann was discharged.",), "tool_use", tokens=10)
PROSE = Completion(None, "end_turn", tokens=10)
CUT = Completion(("Ann was discharged.", "She ha"), "max_tokens", cut=True, tokens=10)
LOOP = Completion(("Ann was discharged.",) * 5, "tool_use", tokens=10)
GENERATIONS: tuple[Generation, ...] = ({"temperature": 0}, {"temperature": 0.5}, {"temperature": 1})


@dataclass
class Scripted:
    """Says its answers one after the other, the last one for ever; refuses prompts that are too long."""

    answers: list[Completion | Exception] = field(default_factory=lambda: [GOOD])
    most: int = 10**9
    asked: list[tuple[Prompt, Generation]] = field(default_factory=list)
    model_id: str = "scripted"

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        self.asked.append((prompt, generation))
        if len(prompt.user) > self.most:
            raise PromptRefused("too long")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def run(model: Scripted, extraction: Extraction, texts: Sequence[str] | None = None, **limits: int) -> Summary:
    texts = [line.text for line in extraction.lines] if texts is None else texts
    wanted = summarizing.Limits(**limits)
    return summarizing.summarize(extraction.lines, texts, extraction.forms, model, GENERATIONS, wanted, "en")


ANN = document("Discharge Summary", "Ann was discharged.", forms=[("Name", "Ann")])
LONG = document(*(f"{page}| Ann was discharged. Line {row} of it." for page in range(1, 41) for row in range(40)))


def test_a_short_document_is_asked_about_once():
    model = Scripted()
    found = run(model, ANN)
    assert found.sentences == ("Ann was discharged.",)
    assert (found.model.id, found.model.stop_reason, found.model.tokens) == ("scripted", "tool_use", 10)
    assert found.flags == ()
    assert len(model.asked) == 1
    assert "- Name: Ann" in model.asked[0][0].user


@pytest.mark.parametrize("bad", [PROSE, CUT, LOOP, Completion((), "tool_use")])
def test_a_bad_answer_is_refused_and_tried_again_with_other_settings(bad: Completion):
    model = Scripted([bad, GOOD])
    found = run(model, ANN)
    assert (found.sentences, found.flags) == (GOOD.sentences, ())
    assert [generation for _, generation in model.asked] == list(GENERATIONS[:2])


@pytest.mark.parametrize(("bad", "codes"), [(CUT, ["SUMMARY_CUT"]), (LOOP, ["SUMMARY_REPEATS"])])
def test_an_answer_that_stays_bad_is_flagged_and_mended(bad: Completion, codes: list[str]):
    model = Scripted([bad])
    found = run(model, ANN)
    assert found.sentences == ("Ann was discharged.",)
    assert [flag.code for flag in found.flags] == codes
    assert found.model.tokens == 30, "what was paid for is counted, refused answers too"


def test_the_least_bad_of_all_answers_is_taken():
    found = run(Scripted([CUT, LOOP, PROSE]), ANN)
    assert [flag.code for flag in found.flags] == ["SUMMARY_REPEATS"]


@pytest.mark.parametrize("bad", [PROSE, Completion((), "end_turn", tokens=10)])
def test_prose_under_every_setting_leaves_no_sentences_and_says_why(bad: Completion):
    model = Scripted([bad])
    found = run(model, ANN)
    assert (found.sentences, found.model.stop_reason, found.model.tokens) == ((), "end_turn", 30)
    (flag,) = found.flags
    assert flag.code == "SUMMARY_UNAVAILABLE"
    assert "3 settings (end_turn)" in flag.message
    assert len(model.asked) == len(GENERATIONS)


FILTERED = Completion(None, "guardrail_intervened", tokens=10, filtered=True)


@pytest.mark.parametrize("extraction", [ANN, LONG])
def test_a_filter_is_asked_once_per_text(extraction: Extraction):
    model = Scripted([FILTERED])
    found = run(model, extraction, characters=10_000)
    (flag,) = found.flags
    assert (found.sentences, flag.code, found.model.stop_reason) == ((), "SUMMARY_UNAVAILABLE", "guardrail_intervened")
    assert len(model.asked) == len({prompt.user for prompt, _ in model.asked})
    assert found.model.tokens == 10 * len(model.asked)


@pytest.mark.parametrize(("bad", "asked"), [([FILTERED], 1), ([PROSE] * 3, 3)])
def test_a_part_without_an_answer_is_left_out_and_said(bad: list[Completion | Exception], asked: int):
    model = Scripted([GOOD, *bad, GOOD])
    found = run(model, LONG, characters=10_000)
    assert found.sentences == GOOD.sentences
    (flag,) = found.flags
    assert (flag.code, flag.message[:14]) == ("SUMMARY_CUT", "Part 2 of 6 wa")
    assert len(model.asked) == 7 - 1 + asked


def test_parts_that_the_model_cannot_join_stand_side_by_side():
    model = Scripted([*[GOOD] * 6, PROSE])
    found = run(model, LONG, characters=10_000)
    assert found.sentences == GOOD.sentences * 6
    assert [flag.code for flag in found.flags] == ["SUMMARY_CUT"]


def test_parts_whose_joining_a_filter_stopped_are_not_shown():
    found = run(Scripted([*[GOOD] * 6, FILTERED]), LONG, characters=10_000)
    assert (found.sentences, [flag.code for flag in found.flags]) == ((), ["SUMMARY_UNAVAILABLE"])


def test_a_reason_that_is_no_name_is_not_repeated():
    (flag,) = run(Scripted([Completion(None, "Ann said: no!")]), ANN).flags
    assert "Ann" not in flag.message


def test_what_the_document_does_not_hold_is_flagged():
    found = run(Scripted([Completion(("Ann owes Robert $99.",), "tool_use")]), ANN)
    assert [flag.code for flag in found.flags] == ["SUMMARY_UNSUPPORTED"]


def test_a_document_without_text_asks_nobody():
    model = Scripted()
    found = run(model, document("", "  "))
    assert (found.sentences, found.model.stop_reason, model.asked) == ((), "no_text", [])
    assert [flag.code for flag in found.flags] == ["SUMMARY_UNAVAILABLE"]


def test_a_long_document_is_summarised_in_parts_and_their_summaries_together():
    model = Scripted()
    found = run(model, LONG, characters=10_000)
    parts = [prompt for prompt, _ in model.asked if "of a longer document" in prompt.system]
    (last,) = [prompt for prompt, _ in model.asked if "summaries of the" in prompt.system]
    assert len(parts) + 1 == len(model.asked) == len(range(0, 40 * 40 * 37, 10_000)) + 1
    assert all(len(prompt.user) < 10_100 for prompt in parts)
    assert last.user.count("Ann was discharged.") == len(parts)
    assert found.sentences == ("Ann was discharged.",)
    assert found.flags == ()


def test_a_part_shows_only_the_forms_whose_lines_it_holds():
    """One page over two parts, and one that is whole."""
    first = [f"1| Line {row} of the first page, which is as long as any." for row in range(100)]
    first[3], first[4], first[95] = "1| Patient name: Ann Lee", "1| Total 12.50", "1| Signed by: Robert Roe"
    paper = document(*first, "2| Ward: seven", pages=2)
    forms = (
        Form(1, "Patient name:", "Ann Lee"),
        Form(1, "Signed by", "Robert Roe"),
        Form(1, "Seen", "[X]"),
        Form(1, "Total", "99.00"),
        Form(2, "Ward (of the house)", "seven"),
    )
    model = Scripted()
    run(model, replace(paper, forms=forms), characters=4_000)
    shown = [re.findall(r"^- (.*)", prompt.user, re.MULTILINE) for prompt, _ in model.asked[:-1]]
    assert shown == [["Patient name: Ann Lee"], ["Signed by: Robert Roe", "Ward (of the house): seven"]]


def test_calls_are_bounded_and_what_is_left_out_is_said():
    model = Scripted()
    found = run(model, LONG, characters=10_000, parts=3)
    assert len(model.asked) == 4
    assert [flag.code for flag in found.flags] == ["SUMMARY_CUT"]
    assert "Line 39 of it" in model.asked[2][0].user, "the end of the document is among what was read"


def test_summaries_that_are_too_long_together_are_summarised_in_levels():
    wordy = Completion(tuple(f"Ann was discharged {'again ' * 60}{n}." for n in "abcdefgh"), "tool_use")
    model = Scripted([*[wordy] * 15, GOOD])
    found = run(model, LONG, characters=4_000, parts=15)
    assert found.sentences == GOOD.sentences
    assert all(len(prompt.user) < 4_100 for prompt, _ in model.asked)


def test_a_prompt_that_is_refused_is_tried_in_smaller_parts():
    model = Scripted(most=20_000)
    found = run(model, LONG, characters=60_000)
    assert found.sentences == GOOD.sentences
    assert len(model.asked[0][0].user) > 20_000
    assert all(len(prompt.user) < 20_000 for prompt, _ in model.asked[-3:])
    assert found.model.tokens is not None


@pytest.mark.parametrize("extraction", [ANN, LONG])
def test_a_prompt_that_is_refused_however_short_is_the_settings_fault(extraction: Extraction):
    model = Scripted(most=0)
    with pytest.raises(ModelRefused) as caught:
        run(model, extraction)
    assert type(caught.value) is ModelRefused, "state machines know this name"
    assert len(model.asked) <= 5


def test_trouble_that_may_pass_goes_to_whoever_tries_again():
    with pytest.raises(ModelThrottled):
        run(Scripted([ModelThrottled("later")]), ANN)
