"""Annotations and form fields of a PDF: what they show counts, and not what the file keeps beside it."""

from __future__ import annotations

import pypdfium2
import pytest
from PIL import Image

from documents.files import inspection, media_types
from documents.outputs import redaction
from documents.reading import own_text
from tests.unit.documents.files import Sheet, pdf, say
from tests.unit.documents.hiding import form_object

PAGE = say(72, 700, "Name: Ada Byron") + say(72, 680, "The applicant asks for a loan.")
SECRET = say(5, 10, "SSN 123-45-6789", 20)
CHECKERED = b"q 240 0 0 40 0 0 cm BI /W 24 /H 4 /CS /G /BPC 8 /F /AHx ID %b> EI Q" % ((b"00ff" * 12 + b"ff00" * 12) * 2)


@pytest.fixture
def path(tmp_path):
    def written(data: bytes):
        file = tmp_path / "document"
        file.write_bytes(data)
        return file

    return written


def field(value: str, look: bytes, entries: bytes = b"/FT /Tx") -> bytes:
    """A form field that keeps ``value`` and shows ``look``."""
    widget = (
        b"<< /Type /Annot /Subtype /Widget %b /T (total) /TU (Total due) /V (%b) /F 4 /Rect [72 500 300 520] "
        b"/DA (/F1 12 Tf 0 g) /AP << /N 6 0 R >> >>" % (entries, value.encode())
    )
    return pdf(Sheet(PAGE, extra=[form_object(look, b"[0 0 228 20]")], annotations=[widget]), fields=True)


def annotated(entries: bytes, look: bytes, box: bytes = b"[0 0 240 40]", *, fields: bool = False) -> bytes:
    """A page with one annotation of 240 by 40 points, 2 % of it."""
    annotation = b"<< /Type /Annot %b /T (a) /F 4 /Rect [72 500 312 540] /AP << /N 6 0 R >> >>" % entries
    return pdf(Sheet(PAGE, extra=[form_object(look, box)], annotations=[annotation]), fields=fields)


def forms(file) -> dict[str, str]:
    return {form.key: form.value for form in own_text.extract(file, media_types.PDF).forms if form.key != "Name"}


def codes(file) -> list[str]:
    return [flag.code for flag in own_text.extract(file, media_types.PDF).flags]


@pytest.mark.parametrize(
    ("value", "look", "read", "flags"),
    [
        ("$1.00", say(2, 5, "$9,000.00"), {"Total due": "$9,000.00"}, ["TEXT_HIDDEN"]),
        ("9000", say(2, 5, "$9,000.00"), {"Total due": "$9,000.00"}, []),
        ("$9,000.00", say(2, 5, "$9,000.00"), {"Total due": "$9,000.00"}, []),
        ("", say(2, 5, "$9,000.00"), {"Total due": "$9,000.00"}, []),
        ("$1.00", b"0 G 1 1 226 18 re S 1 g " + say(2, 5, "$1.00"), {}, ["TEXT_HIDDEN"]),
        ("$1.00", b".9 g 0 0 228 20 re f .9 g " + say(2, 5, "$1.00"), {}, ["TEXT_HIDDEN"]),
        ("$1.00", b"0 0 .4 rg 0 0 228 20 re f 1 g " + say(2, 5, "$1.00"), {"Total due": "$1.00"}, []),
    ],
    ids=["another", "formatted", "the same", "kept nowhere", "white in a frame", "grey on grey", "white on dark"],
)
def test_a_field_says_what_it_shows(path, value, look, read, flags):
    file = path(field(value, look))

    assert forms(file) == read
    assert codes(file) == flags


FRAME = b"0 G 1 1 13 13 re S "


@pytest.mark.parametrize(("mark", "read"), [(b"", {}), (b"3 3 m 12 12 l S", {"Total due": "[X]"})])
def test_a_box_is_checked_where_its_mark_shows(path, mark, read):
    widget = (
        b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (a) /TU (Total due) /V /Yes /AS /Yes /F 4 /Rect [72 500 87 515] "
        b"/AP << /N << /Yes 6 0 R >> >> >>"
    )
    sheet = Sheet(PAGE, extra=[form_object(FRAME + mark, b"[0 0 15 15]")], annotations=[widget])

    assert forms(path(pdf(sheet, fields=True))) == read


SIGNATURE = b"/Subtype /Widget /FT /Sig"
BUTTON = b"/Subtype /Widget /FT /Btn /Ff 65536"
UNREAD = {
    "words of a mark": annotated(b"/Subtype /Square", SECRET),
    "words of a watermark": annotated(b"/Subtype /Watermark", SECRET),
    "words of a kind that nobody knows": annotated(b"/Subtype /Foo", SECRET),
    "picture of a link": annotated(b"/Subtype /Link", CHECKERED),
    "words of a signature": annotated(SIGNATURE, SECRET, fields=True),
    "picture of a signature": annotated(SIGNATURE, CHECKERED, fields=True),
    "picture of a button": annotated(BUTTON, CHECKERED, fields=True),
}


@pytest.mark.parametrize("data", UNREAD.values(), ids=UNREAD)
def test_what_only_an_annotation_shows_is_never_passed_over(path, tmp_path, data):
    file = path(data)

    assert inspection.inspect(file, native_text="skip").route == "sync"
    assert inspection.inspect(file, native_text="flag").route == "text"
    assert codes(file) == ["IMAGE_UNREAD"]
    copy = tmp_path / "copy"
    redaction.paint(file, media_types.PDF, [], [], copy, unread=True)
    assert _brightest(copy, (72, 252, 312, 292)) < 16


@pytest.mark.parametrize(
    "data",
    [
        annotated(b"/Subtype /Highlight /C [1 1 0]", b"1 1 0 rg 0 0 240 40 re f"),
        annotated(b"/Subtype /Popup", SECRET),
        annotated(b"/Subtype /Square", b"0 G 1 1 238 38 re S"),
        annotated(BUTTON, say(5, 10, "Print this form"), fields=True),
    ],
    ids=["highlight", "popup, which is closed", "frame", "caption of a button"],
)
def test_annotations_without_words_cost_nothing(path, data):
    file = path(data)

    assert inspection.inspect(file, native_text="skip").route == "text"
    assert codes(file) == []


def _brightest(copy, box: tuple[int, int, int, int]) -> int:
    document = pypdfium2.PdfDocument(copy)
    image: Image.Image = document[0].render(scale=1).to_pil().convert("L").crop(box)
    document.close()
    return image.getextrema()[1]
