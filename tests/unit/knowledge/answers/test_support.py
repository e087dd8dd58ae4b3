"""A sentence stands where its numbers, dates, codes and names stand in what it cites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.answers import support
from knowledge.answers.evidence import negations
from knowledge.model import Sentence
from tests.unit.knowledge.answers.builders import LEASE, NOTICE, hit

HITS = [hit(LEASE), hit(NOTICE)]


def wrong(text, *cited, hits=HITS, **more):
    return support.unsupported(Sentence(text, cited or (0,)), hits, **more)


@pytest.mark.parametrize(
    "text",
    [
        "The lease with Müller GmbH was signed on 4 March 2026.",
        "The lease with Muller GmbH was signed on March 4, 2026.",
        "MÜLLER GMBH signed the lease on 2026-03-04.",
        "Müller GmbH's lease was signed on 04.03.2026.",
        "The lease was signed on 4 March.",
        "The lease was signed in March 2026.",
        "The rent is EUR 1200.50 per month.",
        "The rent is 1.200,50 EUR per month.",
        "The rent is 1 200.5 EUR per month.",
        "Invoice ab-1234 is for rent.",
        "The monthly rent stands on invoice AB1234.",
    ],
)
def test_what_stands_there_in_another_form_is_borne_out(text):
    assert wrong(text) == []


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("The lease with Schmidt GmbH was signed.", ["Schmidt"]),
        ("Schmidt signed the lease.", ["Schmidt"]),
        ("The lease was signed by Anna Müller.", ["Anna"]),
        ("The lease was signed on 5 March 2026.", ["5 March 2026"]),
        ("The lease was signed on 2025-03-04.", ["2025-03-04"]),
        ("The lease was signed in April 2026.", ["April 2026"]),
        ("The rent is EUR 1,200 per month.", ["1,200"]),
        ("The rent is EUR 200.50 per month.", ["200.50"]),
        ("The rent is EUR 12,000.50 per month.", ["12,000.50"]),
        ("The rent stands on invoice AB-1235.", ["AB-1235"]),
        ("The rent stands on invoice AC-1234.", ["AC-1234"]),
        ("The rent is due for seven months.", ["seven"]),
        ("The rent is paid to the IRS.", ["IRS"]),
    ],
)
def test_what_does_not_stand_there_is_named(text, lacking):
    assert wrong(text) == lacking


def test_a_number_in_words_is_the_number():
    assert wrong("Termination needs a notice of 3 months.", 1) == []
    assert wrong("Termination needs a notice of four months.", 1) == ["four"]


def test_a_number_of_many_digits_may_be_grouped_in_another_way():
    assert wrong("Call 0301234567 for questions.", 1) == []
    assert wrong("Call 0301234568 for questions.", 1) == ["0301234568"]


PRICES = hit("The hall costs EUR 41,500,000, the roof 5 million, the yard a million. Two hundred thousand are paid.")
BOARD = hit("The board meets every Tuesday in June. The fair is on 2026-09-04.")
BOLTS = hit("Item,Quantity,Price\nBolts M8,1200,0.12\nBrackets Q7,55,4.80")


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("The hall costs 41.5 million euros.", []),
        ("The hall costs \u20ac41,500,000.", []),
        ("The roof costs five million.", []),
        ("The roof costs 5,000,000.", []),
        ("The yard costs 1 million.", []),
        ("EUR 200,000 are paid.", []),
        ("The roof costs 5 billion.", ["5 billion"]),
        ("The roof costs 5 thousand.", ["5 thousand"]),
        ("The yard costs a thousand.", ["a thousand"]),
        ("The hall costs $41,500,000.", ["$", "$41,500,000"]),
    ],
)
def test_thousands_and_millions_and_signs_of_money_are_not_the_same(text, lacking):
    assert wrong(text, hits=[PRICES]) == lacking


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("The board meets every Tuesday in June.", []),
        ("The board meets am Dienstag, im Juni.", []),
        ("The fair is in September.", []),
        ("May the board meet every Tuesday?", []),
        ("The board meets every Thursday.", ["Thursday"]),
        ("The board meets in July.", ["July"]),
    ],
)
def test_a_month_or_a_day_of_the_week_alone_stands_there_too(text, lacking):
    assert wrong(text, hits=[BOARD]) == lacking


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("Brackets Q7,55,4.80", []),
        ("Bolts M8 are 0.12 each.", []),
        ("There are 1,200 bolts of the price 0.12.", []),
        ("Brackets Q7,55,4.20", ["55,4.20"]),
        ("Brackets Q7,56,4.80", ["56,4.80"]),
    ],
)
def test_rows_with_commas_are_their_cells(text, lacking):
    assert wrong(text, hits=[BOLTS]) == lacking


def test_only_what_is_cited_counts():
    assert wrong("Termination needs a notice of three months.", 0) != []
    assert wrong("Termination needs a notice of three months.", 0, 1) == []


@pytest.mark.parametrize("cited", [(), (2,), (-1,), (98,)])
def test_a_sentence_without_a_passage_is_wrong_as_a_whole(cited):
    sentence = Sentence("The lease was signed.", cited)
    assert support.unsupported(sentence, HITS) == ["The lease was signed."]


def test_a_number_that_no_passage_has_does_not_spoil_one_that_has():
    assert wrong("The lease was signed.", 0, 9) == []


def test_a_sentence_that_shares_next_to_nothing_cites_something_else():
    found = wrong("the elevator inspection happens before winter", 0)
    assert found == ["elevator", "inspection", "happens", "winter"]


def test_every_word_may_be_asked_for():
    assert wrong("The lease was agreed.", 0) == []
    assert wrong("The lease was agreed.", 0, share=1.0) == ["agreed"]


@pytest.mark.parametrize("text", ["Yes.", "No.", "It is.", "?"])
def test_what_says_nothing_is_not_borne_out(text):
    assert wrong(text) != []


def test_german_nouns_are_no_names_but_two_in_a_row_are():
    hits = [hit("Der Mietvertrag mit der Müller GmbH läuft drei Jahre.", language="de")]
    assert wrong("Der Mietvertrag mit der Müller GmbH läuft über eine Dauer.", hits=hits) == []
    assert wrong("Der Mietvertrag mit Schmidt Bau läuft Jahre.", hits=hits) == ["Schmidt", "Bau"]


def test_scripts_without_spaces_are_compared_by_their_signs():
    hits = [hit("\u5951\u7ea6\u4e8e\u4e09\u6708\u7ec8\u6b62\u3002", language="zh")]
    assert wrong("\u5951\u7ea6\u7ec8\u6b62\u3002", hits=hits) == []
    assert wrong("\u7535\u68af\u68c0\u67e5\u5f88\u597d\u3002", hits=hits) != []


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_compared(text, passage):
    found = support.unsupported(Sentence(text, (0,)), [hit(passage)])
    assert all(isinstance(each, str) for each in found)


TEXT = "Ann Berg lease rent signed 12 1,200.50 AB-77 on 4 May 2026 2026-05-04 the 3rd"
WORDS = st.lists(st.sampled_from(TEXT.split()), min_size=3, max_size=25)


@given(WORDS)
def test_a_passage_bears_out_itself_unless_it_says_nothing(found):
    text = " ".join(found)
    assert support.unsupported(Sentence(text, (0,)), [hit(text)]) in ([], [text])


@given(WORDS, st.integers(13, 9_999).filter(lambda number: number not in (1200, 2026)), st.data())
def test_a_foreign_number_is_always_found(found, number, data):
    at = data.draw(st.integers(0, len(found)))
    told = " ".join([*found[:at], "costs", f"{number}", "euros", *found[at:]])
    assert support.unsupported(Sentence(told, (0,)), [hit(" ".join(found))]) != []


LETTER = hit(
    "The lease was signed in May. The deposit was never paid. The rent is EUR 900 per month, and may not be raised "
    "before 2027. No penalty is due. The annex is unsigned. Delivery is due no later than 5 March.\n"
    "The box weighs 5 kg and 20 litres fit in. Cleaning costs EUR 50 per week.\nProfit: -7 percent. Sales: 9 percent."
)


@pytest.mark.parametrize(
    "text",
    [
        "The lease was signed in May.",
        "The deposit was not paid.",
        "The deposit wasn't paid.",
        "The rent is EUR 900 per month.",
        "The monthly rent is EUR 900.",
        "The rent may not be raised before 2027.",
        "No penalty is due.",
        "The annex was not signed.",
        "Delivery is due by 5 March.",
        "The box weighs 5 kilograms.",
        "20 l fit in the box.",
        "Profit was -7%.",
        "The loss was 7 percent.",
        "Sales were 9%.",
        "The lease was signed, and the deposit was never paid.",
    ],
)
def test_what_is_denied_and_measured_as_it_stands_there_is_borne_out(text):
    assert wrong(text, hits=[LETTER]) == []


@pytest.mark.parametrize(
    "text",
    [
        "The lease was never signed in May.",
        "The lease wasn't signed in May.",
        "The lease was unsigned in May.",
        "The deposit was paid.",
        "The rent may be raised before 2027.",
        "The penalty is due.",
        "The annex is signed.",
        "Delivery is due later than 5 March.",
        "The box weighs 5 g.",
        "The box weighs 5 litres.",
        "The box weighs 5 tons.",
        "20 ml fit in the box.",
        "The rent is EUR 900 per week.",
        "The weekly rent is EUR 900.",
        "The rent is EUR 900 a year.",
        "The profit was 7 percent.",
        "Sales were -9 percent.",
        "Sales fell to -9 percent.",
    ],
)
def test_a_not_a_unit_a_period_or_a_sign_that_is_another_is_not_borne_out(text):
    assert wrong(text, hits=[LETTER]) != []


@pytest.mark.parametrize(
    ("passage", "said", "turned"),
    [
        ("Der Vertrag wurde nicht unterschrieben.", "Der Vertrag wurde nicht unterschrieben.", False),
        ("Der Vertrag wurde nicht unterschrieben.", "Der Vertrag wurde unterschrieben.", True),
        ("Der Mieter zahlt die Kaution nicht.", "Der Mieter zahlt die Kaution.", True),
        ("Le bail n'est pas sign\u00e9.", "Le bail est sign\u00e9.", True),
        ("Lease A was signed. Lease B was not signed.", "Lease B was signed.", True),
        ("Lease A was signed. Lease B was not signed.", "Lease A was signed.", False),
        ("Neither Anna nor Ben signed.", "Ben signed.", True),
        ("It is not only cheap but also quick.", "It is cheap and quick.", False),
        ("Invoice No. 5 was paid.", "Invoice 5 was paid.", False),
        ("The lease was not, as of May, signed.", "The lease was signed.", True),
    ],
)
def test_a_not_goes_with_what_it_stands_before(passage, said, turned):
    assert bool(negations.turned(said, [passage])) is turned


@pytest.mark.parametrize(
    ("text", "says_nothing"),
    [
        ("Item,Quantity,Price.", True),
        ("Item, Quantity and Price.", True),
        ("Quantity, price.", True),
        ("Bolts M8,1200,0.12", False),
        ("Anna, Ben, Carl.", False),
        ("Item 1200, Price 0.12.", False),
    ],
)
def test_the_head_of_a_table_is_no_answer(text, says_nothing):
    hits = [hit(f"{BOLTS.text}\nAnna, Ben, Carl\nDora, Emil, Fritz")]
    assert (wrong(text, hits=hits) == [text]) is says_nothing
    assert (wrong(text, hits=hits) != []) is says_nothing
