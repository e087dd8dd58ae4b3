"""DOCX files of every kind of content, made by their parts."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.documents import files

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "r": OFFICE,
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def par(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def merge_field(name: str, text: str) -> str:
    """As a mail merge leaves it, once merged."""
    return f'<w:fldSimple w:instr=" MERGEFIELD {name} ">{run(text)}</w:fldSimple>'


def complex_field(code: str, text: str) -> str:
    pieces = ('<w:fldChar w:fldCharType="begin"/>', f"<w:instrText>{code}</w:instrText>",
              '<w:fldChar w:fldCharType="separate"/>', f"<w:t>{text}</w:t>",
              '<w:fldChar w:fldCharType="end"/>')  # fmt: skip
    return "".join(f"<w:r>{piece}</w:r>" for piece in pieces)


def box(text: str, fill: str = "<a:noFill/>", offset: int = 0) -> str:
    """A text box as Word writes it, without the old program's copy."""
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><wp:positionH>'
        f"<wp:posOffset>{offset}</wp:posOffset></wp:positionH><a:graphic><a:graphicData><wps:wsp><wps:spPr>{fill}"
        f"</wps:spPr><wps:txbx><w:txbxContent>{text}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic>"
        "</wp:anchor></w:drawing></mc:Choice></mc:AlternateContent></w:r>"
    )


def picture(points: float) -> str:
    side = int(points * 12_700)
    return (
        f'<w:r><w:drawing><wp:inline><wp:extent cx="{side}" cy="{side}"/><a:graphic><a:graphicData>'
        '<a:blip r:embed="gone"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )


def root(name: str, body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{name} {SPACES}>{body}</w:{name}>'.encode()


def file(body: str, parts: Mapping[str, tuple[str, bytes]] | None = None, before: str = "") -> bytes:
    """``parts``: kind and bytes by name below ``word/``; the relation of each has its name as id."""
    relations = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{name}"/>'
        for name, (kind, _) in (parts or {}).items()
    )
    extra = {
        "word/document.xml": root("document", f"{before}<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>'
        "".encode(),
        **{f"word/{name}": data for name, (_, data) in (parts or {}).items()},
    }
    return files.docx("", extra=extra)


def styles(inner: str) -> tuple[str, bytes]:
    return "styles", root("styles", inner)


def section(*references: str, title: bool = False) -> str:
    """``references``: "header default header1.xml"."""
    made = ""
    for each in references:
        name, kind, part = each.split()
        made += f'<w:{name}Reference w:type="{kind}" r:id="{part}"/>'
    return f"<w:sectPr>{made}{'<w:titlePg/>' if title else ''}</w:sectPr>"
