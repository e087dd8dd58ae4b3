"""What a page shows and what its file says: two different things, of which the first is believed."""

from __future__ import annotations

import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont

from documents.files import inspection, media_types, page_objects
from documents.outputs import redaction
from documents.reading import own_text
from documents.reading.painting import hidden, look
from documents.reading.painting.canvas import Clock
from tests.unit.documents import files, hiding
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

    @pytest.mark.parametrize("grey", [0.9, 0.91, 0.915, 0.92, 0.925, 0.93])
    def test_a_pale_word_shows_as_a_whole(self, read, grey):
        content = b"%.3f g " % grey + say(72, 700, "Total due: $1,000.00 illicit") + b"0 g " + say(72, 680, "and more")
        found = read(pdf(Sheet(content)))
        assert set(found.text().split()) <= {"Total", "due:", "$1,000.00", "illicit", "and", "more"}

    def test_pale_zeros_behind_a_dark_number_are_hidden(self, read):
        content = b"BT /F1 12 Tf 72 700 Td (Total: $1) Tj .95 g (,000,000) Tj ET 0 g " + say(72, 680, "and more")
        assert [(form.key, form.value) for form in read(pdf(Sheet(content))).forms] == [("Total", "$1")]

    @pytest.mark.parametrize("size", [5, 6, 8, 10, 11, 14])
    def test_letters_of_common_sizes_show(self, read, size):
        text = "The quick (brown) fox, jumps: over; 'the' lazy \"dog\" - 1,234.50 | il1! W@%&"
        found = read(pdf(Sheet(say(20, 700, text, size) + say(20.3, 600.4, text, size))))
        assert found.text() == f"{text}\n{text}"
        assert found.flags == ()


