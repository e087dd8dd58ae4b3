"""PDF files with as little in them as a sample needs; the same call gives the same bytes."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence

from local.demo.documents import arabic

#: A4 in points.
PAGE = (595, 842)
_LEFT, _TOP, _LEADING = 60, 780, 17
_ACROSS = 300
_CATALOG, _PAGES, _FONT, _BOLD = 1, 2, 3, 4
_FIGURE, _NARROW = 556, {**dict.fromkeys(" .,:", 278), "-": 333}
"""Widths of Helvetica's figures and of the signs among them, in thousandths of its size."""
_IDENTIFIER = b"a sample, always"


def text_pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Pages of text that a reader can select: one line each, a line that begins with ``# `` in bold."""
    objects = _frame()
    numbers = []
    for lines in pages:
        content = _add(objects, _stream(zlib.compress(_text(lines), 9), "/Filter /FlateDecode"))
        numbers.append(_add(objects, _page(content, f"/Font << /F1 {_FONT} 0 R /F2 {_BOLD} 0 R >>")))
    return _whole(objects, numbers)


def hiding_pdf(lines: Sequence[str], hidden: str) -> bytes:
    """A page of text, and one line more, in white: who reads the file finds it, and nobody who looks at the page."""
    objects = _frame()
    white = b"\nBT 1 g %d 120 Td /F1 11 Tf (%b) Tj ET" % (_LEFT, hidden.encode("cp1252"))
    content = _add(objects, _stream(_text(lines) + white))
    return _whole(objects, [_add(objects, _page(content, f"/Font << /F1 {_FONT} 0 R /F2 {_BOLD} 0 R >>"))])


def illustrated_pdf(lines: Sequence[str], jpeg: bytes, width: int, height: int) -> bytes:
    """A page of text with a grey JPEG of ``width`` by ``height`` pixels in its lower half."""
    objects = _frame()
    picture = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray"
    image = _add(objects, _stream(jpeg, f"{picture} /BitsPerComponent 8 /Filter /DCTDecode"))
    shown = b"\nq %d 0 0 %d %d 90 cm /Im0 Do Q" % (_ACROSS, _ACROSS * height // width, _LEFT)
    content = _add(objects, _stream(_text(lines) + shown))
    resources = f"/Font << /F1 {_FONT} 0 R /F2 {_BOLD} 0 R >> /XObject << /Im0 {image} 0 R >>"
    return _whole(objects, [_add(objects, _page(content, resources))])


def arabic_pdf(lines: Sequence[str]) -> bytes:
    """A page of Arabic that a reader can select, with figures and Latin words among it, each line from the right."""
    objects = _frame()
    glyphs = arabic.glyphs()
    procedures = [_add(objects, _stream(f"{each.width} 0 d0 {each.path}".encode())) for each in glyphs.values()]
    letters = _add(objects, _stream(arabic.to_unicode()))
    names = [f"/g{number}" for number in range(len(glyphs))]
    drawn = " ".join(f"{name} {number} 0 R" for name, number in zip(names, procedures, strict=True))
    font = (
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 -500 1500 1200] /FontMatrix [.001 0 0 .001 0 0] /Resources << >>"
        f" /FirstChar {arabic.FIRST_CODE} /LastChar {arabic.FIRST_CODE + len(glyphs) - 1}"
        f" /Widths [{' '.join(str(each.width) for each in glyphs.values())}] /ToUnicode {letters} 0 R"
        f" /Encoding << /Type /Encoding /Differences [{arabic.FIRST_CODE} {' '.join(names)}] >>"
        f" /CharProcs << {drawn} >> >>"
    )
    number = _add(objects, font.encode())
    content = _add(objects, _stream(b"\n".join(_from_the_right(lines))))
    return _whole(objects, [_add(objects, _page(content, f"/Font << /F1 {_FONT} 0 R /F3 {number} 0 R >>"))])


def _from_the_right(lines: Sequence[str]) -> Iterator[bytes]:
    size, right = 13, PAGE[0] - _LEFT
    for number, line in enumerate(lines):
        runs = arabic.in_runs(line)
        widths = [arabic.width(run) if own else sum(_NARROW.get(sign, _FIGURE) for sign in run) for own, run in runs]
        x = right - sum(widths) * size / 1000
        for (own, run), width in zip(runs, widths, strict=True):
            shown, font = (arabic.codes(run), "F3") if own else (run.encode("cp1252"), "F1")
            place = f"{x:.1f} {_TOP - 2 * _LEADING * number}"
            yield f"BT /{font} {size} Tf {place} Td <{shown.hex()}> Tj ET".encode()
            x += width * size / 1000


