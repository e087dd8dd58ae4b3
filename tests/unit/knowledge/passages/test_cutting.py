"""Passages: nothing lost, nothing twice, within their sizes, ends where a reader would put them."""

from __future__ import annotations

from itertools import zip_longest

from hypothesis import given
from hypothesis import strategies as st

from knowledge.model import LEAST_PASSAGE, MOST_PASSAGE, Passage
from knowledge.passages import cutting
from knowledge.passages.cutting import MOST_LINE, cut, plain

SENTENCE = "The boiler was inspected by the engineer in charge of the site."
WORDS = st.lists(st.text("abc dEF.,!\u3002\u00e9\u4e2d-", min_size=1, max_size=40), max_size=12).map(" ".join)
LINES = st.lists(st.one_of(WORDS, st.text(max_size=300), st.just(SENTENCE), st.just("")), max_size=30)
PAGES = st.lists(LINES, max_size=4)


def passages(*pages: list[str]) -> list[Passage]:
    return list(cut(enumerate(pages, 1)))


def solid(text: str) -> str:
    """Without spaces: where a line was cut, its space is between two passages."""
    return "".join(text.split())


@given(PAGES)
def test_every_sign_that_is_seen_is_in_one_passage_in_order(pages: list[list[str]]):
    found = passages(*pages)
    for number, lines in enumerate(pages, 1):
        joined = "".join(solid(each.text) for each in found if each.page == number)
        assert joined == "".join(solid(plain(line)) for line in lines)


@given(PAGES)
def test_every_passage_has_its_size_but_the_last_of_a_page(pages: list[list[str]]):
    found = passages(*pages)
    for each, after in zip_longest(found, found[1:]):
        assert 0 < len(each.text) <= MOST_PASSAGE
        assert each.text == each.text.strip()
        if after is not None and after.page == each.page:
            assert len(each.text) >= LEAST_PASSAGE


@given(PAGES)
def test_every_line_is_in_one_passage_and_a_long_one_in_several(pages: list[list[str]]):
    found = passages(*pages)
    assert [each.n for each in found] == list(range(len(found)))
    first = 0
    for number, lines in enumerate(pages, 1):
        for line, text in enumerate(map(plain, lines), first):
            holders = [each for each in found if each.page == number and each.first <= line <= each.last]
            holders = [each for each in holders if text]
            assert len(holders) >= 1 if text else not holders
            if text and len(text) <= MOST_LINE:
                assert len(holders) == 1
                assert text in holders[0].text
        first += len(lines)


def test_it_gives_the_same_again():
    pages = [[SENTENCE] * 40, ["a", "b"], []]
    assert passages(*pages) == passages(*pages)


def test_no_passage_reaches_over_a_page():
    assert [(each.page, each.first, each.last) for each in passages(["one"], [], ["two"])] == [(1, 0, 0), (3, 1, 1)]


def test_spaces_and_signs_that_nobody_sees_are_no_text():
    assert passages(["  ", "\u200b\ufeff", "\x00\x1f"]) == []
    [found] = passages(["", " a\t\u00a0b\x00c \u00adx\udc00"])
    assert (found.text, found.first, found.last) == ("a b c x?", 1, 1)


def test_it_ends_at_the_end_of_a_sentence_rather_than_of_a_line():
    lines = ["x" * 50] * 8 + ["y" * 50 + "."] + ["z" * 50] * 20
    assert passages(lines)[0].text.endswith("y.")


def test_a_heading_stays_with_what_follows():
    body = [SENTENCE] * 7
    found = passages([*body, "4.2 Terms of payment", *body, "Warranty", *body])
    assert [each.text.splitlines()[0] for each in found] == [SENTENCE, "4.2 Terms of payment", "Warranty"]
    assert not any(each.text.endswith(("payment", "Warranty")) for each in found)


def test_a_form_has_no_headings():
    lines = [f"Field {number}: value {number}" for number in range(100)]
    assert len(passages(lines)) < 6


def test_a_paragraph_in_one_line_is_cut_at_its_sentences():
    found = passages([" ".join([SENTENCE] * 30)])
    assert len(found) > 2
    assert all(each.text.endswith(".") and (each.first, each.last) == (0, 0) for each in found)


def test_a_script_without_spaces_is_cut_at_its_sentences():
    sentence = "\u672c\u88fd\u54c1\u306f\u4fdd\u8a3c\u306e\u5bfe\u8c61\u3067\u3059\u3002"
    found = passages([sentence * 200])
    assert len(found) > 3
    assert all(each.text.endswith("\u3002") for each in found)


def test_the_last_of_a_page_is_not_next_to_nothing():
    lines = [SENTENCE] * 10  # 639 characters
    first, last = passages(lines)
    assert len(last.text) > 150
    assert len(first.text) >= LEAST_PASSAGE


def test_a_huge_page_takes_time_in_proportion():
    """A text file is one page: 200,000 lines of a sign each look at every line a few hundred times at most."""
    looks = 0

    class Counted(str):
        __slots__ = ()

        def split(self, *_: object) -> list[str]:  # type: ignore[override]
            nonlocal looks
            looks += 1
            return ["a"]

    assert len(passages([Counted("a")] * 20_000)) == -(-20_000 * 2 // MOST_PASSAGE)
    assert looks == 20_000
    assert cutting.MOST_LINE == MOST_PASSAGE - LEAST_PASSAGE
