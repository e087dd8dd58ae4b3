from __future__ import annotations

import io
import os
import struct
import zlib

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from documents.errors import (
    BrokenDocument,
    DecompressionBomb,
    EmptyDocument,
    PasswordProtected,
    RejectedDocument,
    TooLarge,
    TooManyPages,
    UnsupportedFormat,
)
from documents.files import inspection, media_types, office, pdf_bombs, pdfs
from documents.model import Inspection
from tests.unit.documents import files
from tests.unit.documents.files import Sheet, docx, grid, image, paragraph, pdf, picture, prose, say
from tests.unit.images import jpeg_files

SCAN = picture(0, 0, 612, 792)


@pytest.fixture
def look(tmp_path):
    def inspect(data, name="document.bin", native_text="skip"):
        path = tmp_path / name
        path.write_bytes(data)
        return inspection.inspect(path, native_text=native_text)

    return inspect


@pytest.fixture
def refusal(look):
    def refused(data, error, **options):
        with pytest.raises(RejectedDocument) as told:
            look(data, **options)
        assert type(told.value) is error, told.value
        return str(told.value)

    return refused


def sparse(path, head, size):
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path


def encrypted(data, user, owner):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt(user, owner, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


class TestKinds:
    @pytest.mark.parametrize(
        ("data", "media_type"),
        [
            (pdf(Sheet(prose())), media_types.PDF),
            (b"\n\n" + pdf(Sheet(prose())), media_types.PDF),
            (image("PNG"), media_types.PNG),
            (image("JPEG"), media_types.JPEG),
            (image("TIFF"), media_types.TIFF),
            (docx(paragraph("Hello")), media_types.DOCX),
            (b"<!DOCTYPE html><p>Hello</p>", media_types.HTML),
            (b"  <!-- made by hand -->\n<html lang=en><body>Hello", media_types.HTML),
            (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><p>Hello</p></html>', media_types.HTML),
            (b"# Discharge note\n\nThe patient is well.", media_types.MARKDOWN),
            (b"Some **bold** words and\n- one\n- two\n", media_types.MARKDOWN),
            (b"a | b\n--|--\n1 | 2\n", media_types.MARKDOWN),
            (b"Text\n\n| a | b |\n|:---|---:|\n| 1 | 2 |\n", media_types.MARKDOWN),
            (b"> See [this](https://example.com/a_(b)).\n", media_types.MARKDOWN),
            (b"Dear Sir,\n\nI am well.\n", media_types.PLAIN),
            (b"BMW Service Invoice 17\n", media_types.PLAIN),
            (b"A text about %PDF-1.4 files", media_types.PLAIN),
            (b"- one\n- two\n", media_types.PLAIN),
            (b"item #5: 3 < 4 and 5 > 4", media_types.PLAIN),
            ("Größe: 5\n".encode("utf-16"), media_types.PLAIN),
            ("Größe: 5\n".encode("utf-8-sig"), media_types.PLAIN),
            ("Größe: 5 € “so”\n".encode("cp1252"), media_types.PLAIN),
        ],
    )
    def test_by_content_never_by_name(self, look, data, media_type):
        assert look(data, "picture.png").media_type == media_type

    @pytest.mark.parametrize(
        ("text", "media_type"),
        [
            ("<!---->" * 500 + "a", media_types.PLAIN),
            ("<!-- a -->\n" * 300 + "<p>Hello</p>", media_types.HTML),
            ("[" * 5_000_000, media_types.PLAIN),
            ("[a](" * 1_000_000, media_types.PLAIN),
            ("|" * 5_000_000 + "\n", media_types.PLAIN),
            ("a|b\n" + "--|" * 500_000 + "a", media_types.PLAIN),
            ("a|b\n--|--" + " " * 1_000_000 + "a", media_types.PLAIN),
        ],
        ids=["comments", "comments then html", "brackets", "links", "pipes", "rules", "blanks"],
    )
    def test_texts_made_to_be_looked_at_for_hours_take_no_time(self, look, text, media_type):
        """They would keep the function busy to its timeout, and be tried again."""
        assert look(text.encode()).media_type == media_type

    def test_a_png_named_pdf_is_a_png(self, look):
        assert look(image("PNG"), "scan.pdf").media_type == media_types.PNG

    @pytest.mark.parametrize(
        ("data", "what"),
        [
            (image("WEBP"), "WebP"),
            (image("GIF"), "GIF"),
            (image("BMP"), "BMP"),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "HEIC"),
            (b"\0\0\0\x1cftypavif\0\0\0\0" + bytes(40), "AVIF"),
            (b"II+\0\x08\0\0\0" + bytes(40), "BigTIFF"),
            (files.zipped({"xl/workbook.bin": b"<x/>"}), "Excel"),
            (files.zipped({"ppt/presentation.xml": b"<x/>"}), "PowerPoint"),
            (files.zipped({"content.xml": b"<x/>"}), "OpenDocument"),
            (files.zipped({"a.txt": b"a"}), "ZIP archive"),
            (files.zipped({}), "ZIP archive"),
            (b"{\\rtf1 Hello}", "RTF"),
            (b"\x1f\x8b\x08" + bytes(20), "gzip"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "before 2007"),
            (b"<?xml version='1.0'?><invoice/>", "XML"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "XML"),
            (b"text with a \0 byte", "binary"),
            (bytes(range(256)) * 20, "binary"),
        ],
    )
    def test_what_is_not_read_is_named(self, refusal, data, what):
        assert what in refusal(data, UnsupportedFormat)

    @pytest.mark.parametrize("data", [b"", b"  \n\t ", "\ufeff \n".encode("utf-16")])
    def test_nothing_is_empty(self, refusal, data):
        refusal(data, EmptyDocument)

    def test_utf_16_that_breaks_off_is_broken(self, refusal):
        refusal("Größe".encode("utf-16") + b"\x01", BrokenDocument)

    def test_an_encrypted_office_file_is_password_protected(self, refusal):
        ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
        refusal(ole, PasswordProtected)

    @given(st.binary(max_size=300))
    def test_any_bytes_are_a_kind_or_a_refusal(self, tmp_path_factory, data):
        path = tmp_path_factory.mktemp("any") / "x"
        path.write_bytes(data)
        try:
            found = inspection.inspect(path, native_text="skip")
        except RejectedDocument:
            return
        assert found.pages >= 1


class TestSizes:
    def test_over_500_mb(self, tmp_path):
        path = sparse(tmp_path / "x", b"%PDF-1.4\n", (500 << 20) + 1)
        with pytest.raises(TooLarge, match="524,288,001 bytes"):
            inspection.inspect(path, native_text="skip")

    def test_an_image_of_11_mb(self, tmp_path):
        path = sparse(tmp_path / "x", image("PNG"), 11 << 20)
        with pytest.raises(TooLarge, match="10,485,760"):
            inspection.inspect(path, native_text="skip")

    def test_a_long_text_is_refused_before_it_is_read(self, tmp_path):
        path = sparse(tmp_path / "x", b"words " * 300, 400 << 20)
        with pytest.raises(TooLarge):
            inspection.inspect(path, native_text="skip")

    def test_a_page_of_over_10_mb_goes_the_slow_way(self, look):
        data = pdf(Sheet(SCAN))
        padded = data.replace(b"%PDF-1.4\n", b"%PDF-1.4\n%" + b"x" * (10 << 20) + b"\n", 1)
        assert look(data).route == "sync"
        assert look(padded).route == "async"

    def test_3001_pages(self, refusal):
        assert "3,001" in refusal(pdf(*[Sheet()] * 3001), TooManyPages)


class TestImages:
    def test_one_page_is_synchronous(self, look):
        assert look(image("JPEG")) == Inspection(media_types.JPEG, 1, "sync", "an image; one page of at most 10 MB")

    def test_frames_are_pages(self, look):
        found = look(image("TIFF", frames=3))
        assert (found.pages, found.route) == (3, "async")
        assert look(image("TIFF")).route == "sync"

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
    def test_what_breaks_off_is_broken(self, refusal, kind):
        data = image(kind, (400, 300))
        refusal(data[: len(data) * 2 // 3], BrokenDocument)

    @pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16"])
    def test_png_of_any_color(self, look, mode):
        data = image("PNG", mode="L" if mode == "I;16" else mode)
        assert look(data).media_type == media_types.PNG

    @pytest.mark.parametrize("options", [{"progressive": True}, {"mode": "L"}, {"mode": "CMYK"}])
    def test_jpeg_of_any_make(self, look, options):
        assert look(image("JPEG", **options)).route == "sync"

    def test_a_jpeg_that_cannot_be_decoded_at_a_fraction(self, refusal):
        """Asked for a fraction of a lossless one, older decoders wrote beyond their rows and the process ended."""
        pixels = Image.effect_noise((200, 1), 60).resize((200, 150))
        assert "unusual JPEG" in refusal(jpeg_files.lossless(pixels), UnsupportedFormat)

    def test_a_phone_s_second_picture_is_no_page(self, look):
        assert look(image("MPO", frames=2)) == Inspection(
            media_types.JPEG, 1, "sync", "an image; one page of at most 10 MB"
        )

    def test_an_animated_png(self, refusal):
        assert "animated" in refusal(image("PNG", frames=2), UnsupportedFormat)

    @pytest.mark.parametrize("size", [(10_001, 10), (10, 10_001), (60_000, 60_000)])
    def test_over_10000_pixels(self, refusal, size):
        assert "10,000 pixels" in refusal(files.png_header(*size), TooLarge)

    def test_10000_pixels_are_not_too_many(self, look):
        assert look(image("PNG", (10_000, 20), mode="1")).pages == 1

    def test_a_checksum_that_is_wrong(self, refusal):
        data = bytearray(image("PNG"))
        data[60] ^= 0xFF
        refusal(bytes(data), BrokenDocument)


class TestOffice:
    def test_text_route(self, look):
        assert look(docx(paragraph("Hello"))).route == "text"

    def test_a_zip_that_breaks_off(self, refusal):
        refusal(docx(paragraph("Hello"))[:200], BrokenDocument)

    def test_a_bomb_by_its_directory(self, refusal):
        parts = {f"word/media/{number}.bin": b"\0" * (60 << 20) for number in range(9)}
        refusal(docx(paragraph("x"), extra=parts), DecompressionBomb)

    def test_a_bomb_that_lies_about_its_size(self, refusal):
        size = office.MOST_XML_BYTES + 1
        data = docx(paragraph("x"), extra={"word/styles.xml": b"<a>" + b" " * size})
        small = struct.pack("<I", 1000)
        lied = data.replace(struct.pack("<I", size + 3), small)
        assert lied != data
        refusal(data, DecompressionBomb)
        refusal(lied, BrokenDocument)  # zipfile reads no more than it was told, and finds the checksum wrong

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_a_dtd(self, refusal, encoding):
        xml = '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'.encode(encoding)
        assert "DTD" in refusal(docx(paragraph("x"), extra={"word/numbering.xml": xml}), BrokenDocument)

    def test_a_dtd_between_two_reads(self, refusal):
        xml = b"<!--" + b" " * ((1 << 20) - 10) + b"--><!DOCTYPE a><a/>"
        refusal(docx(paragraph("x"), extra={"word/numbering.xml": xml}), BrokenDocument)

    def test_ten_thousand_parts(self, refusal):
        refusal(docx("", extra={f"{number}.bin": b"" for number in range(10_001)}), DecompressionBomb)


class TestPdf:
    def test_text_that_covers_the_page_needs_no_recognition(self, look):
        found = look(pdf(Sheet(prose()), Sheet(prose())))
        assert found == Inspection(media_types.PDF, 2, "text", "its own text covers every page")

    def test_native_text_can_be_analyzed_all_the_same(self, look):
        assert look(pdf(Sheet(prose())), native_text="analyze").route == "sync"

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (SCAN, "image"),
            (SCAN + say(72, 20, "Scanned by CamScanner", 8), "image"),
            (prose() + SCAN, "image"),
            (SCAN + prose().replace(b"0 Tr", b"3 Tr"), "image"),
            (prose().replace(b"0 Tr", b"3 Tr"), "invisible"),
            (b"\n".join(b"%d %d m %d %d l S" % (n, n, n + 3, n + 9) for n in range(200)), "drawn"),
            (b"", "no page has text"),
            (picture(0, 300, 612, 492) + say(72, 100, "A caption below the picture"), "image"),
            (b"q /Fm0 Do Q" + say(72, 20, "Page 1"), "image"),
        ],
        ids=["scan", "stray", "hidden", "ocr-layer", "invisible", "outlines", "blank", "caption", "form-object"],
    )
    def test_text_that_does_not_stand_for_the_page(self, look, content, why):
        forms = {"Fm0": SCAN} if b"/Fm0" in content else {}
        data = pdf(Sheet(content, forms=forms))
        data = data.replace(files._FONTS, b"<< /XObject << /Im0 4 0 R >> >>") if forms else data
        found = look(data)
        assert found.route == "sync"
        assert why in found.reason

    def test_one_scanned_page_is_enough(self, look):
        found = look(pdf(Sheet(prose()), Sheet(SCAN)))
        assert (found.route, found.pages) == ("async", 2)
        assert found.reason.startswith("page 2 is an image")

    @pytest.mark.parametrize(
        "content",
        [
            picture(72, 720, 60, 40) + prose(20, top=680),  # a letterhead
            SCAN + prose(42, top=770),  # a colored background, then the text
            prose() + b"\n".join(b"%d 0 m %d 700 l S" % (n, n) for n in range(300)),  # ruled lines
        ],
        ids=["logo", "background", "rules"],
    )
    def test_pictures_that_do_not_matter(self, look, content):
        assert look(pdf(Sheet(content))).route == "text"

    def test_an_empty_page_between_two_full_ones(self, look):
        assert look(pdf(Sheet(prose()), Sheet(), Sheet(prose()))).route == "text"

    def test_garbled_text(self, look):
        font = files.FONT.replace(b">>", b"/ToUnicode 4 0 R >>")
        codes = b"/CIDInit begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7e> <e020> "
        stream = codes + b"endbfrange endcmap"
        garbled = pdf(Sheet(prose())).replace(files.FONT, font).replace(b"\x80" * 100, stream)
        found = look(_without_table(garbled.replace(b"/Length 100 ", b"/Length %d " % len(stream))))
        assert found.reason.startswith("page 1 has text of unknown characters")

    def test_a_comment_typed_over_the_page(self, look):
        note = b"<< /Type /Annot /Subtype /FreeText /Contents (paid) /Rect [72 20 200 40] /DA (/F1 12 Tf) >>"
        assert "annotations" in look(pdf(Sheet(prose(), annotations=[note]))).reason

    def test_filled_in_fields_are_native(self, look):
        sheet = Sheet(prose(), annotations=[files.text_field("name", "Ann", (100, 20, 300, 40))])
        assert look(pdf(sheet, fields=True)).route == "text"

    def test_a_user_password(self, refusal):
        assert "password" in refusal(encrypted(pdf(Sheet(prose())), "secret", "owner"), PasswordProtected)

    def test_an_owner_password_lets_all_be_read(self, look, tmp_path):
        assert look(encrypted(pdf(Sheet(prose())), "", "owner")) == look(pdf(Sheet(prose())))
        found = look(encrypted(pdf(Sheet(SCAN)), "", "owner"))
        assert (found.route, found.unlocked) == ("sync", True)
        (tmp_path / "locked").write_bytes(encrypted(pdf(Sheet(SCAN)), "", "owner"))
        pdfs.unlock(tmp_path / "locked", tmp_path / "unlocked")
        assert not pypdf.PdfReader(tmp_path / "unlocked").is_encrypted
        assert not look(pdf(Sheet(SCAN))).unlocked

    def test_over_9000_points(self, look, refusal):
        assert "9,000 points" in refusal(pdf(Sheet(SCAN), Sheet(SCAN, size=(9001, 700))), TooLarge)
        assert look(pdf(Sheet(SCAN, size=(9000, 700)))).route == "sync"

    def test_xfa(self, look, refusal):
        static = b"/AcroForm << /Fields [] /XFA [(template) 4 0 R] >>"
        assert "XFA" in refusal(pdf(Sheet(SCAN), catalog=static), UnsupportedFormat)
        assert look(pdf(Sheet(prose()), catalog=static)).route == "text"
        dynamic = static + b" /NeedsRendering true"
        assert "XFA" in refusal(pdf(Sheet(prose()), catalog=dynamic), UnsupportedFormat)

    @pytest.mark.parametrize("data", [b"%PDF-1.4", b"%PDF-1.4\n" + b"garbage " * 100, pdf(Sheet(prose()))[:200], pdf()])
    def test_broken(self, refusal, data):
        refusal(data, BrokenDocument)

    def test_a_damaged_table_of_objects_is_rebuilt(self, look):
        assert look(_without_table(pdf(Sheet(prose())))).route == "text"

    def test_page_trees_that_bite_their_tails(self, look):
        """Bounded time is the assertion: pytest's own limit ends a reader that goes round."""
        data = pdf(Sheet(prose())).replace(b"/Kids [7 0 R]", b"/Kids [2 0 R]")
        with pytest.raises(BrokenDocument):
            look(data)

    def test_packed_objects_are_read(self, look):
        assert look(pdf(Sheet(prose()), packed=True)).route == "text"


def _without_table(data):
    """As after a careless edit: readers then look for the objects themselves."""
    start = data.rindex(b"xref\n0")
    return data[:start] + data[data.index(b"trailer", start) :]


class TestBombs:
    def bomb(self, times=1, entries=b"", size=pdf_bombs.MOST_STREAM_BYTES + 1):
        data = b" " * size
        for _ in range(times):
            data = zlib.compress(data, 9)
        filters = b" ".join([b"/FlateDecode"] * times)
        stream = b"<< /Length %d /Filter [%b] %b>>\nstream\n%b\nendstream" % (len(data), filters, entries, data)
        return pdf(Sheet(prose())).replace(b"1 0 obj", b"9 0 obj\n%b\nendobj\n1 0 obj" % stream, 1)

    def test_a_stream_of_much_of_the_same(self, refusal):
        assert len(self.bomb()) < 100_000
        assert "64 MB" in refusal(self.bomb(), DecompressionBomb)

    def test_a_bomb_within_a_bomb(self, refusal):
        assert len(self.bomb(times=2)) < 5_000
        refusal(self.bomb(times=2), DecompressionBomb)

    def test_many_filters(self, refusal):
        refusal(self.bomb(times=3, size=1000), DecompressionBomb)

    def test_a_large_white_scan_is_none(self, tmp_path):
        path = tmp_path / "x"
        path.write_bytes(self.bomb(entries=b"/Subtype /Image "))
        pdf_bombs.check(path)

    def test_memory_stays_small(self, tmp_path):
        import tracemalloc

        path = tmp_path / "x"
        path.write_bytes(self.bomb())
        tracemalloc.start()
        with pytest.raises(DecompressionBomb):
            pdf_bombs.check(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10 << 20

    def test_streams_without_an_end_are_not_looked_through_again_and_again(self, tmp_path):
        path = tmp_path / "x"
        path.write_bytes(b"%PDF-1.5\n" + b"obj /Fl stream\n" * 1_000_000)
        with pytest.raises(BrokenDocument, match="no end"):
            pdf_bombs.check(path)

    def test_a_pdf_within_a_pdf_passes(self, tmp_path):
        path = tmp_path / "x"
        inner = pdf(Sheet(prose()), packed=True)
        path.write_bytes(b"%%PDF-1.5\n1 0 obj << /Length %d >>\nstream\n%b\nendstream" % (len(inner), inner) + inner)
        pdf_bombs.check(path)

    def test_ordinary_files_pass(self, tmp_path):
        path = tmp_path / "x"
        path.write_bytes(pdf(Sheet(prose()), packed=True))
        pdf_bombs.check(path)


def test_no_message_holds_text_or_place(tmp_path):
    path = tmp_path / "secret-name.bin"
    path.write_bytes(b"%PDF-1.4 Secret Person")
    with pytest.raises(BrokenDocument) as told:
        inspection.inspect(path, native_text="skip")
    assert "ecret" not in str(told.value)
    assert os.sep + "tmp" not in str(told.value)


def test_tables_of_a_docx_are_no_other_zip(look):
    assert look(docx(grid(["a", "b"]))).media_type == media_types.DOCX


def test_a_page_covers_itself(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(pdf(Sheet(prose()), Sheet(SCAN), Sheet()))
    with pdfs.opened(path) as document:
        found = []
        for index in range(3):
            with pdfs.page_of(document, index) as page:
                found.append(pdfs.covers(page))
    assert found == [True, False, False]