def picture_pdf(pages: Sequence[tuple[bytes, int, int]]) -> bytes:
    """Pages that are one grey JPEG each (its bytes, width and height in pixels) and no text, as scanners write them."""
    objects = _frame()
    numbers = []
    for jpeg, width, height in pages:
        picture = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray"
        image = _add(objects, _stream(jpeg, f"{picture} /BitsPerComponent 8 /Filter /DCTDecode"))
        content = _add(objects, _stream(b"q %d 0 0 %d 0 0 cm /Im0 Do Q" % PAGE))
        numbers.append(_add(objects, _page(content, f"/XObject << /Im0 {image} 0 R >>")))
    return _whole(objects, numbers)


def many_pages(count: int) -> bytes:
    """``count`` pages that all show the same line: 300 bytes per page."""
    objects = _frame()
    content = _add(objects, _stream(_text(["One page of very many."])))
    page = _page(content, f"/Font << /F1 {_FONT} 0 R /F2 {_BOLD} 0 R >>")
    return _whole(objects, [_add(objects, page) for _ in range(count)])


def bomb(size: int) -> bytes:
    """One page whose content unpacks to ``size`` bytes of spaces: deflated twice, a few kilobytes remain."""
    squeeze, block = zlib.compressobj(9), b" " * 1_000_000
    once = b"".join(squeeze.compress(block) for _ in range(size // len(block))) + squeeze.flush()
    objects = _frame()
    content = _add(objects, _stream(zlib.compress(once, 9), "/Filter [/FlateDecode /FlateDecode]"))
    return _whole(objects, [_add(objects, _page(content, ""))])


def locked(pdf: bytes, password: str) -> bytes:
    """``pdf`` encrypted so that it opens with ``password`` only (RC4, 128 bits: AES would need a random start)."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import ArrayObject, ByteStringObject

    class Repeatable(PdfWriter):
        def generate_file_identifiers(self) -> None:
            self._ID = ArrayObject([ByteStringObject(_IDENTIFIER)] * 2)

    writer, out = Repeatable(), io.BytesIO()
    writer.append_pages_from_reader(PdfReader(io.BytesIO(pdf)))
    writer.encrypt(password, algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def _frame() -> dict[int, bytes]:
    """Catalog and fonts; the page tree comes last, when its pages are known."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica%s /Encoding /WinAnsiEncoding >>"
    return {
        _CATALOG: b"<< /Type /Catalog /Pages %d 0 R >>" % _PAGES,
        _PAGES: b"",
        _FONT: (font % "").encode(),
        _BOLD: (font % "-Bold").encode(),
    }


def _add(objects: dict[int, bytes], body: bytes) -> int:
    number = len(objects) + 1
    objects[number] = body
    return number


def _stream(data: bytes, entries: str = "") -> bytes:
    return f"<< /Length {len(data)} {entries} >>\nstream\n".encode() + data + b"\nendstream"


def _page(content: int, resources: str) -> bytes:
    width, height = PAGE
    return (
        f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {width} {height}]"
        f" /Resources << {resources} >> /Contents {content} 0 R >>"
    ).encode()


def _text(lines: Sequence[str]) -> bytes:
    rows = [f"BT {_LEADING} TL {_LEFT} {_TOP} Td"]
    for line in lines:
        font, shown = ("F2", line[2:]) if line.startswith("# ") else ("F1", line)
        escaped = shown.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        rows.append(f"/{font} {13 if font == 'F2' else 11} Tf ({escaped}) Tj T*")
    return "\n".join([*rows, "ET"]).encode("cp1252")


def _whole(objects: dict[int, bytes], pages: Sequence[int]) -> bytes:
    kids = " ".join(f"{number} 0 R" for number in pages)
    objects[_PAGES] = f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode()
    out, offsets = io.BytesIO(), []
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    for number in sorted(objects):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n")
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, _CATALOG, table))
    return out.getvalue()
