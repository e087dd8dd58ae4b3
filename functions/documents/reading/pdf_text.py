"""The words of a PDF that has text of its own, where they show, and what its form fields hold.

Boxes are of the page as it shows: cropped and turned. A filled-in field's text is no part of the page's own text in
pdfium, so it is laid over the field's place.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from documents.files import pdfs
from documents.model import NOT_SELECTED, SELECTED, Box, Form, LaidLine, Signature, Word
from documents.reading import reading_order

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MOST_FIELDS: Final = 5000
"""Form fields of one page."""
_PASSWORD: Final = 1 << 13
"""Field flag of a text field that is not to be shown (PDF 1.7, table 228, bit 14)."""
_HYPHENS = {"\x02": "-", "\ufffe": "-"}
"""What pdfium gives for a hyphen that ends a line."""


@dataclass(frozen=True, slots=True)
class Page:
    """``rows`` are the lines side by side again, for pairs."""

    lines: tuple[LaidLine, ...] = ()
    rows: tuple[tuple[reading_order.Segment, ...], ...] = ()
    fields: tuple[Form, ...] = ()
    signatures: tuple[Signature, ...] = ()


@dataclass(slots=True)
class _Fields:
    forms: list[Form] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    radios: dict[str, int] = field(default_factory=dict)


def pages(path: Path) -> Iterator[Page]:
    """One after the other, from 1. Raises what ``pdfs.opened`` raises, and BrokenDocument for a page."""
    with pdfs.opened(path) as document:
        if document.get_formtype():
            document.init_forms()
        for index in range(len(document)):
            with pdfs.page_of(document, index) as page:
                yield _page(document, page, index + 1)


def _page(document: PdfDocument, page: PdfPage, number: int) -> Page:
    shown = _shown(page)
    fields = _fields(document, page, number, shown)
    level, others = _words(page, shown)
    width, height = page.get_size()
    segments = reading_order.segments([*level, *fields.words], height / max(width, 1e-6))
    lines = [segment.words for segment in segments] + [tuple(words) for words in others]
    return Page(
        lines=tuple(LaidLine(number, " ".join(word.text for word in words), words) for words in lines),
        rows=tuple(tuple(row) for row in reading_order.rows(segments)),
        fields=tuple(fields.forms),
        signatures=tuple(fields.signatures),
    )


Shown = Callable[[float, float, float, float], Box]


def _shown(page: PdfPage) -> Shown:
    """Turns left, bottom, right, top in the page's own units into a box of the page as it shows."""
    left, bottom, right, top = page.get_cropbox()
    width, height = max(right - left, 1e-6), max(top - bottom, 1e-6)
    turn = page.get_rotation()

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = (x - left) / width, (y - bottom) / height
        return {0: (across, 1 - up), 90: (up, across), 180: (1 - across, up), 270: (1 - up, 1 - across)}[turn]

    def box(x: float, y: float, to_x: float, to_y: float) -> Box:
        (one, two), (three, four) = place(x, y), place(to_x, to_y)
        return Box(min(one, three), min(two, four), abs(three - one), abs(four - two))

    return box


def _words(page: PdfPage, shown: Shown) -> tuple[list[Word], list[list[Word]]]:
    """Level words in any order; and lines of words that run up, down or upside down, in pdfium's order."""
    textpage = page.get_textpage()
    turned = math.radians(page.get_rotation())
    level: list[Word] = []
    others: list[list[Word]] = [[]]
    try:
        for text, bounds, angle, ends in _runs(textpage):
            if bounds is not None and text:
                word = Word(text, shown(*bounds))
                # pdfium counts angles clockwise, and a page is turned clockwise too.
                if math.cos(angle + turned) > 0.9:
                    level.append(word)
                else:
                    others[-1].append(word)
            if ends and others[-1]:
                others.append([])
    finally:
        textpage.close()
    return level, [line for line in others if line]


Bounds = tuple[float, float, float, float]