def scanned(width: int, height: int, text: str = "") -> bytes:
    """The object of a picture, with words on it where there are any: what a scanner or a screenshot makes."""
    image = Image.new("L", (width, height), 255)
    if text:
        ImageDraw.Draw(image).text((4, 2), text, font=ImageFont.load_default(max(8, height // 2)), fill=0)
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8" % (
        width, height
    )  # fmt: skip
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, width * height, image.tobytes())


TEXT = hiding.BASE + files.prose(18, top=655)


def with_picture(text: str, box: tuple[float, float, float, float], **options) -> bytes:
    left, bottom, width, height = box
    drawn = b"q %g 0 0 %g %g %g cm /Im1 Do Q\n" % (width, height, left, bottom)
    extra = [scanned(int(2 * width), int(2 * height), text)]
    return pdf(Sheet(TEXT + drawn, xobjects=b"/Im1 6 0 R", extra=extra, **options))


def tiles(text: str) -> bytes:
    """One picture in strips of three points, as many programs write it."""
    whole = Image.new("L", (400, 120), 255)
    ImageDraw.Draw(whole).text((4, 20), text, font=ImageFont.load_default(48), fill=0)
    extra, drawn, named = [], b"", b""
    for number in range(40):
        strip = whole.crop((0, 3 * number, 400, 3 * number + 3))
        extra.append(
            b"<< /Type /XObject /Subtype /Image /Width 400 /Height 3 /ColorSpace /DeviceGray /BitsPerComponent 8 "
            b"/Length 1200 >>\nstream\n%b\nendstream" % strip.tobytes()
        )
        named += b"/T%d %d 0 R " % (number, 6 + number)
        drawn += b"q 200 0 0 1.5 72 %g cm /T%d Do Q\n" % (300 - 1.5 * number, number)
    return pdf(Sheet(TEXT + drawn, xobjects=named, extra=extra))


ID_CARD = (72.0, 100.0, 240.0, 150.0)


class TestPictures:
    @pytest.fixture
    def route(self, tmp_path):
        def inspect(data, native_text="skip"):
            path = tmp_path / "document"
            path.write_bytes(data)
            return inspection.inspect(path, native_text=native_text)

        return inspect

    @pytest.mark.parametrize(
        "data",
        [
            with_picture("ID 123-45-6789", ID_CARD),
            with_picture("$1", (72, 100, 300, 200)),
            with_picture("ID 123-45-6789", ID_CARD, turn=90),
            tiles("ID 123-45-6789"),
        ],
        ids=["card", "one small figure", "turned", "strips"],
    )
    def test_one_that_shows_something_goes_to_textract_or_is_flagged(self, route, read, data):
        assert (route(data).route, route(data, "flag").route) == ("sync", "text")
        assert "picture" in route(data).reason
        [flag] = read(data).flags
        assert (flag.code, flag.page) == ("IMAGE_UNREAD", 1)
        assert "% of the page" in flag.message

    @pytest.mark.parametrize(
        "data",
        [
            with_picture("", ID_CARD),
            with_picture("logo", (72, 300, 60, 30)),
            pdf(Sheet(TEXT + files.picture(72, 100, 300, 200))),
        ],
        ids=["blank", "small", "grey"],
    )
    def test_grounds_and_ornaments_are_none(self, route, read, data):
        assert route(data).route == "text"
        assert read(data).flags == ()

    def test_the_place_is_told(self, read):
        [flag] = read(with_picture("ID 123-45-6789", ID_CARD)).flags
        assert "12 % from the left and 68 % from the top, 7.4 % of the page" in flag.message

    @pytest.mark.parametrize("size", [ID_CARD, (72, 300, 60, 20)], ids=["large", "small"])
    def test_a_redacted_copy_has_none_of_them(self, tmp_path, size):
        """Nobody has looked for a name in it."""
        (tmp_path / "in.pdf").write_bytes(with_picture("Ann 4711", size))
        laid = list(own_text.layout(tmp_path / "in.pdf", media_types.PDF))
        redaction.paint(tmp_path / "in.pdf", media_types.PDF, laid, [], tmp_path / "out.pdf", unread=True)
        page = pypdfium2.PdfDocument(tmp_path / "out.pdf")[0].render(scale=1).to_pil().convert("L")
        left, bottom, width, height = (int(each) for each in size)
        inside = page.crop((left + 1, 792 - bottom - height + 1, left + width - 1, 792 - bottom - 1))
        assert inside.getextrema()[1] < 40
        assert page.crop((60, 40, 500, 130)).getextrema() > (0, 200)


class TestTime:
    def test_a_page_that_takes_too_long_is_believed_and_flagged(self, read, monkeypatch):
        monkeypatch.setattr(look, "PAGE_SECONDS", 0.0)
        found = read(HIDDEN["white"].pdf())
        assert LIE in found.text()
        assert [(flag.code, flag.page) for flag in found.flags] == [("TEXT_UNCHECKED", 1)]
        assert found.unchecked == (1,)

    def test_a_file_has_its_time_too(self, read, monkeypatch):
        monkeypatch.setattr(look, "FILE_SECONDS", 0.0)
        assert read(pdf(*[Sheet(hiding.BASE)] * 3)).unchecked == (1, 2, 3)

    def test_a_later_step_reads_the_same_lines(self, tmp_path, read, monkeypatch):
        """Else a name's place would be another word's, and the copy would show the name."""
        data = HIDDEN["white"].pdf()
        monkeypatch.setattr(look, "PAGE_SECONDS", 0.0)
        found = read(data)
        for seconds in (0.0, 100.0):
            monkeypatch.setattr(look, "PAGE_SECONDS", seconds)
            laid = own_text.layout(tmp_path / "document", media_types.PDF, found.unchecked)
            assert [line.text for line in laid] == [line.text for line in found.lines]

    def test_a_checked_page_is_painted_again_however_long_it_takes(self, tmp_path, read, monkeypatch):
        found = read(HIDDEN["white"].pdf())
        monkeypatch.setattr(look, "PAGE_SECONDS", 0.0)
        laid = own_text.layout(tmp_path / "document", media_types.PDF, found.unchecked)
        assert [line.text for line in laid] == [line.text for line in found.lines]

    def test_it_goes_to_textract_where_that_is_allowed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(look, "PAGE_SECONDS", 0.0)
        (tmp_path / "document").write_bytes(with_picture("ID", ID_CARD))
        assert "too long to paint" in inspection.inspect(tmp_path / "document", native_text="skip").reason

    @pytest.mark.parametrize("step", ["_judged", "_shared"])
    def test_looking_takes_time_too(self, read, monkeypatch, step):
        """Painted in time, but there are many words, or many that lie over each other."""
        own, steps = getattr(hidden, step), []
        monkeypatch.setattr(hidden, step, lambda *arguments: steps.append(step) or own(*arguments))
        monkeypatch.setattr(Clock, "is_over", lambda _clock: bool(steps))
        content = b"".join(say(72, 700, f"{number} words over words") for number in range(60))
        found = read(pdf(Sheet(content)))
        assert 0 < len(steps) < 240
        assert found.unchecked == (1,)
        assert [flag.code for flag in found.flags] == ["TEXT_UNCHECKED"]

    def test_too_many_objects_are_not_painted(self, read, monkeypatch):
        monkeypatch.setattr(page_objects, "MOST_OBJECTS", 3)
        assert read(HIDDEN["white"].pdf()).unchecked == (1,)


def test_figures_that_are_only_said_and_not_painted(read):
    said = b"/Span << /ActualText (Total due: $1.00) >> BDC " + say(72, 500, "Total due: $9,000.00") + b" EMC"
    found = read(pdf(Sheet(hiding.BASE + said)))
    assert "$1.00" not in str(found.to_json())
    assert [flag.code for flag in found.flags] == ["TEXT_HIDDEN"]


def test_a_hyphen_that_is_said_to_be_none_hides_nothing(read):
    said = (
        say(72, 500, "Account 4711 is over") + b"/Span << /ActualText <FEFF00AD> >> BDC " + say(190, 500, "-") + b" EMC"
    )
    found = read(pdf(Sheet(hiding.BASE + said)))
    assert "Account 4711 is over" in str(found.to_json())
    assert found.flags == ()
