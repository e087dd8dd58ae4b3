"""What is wrong with what models say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.meaning.flags import summaries

TWO = ("Ann was discharged.", "She is well.")


def judged(*sentences: str, cut: bool = False) -> summaries.Judged:
    return summaries.judge(sentences, cut=cut)


def test_a_good_answer_is_fine():
    assert judged(*TWO) == summaries.Judged(TWO)
    assert judged(*TWO).fine


@pytest.mark.parametrize("sentences", [(), ("",), ("...",)])
def test_nothing_is_not_fine(sentences):
    found = judged(*sentences)
    assert not found.fine
    assert found.sentences == ()


def test_a_sentence_said_five_times_is_said_once():
    found = judged(*["The claim is for $500."] * 4, "the claim is for $500", "It is due.")
    assert found == summaries.Judged(("The claim is for $500.", "It is due."), repeats=True)


@pytest.mark.parametrize(
    ("sentence", "once"),
    [
        ("The patient was seen the patient was seen the patient was seen.", "the patient was seen."),
        ("It is very very very very good.", "It is very good."),
        ("Pay now, pay now, pay now, and leave.", "pay now, and leave."),
    ],
)
def test_a_phrase_that_loops_is_said_once(sentence, once):
    assert judged(sentence) == summaries.Judged((once,), repeats=True)


@pytest.mark.parametrize(
    "sentence", ["No, no, no.", "Ring 1 1 1.", "He had had it.", "From door to door to door the bill went up and up."]
)
def test_what_people_repeat_is_no_loop(sentence):
    assert summaries.unlooped(sentence) == sentence


@given(st.text("ab ,.", max_size=60))
def test_unlooping_ends_and_only_takes_away(text):
    assert len(summaries.unlooped(text).split()) <= len(text.split())


def test_the_broken_end_of_a_cut_answer_goes():
    assert judged(*TWO, "He was tol", cut=True) == summaries.Judged(TWO, cut=True)
    assert judged("He was tol", cut=True) == summaries.Judged(("He was tol",), cut=True)


def test_the_least_bad_answer_is_known():
    ranks = [
        summaries.Judged(()),
        summaries.Judged(TWO, cut=True),
        summaries.Judged(TWO, repeats=True),
        summaries.Judged(TWO),
    ]
    assert sorted(ranks, key=lambda each: each.rank) == ranks[::-1]


EVIDENCE = summaries.Evidence(
    [
        "Discharge Summary of Ann O'Neil-Smith, Mercy Hospital, 03/04/2024",
        "Total 1,234.50 USD; 12 tablets of 0.5 mg; Tel. (212) 555-0123; 14:30; room 7",
        "Invoices from Zürich",
    ],
    pages=2,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Ann O'Neil-Smith was discharged from Mercy Hospital on March 4, 2024.",
        "Mercy's total is $1234.50.",
        "The total is 1.234,50 USD on 2024-03-04.",
        "It is due on 4 March 2024 at 14:30, see the 2 pages.",
        "Call 212-555-0123 about the 12 tablets of 0.5 mg.",
        "On Monday the Invoice from Zurich came.",
        "[NAME] stayed in room 7.",
    ],
)
def test_what_the_document_holds_in_another_form_is_supported(sentence):
    assert EVIDENCE.unsupported(sentence, "en") == []


@pytest.mark.parametrize(
    ("sentence", "unknown"),
    [
        ("The total is 1,243.50 USD.", ["1,243.50"]),
        ("She takes 5 mg.", ["5"]),
        ("It is due on March 5, 2024.", ["2024-03-05"]),
        ("Ann was seen by Robert Jones.", ["Robert", "Jones"]),
        ("Ann left at 14:45.", ["14:45"]),
        ("Ann's phone is 212-555-0124.", ["212-555-0124"]),
    ],
)
def test_what_it_does_not_hold_is_found(sentence, unknown):
    assert set(unknown) <= set(EVIDENCE.unsupported(sentence, "en"))


def test_german_nouns_are_no_names_but_two_unknown_ones_in_a_row_are():
    assert EVIDENCE.unsupported("Die Patientin bezahlt die Rechnung.", "de") == []
    assert EVIDENCE.unsupported("Sie traf Robert Jones.", "de") == ["Robert", "Jones"]


def test_what_a_guardrail_put_in_place_of_what_it_masked_is_no_name():
    assert (
        summaries.unsupported(["Write to {EMAIL}.", "About {case No 7} {US_SOCIAL_SECURITY_NUMBER}."], EVIDENCE, "en")
        == []
    )
    assert summaries.unsupported(["Write to {EMAIL} and Robert."], EVIDENCE, "en") != []


def test_a_flag_says_which_sentence_and_not_what():
    (flag,) = summaries.unsupported(["Ann is well.", "She owes Robert 99 USD."], EVIDENCE, "en")
    assert flag.code == "SUMMARY_UNSUPPORTED"
    assert "Sentence 2" in flag.message
    assert not {"Robert", "99"} & set(flag.message.split())
