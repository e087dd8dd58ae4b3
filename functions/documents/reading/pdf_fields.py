"""What the form fields and check boxes of a PDF's page hold, where that shows.

A filled-in field's text is no part of the page's own text in pdfium, so it is laid over the field's place.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from documents.model import NOT_SELECTED, SELECTED, Box, Form, Signature, Word
from documents.reading.painting import appearances
from documents.reading.painting.appearances import Written
from documents.reading.painting.letters import Bounds
from documents.reading.painting.places import Shown

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MOST_FIELDS: Final = 5000
"""Form fields of one page."""
LEAST_SIDE: Final = 1.5
"""Points: a field that is less high or wide cannot be read."""
_PASSWORD: Final = 1 << 13
"""Field flag of a text field that is not to be shown (PDF 1.7, table 228, bit 14)."""
_NOT_SHOWN: Final = 1 << 1 | 1 << 5
"""Annotation flags Hidden and NoView (PDF 1.7, table 165, bits 2 and 6)."""


@dataclass(slots=True)
class Fields:
    """``hidden``: where the fields are that hold something and do not show it."""

    forms: list[Form] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    radios: dict[str, int] = field(default_factory=dict)
    hidden: list[Box] = field(default_factory=list)


def has_any(page: PdfPage) -> bool:
    from pypdfium2 import raw

    if page.formenv is None:
        return False
    return any(True for _ in _widgets(page, raw))


def read(
    document: PdfDocument,
    page: PdfPage,
    number: int,
    shown: Shown,
    shows: Callable[[Bounds], bool],
    written: Written,
) -> Fields:
    """``shows``: whether anything of a field is painted within its bounds. ``written``: what its appearance says."""
    from pypdfium2 import raw

    fields = Fields()
    if document.formenv is None:
        return fields
    for annotation in _widgets(page, raw):
        _Widget(document.formenv, annotation, number, shown, shows, written).read(fields)
    return fields


def _widgets(page: PdfPage, raw: Any) -> Iterator[Any]:
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MOST_FIELDS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET:
                yield annotation
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


class _Widget:
    """One place of a form field. Its key is what the form's author wrote for people (TU), else its name (T)."""

    def __init__(
        self, env: Any, annotation: Any, page: int, shown: Shown, shows: Callable[[Bounds], bool], written: Written
    ) -> None:
        from pypdfium2 import raw

        self._raw: Any = raw
        self._env, self._annotation, self._page, self._shown, self._shows = env, annotation, page, shown, shows
        self._written = written
        self.kind = raw.FPDFAnnot_GetFormFieldType(env, annotation)
        self.name = self._string(raw.FPDFAnnot_GetFormFieldName)
        self.key = self._string(raw.FPDFAnnot_GetFormFieldAlternateName) or self.name.rpartition(".")[2]

    def read(self, found: Fields) -> None:
        raw = self._raw
        value = self._string(raw.FPDFAnnot_GetFormFieldValue)
        if not self._is_seen(value):
            box = self._box()
            if value and box is not None:
                found.hidden.append(box)
            return
        if self.kind == raw.FPDF_FORMFIELD_CHECKBOX:
            self._add(found, SELECTED if raw.FPDFAnnot_IsChecked(self._env, self._annotation) else NOT_SELECTED)
        elif self.kind == raw.FPDF_FORMFIELD_RADIOBUTTON:
            self._read_radio(found)
        elif self.kind in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
            flags = raw.FPDFAnnot_GetFormFieldFlags(self._env, self._annotation)
            if self.kind == raw.FPDF_FORMFIELD_TEXTFIELD and flags & _PASSWORD:
                return
            self._read_text(found, value)
        elif self.kind == raw.FPDF_FORMFIELD_SIGNATURE and (value or raw.FPDFAnnot_HasKey(self._annotation, b"V")):
            found.signatures.append(Signature(self._page, None, self._box()))
        # Push buttons hold no value.

    def _read_text(self, found: Fields, value: str) -> None:
        """What the field shows, which scripts may have formatted: a reader sees "$1,000.00" for a kept 1000."""
        bounds = self._bounds()
        said = None if bounds is None else self._written(bounds)
        if said is None or _letters(said) == _letters(value):
            said = value
        elif not _is_format(value, said):
            box = self._box()
            found.hidden += [] if box is None or not value else [box]
        self._add(found, " ".join(said.split()))
        found.words += self._laid(said)

    def _is_seen(self, value: str) -> bool:
        """What holds nothing paints nothing, and is seen unless the file says that it is not."""
        raw, bounds = self._raw, self._bounds()
        if raw.FPDFAnnot_GetFlags(self._annotation) & _NOT_SHOWN or bounds is None:
            return False
        if min(bounds[2] - bounds[0], bounds[3] - bounds[1]) < LEAST_SIDE:
            return False
        if self.kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
            value = SELECTED if raw.FPDFAnnot_IsChecked(self._env, self._annotation) else ""
        flags = raw.FPDFAnnot_GetFormFieldFlags(self._env, self._annotation)
        if self.kind == raw.FPDF_FORMFIELD_SIGNATURE or flags & _PASSWORD:
            return True  # a signature may be valid and invisible; a password is never read
        if not value.strip():
            return True
        if self.kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
            return self._shows(_inner(bounds))
        said = self._written(bounds)
        return self._shows(bounds) if said is None else bool(said)

    def _read_radio(self, found: Fields) -> None:
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

    def _add(self, found: Fields, value: str) -> None:
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
        bounds = self._bounds()
        return None if bounds is None else self._shown(*bounds)

    def _bounds(self) -> Bounds | None:
        return appearances.bounds(self._annotation)

    def _string(self, read: Callable[..., int]) -> str:
        """UTF-16 with a closing zero, of a length in bytes that the first call tells."""
        size = read(self._env, self._annotation, None, 0)
        if size <= 2:
            return ""
        buffer = (ctypes.c_ushort * (size // 2 + 1))()
        read(self._env, self._annotation, buffer, size)
        return bytes(buffer)[: size - 2].decode("utf-16-le", errors="replace").strip()


def _inner(bounds: Bounds) -> Bounds:
    """The middle of a box, which a check mark crosses and its frame does not."""
    left, bottom, right, top = bounds
    across, up = (right - left) / 4, (top - bottom) / 4
    return left + across, bottom + up, right - across, top - up


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _is_format(value: str, said: str) -> bool:
    """Whether an appearance may be the kept value with marks, zeros or names added: 1000 as "$1,000.00"."""
    return _letters(value) in _letters(said)