def _runs(textpage: Any) -> Iterator[tuple[str, Bounds | None, float, bool]]:
    """Words as the blanks between them make them: text, bounds, angle, and whether a line ends behind it."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    text, bounds, angle, last = "", None, 0.0, None
    for index in range(textpage.count_chars()):
        letter = _letter(raw.FPDFText_GetUnicode(textpage, index))
        if letter.isspace() or not letter:
            if letter:
                yield text, bounds, angle, letter in "\r\n"
                text, bounds, last = "", None, None
            continue
        if not raw.FPDFText_GetLooseCharBox(textpage, index, box):
            continue
        place = (box.left, box.bottom, box.right, box.top)
        if last is not None and bounds is not None and _apart(last, place):
            yield text, bounds, angle, False
            text, bounds = "", None
        if bounds is None:
            angle = max(raw.FPDFText_GetCharAngle(textpage, index), 0.0)
            bounds = place
        text += letter
        bounds = (
            min(bounds[0], place[0]), min(bounds[1], place[1]), max(bounds[2], place[2]), max(bounds[3], place[3])
        )  # fmt: skip
        last = place
    yield text, bounds, angle, True


def _letter(code: int) -> str:
    """Surrogates come one by one where a font maps them so; alone they cannot be written as UTF-8."""
    letter = chr(code) if 0 <= code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"
    letter = _HYPHENS.get(letter, letter)
    return letter if letter.isprintable() or letter.isspace() else ""


def _apart(last: Bounds, next_: Bounds) -> bool:
    """Whether two letters without a blank between them are too far from each other for one word."""
    size = max(last[3] - last[1], last[2] - last[0], next_[3] - next_[1])
    across = max(next_[0] - last[2], last[0] - next_[2])
    down = max(next_[1] - last[3], last[1] - next_[3])
    return max(across, down) > size


def _fields(document: PdfDocument, page: PdfPage, number: int, shown: Shown) -> _Fields:
    from pypdfium2 import raw

    fields = _Fields()
    if document.formenv is None:
        return fields
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MOST_FIELDS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET:
                _Widget(document.formenv, annotation, number, shown).read(fields)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return fields


class _Widget:
    """One place of a form field. Its key is what the form's author wrote for people (TU), else its name (T)."""

    def __init__(self, env: Any, annotation: Any, page: int, shown: Shown) -> None:
        from pypdfium2 import raw

        self._raw: Any = raw
        self._env, self._annotation, self._page, self._shown = env, annotation, page, shown
        self.kind = raw.FPDFAnnot_GetFormFieldType(env, annotation)
        self.name = self._string(raw.FPDFAnnot_GetFormFieldName)
        self.key = self._string(raw.FPDFAnnot_GetFormFieldAlternateName) or self.name.rpartition(".")[2]

    def read(self, found: _Fields) -> None:
        raw = self._raw
        value = self._string(raw.FPDFAnnot_GetFormFieldValue)
        if self.kind == raw.FPDF_FORMFIELD_CHECKBOX:
            self._add(found, SELECTED if raw.FPDFAnnot_IsChecked(self._env, self._annotation) else NOT_SELECTED)
        elif self.kind == raw.FPDF_FORMFIELD_RADIOBUTTON:
            self._read_radio(found)
        elif self.kind in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
            flags = raw.FPDFAnnot_GetFormFieldFlags(self._env, self._annotation)
            if self.kind == raw.FPDF_FORMFIELD_TEXTFIELD and flags & _PASSWORD:
                return
            self._add(found, " ".join(value.split()))
            found.words += self._laid(value)
        elif self.kind == raw.FPDF_FORMFIELD_SIGNATURE and (value or raw.FPDFAnnot_HasKey(self._annotation, b"V")):
            found.signatures.append(Signature(self._page, None, self._box()))
        # Push buttons hold no value.

    def _read_radio(self, found: _Fields) -> None:
        """The buttons of one group are one field, whose value is the chosen button's name."""
        raw = self._raw
        chosen = ""
        if raw.FPDFAnnot_IsChecked(self._env, self._annotation):
            chosen = self._string(raw.FPDFAnnot_GetFormFieldExportValue) or SELECTED
        if self.name not in found.radios:
            found.radios[self.name] = len(found.forms)
            self._add(found, chosen)
        elif chosen:
            found.forms[found.radios[self.name]] = Form(self._page, self.key, chosen, source="text")

    def _add(self, found: _Fields, value: str) -> None:
        found.forms.append(Form(self._page, self.key, value, source="text"))

    def _laid(self, value: str) -> Iterator[Word]:
        """The value's words, each as wide as its share of its line's letters: where exactly, only the reader knows."""
        box = self._box()
        lines = [line for line in value.replace("\r", "\n").split("\n") if line.strip()]
        if box is None:
            return
        height = box.height / max(len(lines), 1)
        for number, line in enumerate(lines):
            letter = min(box.width / max(len(line), 1), height / 2)
            place = 0
            for word in line.split():
                place = line.index(word, place)
                left, top = box.left + place * letter, box.top + number * height
                yield Word(word, Box(left, top, len(word) * letter, height))
                place += len(word)

    def _box(self) -> Box | None:
        rectangle = self._raw.FS_RECTF()
        if not self._raw.FPDFAnnot_GetRect(self._annotation, rectangle):
            return None
        return self._shown(rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)

    def _string(self, read: Callable[..., int]) -> str:
        """UTF-16 with a closing zero, of a length in bytes that the first call tells."""
        size = read(self._env, self._annotation, None, 0)
        if size <= 2:
            return ""
        buffer = (ctypes.c_ushort * (size // 2 + 1))()
        read(self._env, self._annotation, buffer, size)
        return bytes(buffer)[: size - 2].decode("utf-16-le", errors="replace").strip()
