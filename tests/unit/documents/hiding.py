"""Ways in which a PDF holds words that its page does not show, and some that only look like such."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.unit.documents.files import Sheet, pdf, picture, say

LIE = "Total due: $1.00"
TRUTH = "Total: $1,000.00"
BASE = (
    say(72, 740, "LOAN APPLICATION")
    + say(72, 720, "Name: Ada Byron")
    + say(72, 700, TRUTH)
    + say(72, 680, "The applicant asks for a loan that is repaid in twelve months.")
)
_LAYERS = b"/OCProperties << /OCGs [%d 0 R] /D << %b >> >>"


@dataclass(frozen=True)
class Way:
    """``content`` behind that of an honest page; ``first`` in front of it."""

    content: bytes = b""
    first: bytes = b""
    sheet: dict[str, object] = field(default_factory=dict)
    catalog: bytes = b""
    fields: bool = False

    def pdf(self) -> bytes:
        return pdf(Sheet(self.first + BASE + self.content, **self.sheet), catalog=self.catalog, fields=self.fields)


def lie(size: float = 12, mode: int = 0, text: str = LIE) -> bytes:
    return say(72, 500, text, size, mode)


def state(content: bytes, entries: bytes) -> Way:
    return Way(b"/G0 gs " + content, sheet={"resources": b"/ExtGState << /G0 << %b >> >>" % entries})


def layer(settings: bytes, entries: bytes = b"") -> Way:
    """The layer's object is the sixth: the builder's first five are its own."""
    return Way(
        b"/OC /L0 BDC " + lie() + b" EMC",
        sheet={"resources": b"/Properties << /L0 6 0 R >>", "extra": [b"<< /Type /OCG /Name (l) %b >>" % entries]},
        catalog=_LAYERS % (6, settings),
    )


def value(rect: str, flags: int = 4, color: str = "0 g") -> Way:
    """A form field that holds the lie, with an appearance of its own."""
    look = b"/Tx BMC BT /F1 12 Tf %b 2 5 Td (%b) Tj ET EMC" % (color.encode(), LIE.encode())
    form = form_object(look, b"[0 0 300 20]")
    widget = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (total_due) /V (%b) /F %d /Rect [%b] /DA (/F1 12 Tf %b) "
        b"/AP << /N 6 0 R >> >>" % (LIE.encode(), flags, rect.encode(), color.encode())
    )
    return Way(sheet={"extra": [form], "annotations": [widget]}, fields=True)


def form_object(content: bytes, box: bytes) -> bytes:
    entries = b"/Type /XObject /Subtype /Form /BBox %b /Resources << /Font << /F1 3 0 R >> >>" % box
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(content), content)


COVER = (
    b"<< /Type /Annot /Subtype /Square /Rect [60 490 360 515] /C [0 0 0] /IC [0 0 0] /F 4 /AP << /N 6 0 R >> >>",
    form_object(b"0 g 60 490 300 25 re f", b"[60 490 360 515]"),
)
BLANK_GLYPHS = (
    b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 600 800] /FontMatrix [.001 0 0 .001 0 0] /FirstChar 36 "
    b"/LastChar 57 "
    b"/Widths [%b] /Encoding << /Type /Encoding /Differences [36 %b] >> /CharProcs << /g 7 0 R >> /Resources << >> >>"
    % (b"600 " * 22, b"/g " * 22),
    b"<< /Length 24 >>\nstream\n600 0 0 0 600 800 d1    \nendstream",
)

HIDDEN = {
    "all but a strip is clipped": Way(b"q 60 500 300 .4 re W n " + lie() + b" Q"),
    "all but a strip is clipped, of turned text": Way(
        b"q 500 90 .4 300 re W n BT /F1 12 Tf 0 1 -1 0 500 100 Tm (%b) Tj ET Q" % LIE.encode()
    ),
    "all but a strip is covered": Way(lie() + b"1 g 60 495 300 8.4 re f 60 503.8 300 12 re f"),
    "pressed flat": Way(b"q 1 0 0 .01 72 500 cm " + say(0, 0, LIE) + b" Q"),
    "pressed narrow": Way(b"q .02 0 0 1 72 500 cm " + say(0, 0, LIE) + b" Q"),
    "white": Way(b"1 g " + lie()),
    "nearly white": Way(b"0.99 g " + lie()),
    "red on red": Way(b"1 0 0 rg 60 480 300 40 re f " + lie()),
    "mode 3": Way(lie(mode=3)),
    "mode 7": Way(lie(mode=7)),
    "under a white box": Way(lie() + b"1 g 60 490 300 25 re f"),
    "under a black box": Way(lie() + b"0 g 60 490 300 25 re f"),
    "black on a black box": Way(b"0 g 60 490 300 25 re f " + lie()),
    "clipped": Way(b"q 0 0 10 10 re W n " + lie() + b" Q"),
    "transparent": state(lie(), b"/ca 0"),
    "multiplied": state(b"1 g " + lie(), b"/BM /Multiply"),
    "layer off": layer(b"/OFF [6 0 R]"),
    "layer for print only": layer(
        b"/AS [<< /Event /View /OCGs [6 0 R] /Category [/View] >>]",
        b"/Usage << /View << /ViewState /OFF >> /Print << /PrintState /ON >> >>",
    ),
    "off the page": Way(say(700, 500, LIE)),
    "below the page": Way(say(72, -50, LIE)),
    "outside of the crop": Way(say(72, 20, LIE), sheet={"crop": (0, 60, 612, 792)}),
    "half a point": Way(lie(size=0.5)),
    "scaled to nothing": Way(b"q .001 0 0 .001 72 500 cm " + say(0, 0, LIE) + b" Q"),
    "one percent wide": Way(b"BT 1 Tz /F1 12 Tf 72 500 Td (%b) Tj ET" % LIE.encode()),
    "under an annotation": Way(lie(), sheet={"extra": [COVER[1]], "annotations": [COVER[0]]}),
    "under a picture": Way(lie() + picture(60, 490, 300, 25)),
    "white on a white picture": Way(
        first=b"q 300 0 0 25 60 490 cm /Im1 Do Q 1 g " + lie() + b" 0 g ",
        sheet={
            "xobjects": b"/Im1 6 0 R",
            "extra": [
                b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
                b"/Length 1 >>\nstream\n\xff\nendstream"
            ],
        },
    ),
    "white within a form": Way(b"/Fm0 Do", sheet={"forms": {"Fm0": b"1 g " + lie()}}),
    "clipped within a form": Way(b"/Fm0 Do", sheet={"forms": {"Fm0": b"0 0 9 9 re W n " + lie()}}),
    "white under other words": Way(first=b"1 g " + lie() + b" 0 g " + lie(text="Please see the next page")),
    "empty glyphs": Way(
        b"BT /F3 12 Tf 72 500 Td ($1.00) Tj ET", sheet={"fonts": b"/F3 6 0 R", "extra": list(BLANK_GLYPHS)}
    ),
    "field hidden": value("72 495 372 515", flags=2),
    "field not for view": value("72 495 372 515", flags=32),
    "field off the page": value("72 -495 372 -475"),
    "field without size": value("72 495 72 495"),
    "field in white": value("72 495 372 515", color="1 g"),
}

HONEST = {
    "black": Way(lie()),
    "light grey": Way(b"0.88 g " + lie()),
    "white on dark": Way(b"0 g 60 480 300 40 re f 1 g " + lie()),
    "blue on black": Way(b"0 g 60 480 300 40 re f 0 0 1 rg " + lie()),
    "as light as its ground": Way(b"0 .5 0 rg 60 480 300 40 re f .82 .13 .13 rg " + lie()),
    "small print": Way(lie(size=4)),
    "two points": Way(lie(size=2)),
    "over a picture": Way(picture(60, 490, 300, 25) + b"0 g " + lie()),
    "outlined": Way(lie(mode=1)),
    "bold by two strokes": Way(lie() + say(72.3, 500, LIE)),
    "under a transparent box": Way(
        lie() + b"/G0 gs 1 1 0 rg 60 490 300 25 re f", sheet={"resources": b"/ExtGState << /G0 << /ca .4 >> >>"}
    ),
    "layer on": layer(b"/ON [6 0 R]"),
    "struck through": Way(lie() + b"72 504 m 180 504 l S"),
    "turned": Way(b"BT /F1 12 Tf 0 1 -1 0 500 300 Tm (%b) Tj ET" % LIE.encode()),
    "field": value("72 495 372 515"),
}
