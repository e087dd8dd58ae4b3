"""Files of every kind that is read, and of some that are not: PDF made by its objects, DOCX by its parts."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"

MARK = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 25 >>\nstream\n0 0 m 9 9 l 9 0 m 0 9 l S\nendstream"
"""What a checked box shows."""


def say(x: float, y: float, text: str, size: float = 12, mode: int = 0) -> bytes:
    escaped = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"BT %d Tr /F1 %g Tf %g %g Td (%b) Tj ET\n" % (mode, size, x, y, escaped)


def prose(
    lines: int = 30, x: float = 72, top: float = 720, text: str = "The patient was seen and is well again."
) -> bytes:
    return b"".join(say(x, top - 18 * number, f"{text} {number}") for number in range(lines))


def picture(x: float, y: float, width: float, height: float) -> bytes:
    return b"q %g 0 0 %g %g %g cm /Im0 Do Q\n" % (width, height, x, y)


@dataclass(frozen=True)
class Sheet:
    """A page: its content, size and turn; ``crop`` in its own units; ``annotations`` as dictionaries.

    ``extra``: further objects, of the first sheet from number 6 on, to which ``resources``, ``fonts`` and ``xobjects``
    (entries of the page's resources) and annotations refer.
    """

    content: bytes = b""
    size: tuple[float, float] = (612, 792)
    turn: int = 0
    crop: tuple[float, float, float, float] | None = None
    annotations: Sequence[bytes] = ()
    forms: Mapping[str, bytes] = field(default_factory=dict)
    extra: Sequence[bytes] = ()
    resources: bytes = b""
    fonts: bytes = b""
    xobjects: bytes = b""


def pdf(*sheets: Sheet, fields: bool = False, catalog: bytes = b"", packed: bool = False) -> bytes:
    """``fields``: annotations that are widgets make an AcroForm. ``packed``: objects within an object stream."""
    bodies: list[bytes] = [b"", b"", FONT, _image(), MARK]  # 1 catalog, 2 page tree, 3 font, 4 image, 5 check mark
    kids, widgets = [], []
    for sheet in sheets:
        bodies += sheet.extra
        annotations = []
        for annotation in sheet.annotations:
            bodies.append(annotation)
            annotations.append(len(bodies))
            widgets += [len(bodies)] if b"/Widget" in annotation else []
        named = b"/Im0 4 0 R " + sheet.xobjects
        for name, content in sheet.forms.items():
            bodies.append(_stream(content, b"/Type /XObject /Subtype /Form /BBox [0 0 5000 5000] /Resources " + _FONTS))
            named += b" /%b %d 0 R" % (name.encode(), len(bodies))
        bodies.append(_stream(sheet.content))
        entries = b" /Rotate %d" % sheet.turn if sheet.turn else b""
        entries += b" /CropBox [%g %g %g %g]" % sheet.crop if sheet.crop else b""
        entries += b" /Annots [%b]" % _references(annotations) if annotations else b""
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Contents %d 0 R%b "
            b"/Resources << /Font << /F1 3 0 R %b >> /XObject << %b >> %b >> >>"
            % (*sheet.size, len(bodies), entries, sheet.fonts, named, sheet.resources)
        )
        kids.append(len(bodies))
    form = (
        b" /AcroForm << /Fields [%b] /DR %b /DA (/F1 10 Tf 0 g) >>" % (_references(widgets), _FONTS) if fields else b""
    )
    bodies[0] = b"<< /Type /Catalog /Pages 2 0 R%b %b >>" % (form, catalog)
    bodies[1] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), _references(kids))
    return _packed(bodies) if packed else _plain(bodies)


def text_field(name: str, value: str, box: tuple[float, ...], *, label: str = "", flags: int = 0) -> bytes:
    told = b" /TU (%b)" % label.encode() if label else b""
    return b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (%b)%b /V (%b) /Ff %d /Rect [%b] >>" % (
        name.encode(), told, value.encode(), flags, _numbers(box)
    )  # fmt: skip


def check_box(name: str, checked: bool, box: tuple[float, ...]) -> bytes:
    state = b"/Yes" if checked else b"/Off"
    return (
        b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (%b) /V %b /AS %b /AP << /N << /Yes 5 0 R >> >> "
        b"/Rect [%b] >>" % (name.encode(), state, state, _numbers(box))
    )


def docx(body: str, *, extra: Mapping[str, bytes] | None = None, prolog: str = "") -> bytes:
    """``body``: WordprocessingML; see ``paragraph`` and ``grid``."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts: dict[str, bytes] = {
        "[Content_Types].xml": (
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
        ).encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" '
            'Target="word/document.xml"/></Relationships>'
        ).encode(),
        "word/document.xml": (
            f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<w:document xmlns:w="{word}">'
            f"<w:body>{body}</w:body></w:document>"
        ).encode(),
        **(extra or {}),
    }
    return zipped(parts)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def grid(*rows: Sequence[str]) -> str:
    cells = ("".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def image(
    kind: str, size: tuple[int, int] = (200, 100), mode: str = "RGB", frames: int = 1, **options: object
) -> bytes:
    """A picture with a dark mark at its upper left, so that a turn or an inversion shows."""
    made = []
    for number in range(frames):
        each = Image.new("RGB", size, "white")
        ImageDraw.Draw(each).rectangle((5, 5, 25 + number, 15), fill=(20, 40, 60))
        made.append(each.convert(mode))
    out = io.BytesIO()
    more = {"save_all": True, "append_images": made[1:]} if frames > 1 else {}
    made[0].save(out, kind, **more, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG of any size in a hundred bytes, as a liar would write it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


_FONTS = b"<< /Font << /F1 3 0 R >> >>"


def _numbers(numbers: Sequence[float]) -> bytes:
    return b" ".join(b"%g" % number for number in numbers)


def _references(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), entries, data)


def _image() -> bytes:
    return _stream(
        b"\x80" * 100,
        b"/Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8",
    )


def _plain(bodies: Sequence[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)


def _packed(bodies: Sequence[bytes]) -> bytes:
    """Streams as they are, everything else in one object stream, as most programs write since PDF 1.5."""
    out = bytearray(b"%PDF-1.5\n")
    rows: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
    inner: list[tuple[int, bytes]] = []
    for number, body in enumerate(bodies, 1):
        if b"stream\n" in body:
            rows[number] = (1, len(out), 0)
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        else:
            inner.append((number, body))
    holder, table = len(bodies) + 1, len(bodies) + 2
    heads, data = [], b""
    for index, (number, body) in enumerate(inner):
        heads.append(b"%d %d" % (number, len(data)))
        data += body + b"\n"
        rows[number] = (2, holder, index)
    head = b" ".join(heads) + b"\n"
    packed = zlib.compress(head + data)
    rows[holder] = (1, len(out), 0)
    entries = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(inner), len(head))
    out += b"%d 0 obj\n%b\nendobj\n" % (holder, _stream(packed, entries))
    rows[table] = (1, len(out), 0)
    listed = b"".join(struct.pack(">BIH", *rows[number]) for number in range(table + 1))
    entries = b"/Type /XRef /Size %d /Root 1 0 R /W [1 4 2]" % (table + 1)
    start = len(out)
    out += b"%d 0 obj\n%b\nendobj\n" % (table, _stream(listed, entries))
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start
