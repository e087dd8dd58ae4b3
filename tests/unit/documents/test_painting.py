"""What a page shows and what its file says: two different things, of which the first is believed."""

from __future__ import annotations

import pytest

from documents.files import media_types
from documents.reading import own_text
from tests.unit.documents.files import Sheet, pdf, say
from tests.unit.documents.hiding import HIDDEN, HONEST, LIE, TRUTH


@pytest.fixture
def read(tmp_path):
    def extract(data):
        path = tmp_path / "document"
        path.write_bytes(data)
        return own_text.extract(path, media_types.PDF)

    return extract


@pytest.mark.parametrize("way", HIDDEN, ids=str)
def test_what_does_not_show_is_left_out_and_flagged(read, way):
    found = read(HIDDEN[way].pdf())
    said = [found.text(), *(f"{form.key} {form.value}" for form in found.forms), *map(str, found.tables)]
    assert not any("1.00" in text or "due" in text for text in said)
    assert [(form.key, form.value) for form in found.forms] == [("Name", "Ada Byron"), ("Total", "$1,000.00")]
    assert {(flag.code, flag.page) for flag in found.flags} == {("TEXT_HIDDEN", 1)}
    assert all("% from the left" in flag.message and "1.00" not in flag.message for flag in found.flags)


@pytest.mark.parametrize("way", HONEST, ids=str)
def test_what_shows_is_read_and_not_flagged(read, way):
    found = read(HONEST[way].pdf())
    assert LIE in " ".join([found.text(), *(form.value for form in found.forms)])
    assert TRUTH in found.text()
    assert [flag for flag in found.flags if flag.code == "TEXT_HIDDEN"] == []


class TestLetters:
    """A word may show in part: what its other letters say is not on the page."""

    @pytest.mark.parametrize("hide", [b"1 g ", b"3 Tr "], ids=["white", "mode 3"])
    def test_hidden_zeros_behind_a_shown_number(self, read, hide):
        content = b"BT /F1 12 Tf 72 700 Td (Total: $1) Tj " + hide + b"(,000,000) Tj ET 0 g " + say(72, 680, "and more")
        found = read(pdf(Sheet(content)))
        assert [(form.key, form.value) for form in found.forms] == [("Total", "$1")]
        assert [flag.code for flag in found.flags] == ["TEXT_HIDDEN"]

    def test_a_hidden_letter_between_shown_ones(self, read):
        content = b"BT /F1 12 Tf 72 700 Td (Total: 1) Tj 1 g (9) Tj 0 g (5) Tj ET"
        assert "9" not in read(pdf(Sheet(content))).text()

    @pytest.mark.parametrize("size", [5, 6, 8, 10, 11, 14])
    def test_letters_of_common_sizes_show(self, read, size):
        text = "The quick (brown) fox, jumps: over; 'the' lazy \"dog\" - 1,234.50 | il1! W@%&"
        found = read(pdf(Sheet(say(20, 700, text, size) + say(20.3, 600.4, text, size))))
        assert found.text() == f"{text}\n{text}"
        assert found.flags == ()
