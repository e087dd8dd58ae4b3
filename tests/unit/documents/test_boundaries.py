"""Where documents begin within one file: only where that is sure."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.meaning import boundaries
from documents.model import Extraction, Form, Line

STATEMENT = ("First National Bank", "BANK STATEMENT", "Opening balance", "Closing balance", "Deposits and withdrawals")
INTAKE = ("Application Form", "Applicant", "Employer", "Income and position")
NOTE = ("St. Mary Hospital", "Discharge Summary", "The patient was admitted and discharged.", "Follow up in a week")
PROSE = ("The account is kept without charge.", "Please keep this page.")
BLANK = ()
INVOICE = ("INVOICE", "Bill to Ann Lee", "Subtotal 10.00", "Amount due 10.00")


def page(*lines, **forms):
    return lines, {key.replace("_", " "): value for key, value in forms.items()}


def read(*pages):
    """An extraction of pages: their lines alone, or lines and forms."""
    made = [each if each and isinstance(each[0], tuple) else (each, {}) for each in pages]
    lines = [Line(number, text) for number, (texts, _) in enumerate(made, 1) for text in texts]
    forms = [Form(number, key, value) for number, (_, asked) in enumerate(made, 1) for key, value in asked.items()]
    return Extraction(len(made), tuple(lines), tuple(forms))


def firsts(*pages):
    return [span.first for span in boundaries.spans(read(*pages))]


def numbered(of, number, total):
    return (*of, f"Page {number} of {total}")


def invoice(number):
    return page(*INVOICE, Invoice_number=number)


def test_three_documents_and_their_continuations():
    found = boundaries.spans(read(STATEMENT, PROSE, INTAKE, NOTE, BLANK, PROSE))
    assert [(span.type, span.first, span.last) for span in found] == [
        ("bank_statement", 1, 2), ("application_form", 3, 3), ("discharge_summary", 4, 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pages", "begin"),
    [
        ([STATEMENT], [1]),
        ([STATEMENT, STATEMENT], [1]),  # a running header
        ([PROSE, PROSE], [1]),
        ([BLANK, STATEMENT, NOTE], [1, 3]),
        ([PROSE, STATEMENT, NOTE], [1, 3]),  # a cover goes with what it covers
        ([STATEMENT, ("Discharge Summary",)], [1]),  # a title alone is not enough
        ([STATEMENT, ("She was discharged with a discharge summary after admission for follow up.",)], [1]),
        ([STATEMENT, (*PROSE * 4, *NOTE)], [1]),  # a title in the middle of a page begins nothing
        ([numbered(STATEMENT, 1, 2), numbered(NOTE, 2, 2)], [1]),  # numbered through
        ([numbered(STATEMENT, 1, 2), numbered(PROSE, 2, 2), numbered(STATEMENT, 1, 1)], [1, 3]),
        ([numbered(PROSE, 1, 1), numbered(PROSE, 1, 2), numbered(PROSE, 2, 2)], [1, 2]),
        ([numbered(PROSE, 1, 3), numbered(PROSE, 1, 1)], [1]),  # the first count is not at its end
        ([STATEMENT, PROSE, numbered(STATEMENT, 1, 2), numbered(PROSE, 2, 2)], [1, 3]),
        ([STATEMENT, numbered(PROSE, 1, 2)], [1]),  # of no evident type: an enclosure, perhaps
        ([numbered(STATEMENT, 1, 2), NOTE], [1, 2]),
        ([invoice("1001"), invoice("1002")], [1, 2]),
        ([invoice("1001"), PROSE, invoice("1001")], [1]),
        ([invoice("INV 1O0l"), invoice("INV-1001")], [1]),  # read otherwise, and the same
        ([invoice("1001"), page(*INVOICE)], [1]),
        ([invoice("1001"), page(*PROSE, Invoice_number="1002")], [1]),  # it speaks of another one
    ],
)  # fmt: skip
def test_where_a_document_begins(pages, begin):
    assert firsts(*pages) == begin


def test_results_within_a_note_are_of_the_note():
    results = (
        "Laboratory report of the stay",
        "Discharge diagnosis and hospital course",
        "specimen",
        "admitted",
        "discharged",
    )
    assert firsts(NOTE, results) == [1]


KINDS = st.sampled_from([STATEMENT, INTAKE, NOTE, PROSE, BLANK, *(invoice(str(number)) for number in range(3))])


@st.composite
def stacks(draw):
    pages = draw(st.lists(KINDS, min_size=1, max_size=12))
    counts = [draw(st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3))) for _ in pages]
    made = []
    for each, count in zip(pages, counts, strict=True):
        lines, forms = each if each and isinstance(each[0], tuple) else (each, {})
        made.append(((*lines, f"Page {count[0]} of {count[1]}") if count else lines, forms))
    return read(*((lines, forms) if lines else BLANK for lines, forms in made))


@given(stacks())
def test_every_page_is_in_one_document_and_in_order(extraction):
    found = boundaries.spans(extraction)
    assert (found[0].first, found[-1].last) == (1, extraction.pages)
    assert all(span.first <= span.last for span in found)
    assert all(after.first == before.last + 1 for before, after in pairwise(found))


@given(stacks())
def test_a_document_that_was_taken_out_holds_no_further_one(extraction):
    """Or a part would be another number of documents than the whole said."""
    for span in boundaries.spans(extraction):
        shift = span.first - 1
        lines = tuple(
            Line(each.page - shift, each.text) for each in extraction.lines if span.first <= each.page <= span.last
        )
        forms = tuple(
            Form(each.page - shift, each.key, each.value)
            for each in extraction.forms
            if span.first <= each.page <= span.last
        )
        alone = boundaries.spans(Extraction(span.last - shift, lines, forms))
        assert [(each.type, each.first) for each in alone] == [(span.type, 1)]


def test_a_file_without_a_text_is_one_document():
    assert [(span.first, span.last) for span in boundaries.spans(Extraction(3))] == [(1, 3)]
