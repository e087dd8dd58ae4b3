"""Some pages of a PDF as a PDF of their own, with nothing of the other pages in it.

pdfium writes the file anew first, without its encryption and as it has understood it; so pypdf, which takes the pages
out, sees the same ones. Of a page goes along what it shows: its content, resources, form fields and other annotations.
Links, actions, threads, attachments, thumbnails and scripts stay behind, since through each of them a page of another
document, perhaps of another person, could be reached. Layers stay off where they are off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from documents.errors import BrokenDocument
from documents.files import pdfs

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_OF_A_PAGE: Final = frozenset(
    (
        "/Type",
        "/MediaBox",
        "/CropBox",
        "/Rotate",
        "/UserUnit",
        "/Resources",
        "/Contents",
        "/Annots",
        "/Group",
        "/Parent",
    )
)
_NOT_OF_AN_ANNOTATION: Final = frozenset(
    ("/P", "/Popup", "/IRT", "/A", "/AA", "/Dest", "/PA", "/FS", "/RichMediaContent")
)
_LEFT_OUT: Final = frozenset(("/Link", "/Popup", "/Screen", "/Movie", "/Sound", "/FileAttachment", "/RichMedia", "/3D"))
MOST_DEPTH: Final = 20
"""Of fields within fields."""


class Cutter:
    """``cut`` may be called for one part after the other; see ``opened``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def cut(self, first: int, last: int) -> Path:
        """A file with the pages ``first`` to ``last``, counted from 1, until the next one. Raises BrokenDocument."""
        import pypdf

        out = self._path.with_suffix(".part")
        with _told(), self._path.open("rb") as file, pypdf.PdfReader(file, strict=False) as reader:
            pages = reader.pages[first - 1 : last]
            if len(pages) != last - first + 1:
                raise BrokenDocument("The PDF's pages cannot be counted; print it to PDF again.")
            _prune(reader, {number: field for page in pages for number, field in _clean(page).items()})
            writer = pypdf.PdfWriter()
            writer.append(reader, pages=(first - 1, last), import_outline=False)
            layers = reader.root_object.get("/OCProperties")
            if layers is not None:
                writer.root_object[pypdf.generic.NameObject("/OCProperties")] = layers.clone(writer)
            with out.open("wb") as made:
                writer.write(made)
        return out


@contextmanager
def opened(path: Path) -> Iterator[Cutter]:
    """Raises what ``pdfs.opened`` raises. Needs room for the file once more beside it."""
    whole = path.with_suffix(".whole")
    pdfs.unlock(path, whole)
    try:
        yield Cutter(whole)
    finally:
        whole.unlink()


@contextmanager
def _told() -> Iterator[None]:
    from pypdf.errors import PyPdfError

    try:
        yield
    except (PyPdfError, RecursionError, ValueError, TypeError, LookupError, AttributeError) as error:
        # pypdf's own errors, and those of objects that are of another type than they should be.
        raise BrokenDocument("The PDF's structure is damaged; print it to PDF again.") from error


def _clean(page: PageObject) -> dict[int, Any]:
    """Takes away whatever is not of the page itself; its fields by the numbers of their objects."""
    from pypdf.generic import ArrayObject, IndirectObject, NameObject

    for name in page.keys() - _OF_A_PAGE:
        del page[name]
    kept, fields = ArrayObject(), {}
    for reference in page.get("/Annots", ArrayObject()).get_object():
        annotation = reference.get_object()
        if annotation is None or annotation.get("/Subtype") in _LEFT_OUT:
            continue
        is_field = annotation.get("/Subtype") == "/Widget"
        for name in annotation.keys() & (_NOT_OF_AN_ANNOTATION | (frozenset() if is_field else {"/Parent"})):
            del annotation[name]
        kept.append(reference)
        if is_field and isinstance(reference, IndirectObject):
            fields[reference.idnum] = annotation
    page[NameObject("/Annots")] = kept
    return fields


def _prune(reader: PdfReader, kept: dict[int, Any]) -> None:
    """Leaves in the tree of fields only those of the kept pages, each below the field that names it."""
    from pypdf.generic import ArrayObject, NameObject

    form, reached = reader.root_object.get("/AcroForm"), set[int]()
    if form is not None:
        form = form.get_object()
        for name in form.keys() - {"/Fields", "/DR", "/DA", "/Q", "/NeedAppearances", "/SigFlags"}:
            del form[name]
        fields = form.get("/Fields", ArrayObject()).get_object()
        form[NameObject("/Fields")] = ArrayObject([each for each in fields if _is_kept(each, None, kept, reached)])
    for number in kept.keys() - reached:
        kept[number].pop("/Parent", None)


def _is_kept(reference: Any, parent: Any, kept: Collection[int], reached: set[int], depth: int = 0) -> bool:
    """Whether a field, or one within it, is on a kept page; it loses those that are not, its actions too."""
    from pypdf.generic import ArrayObject, NameObject

    field, number = reference.get_object(), getattr(reference, "idnum", 0)
    if number in reached or depth > MOST_DEPTH:
        return False
    field.pop("/AA", None)
    if parent is None:
        field.pop("/Parent", None)
    else:
        field[NameObject("/Parent")] = parent
    if "/Kids" not in field:
        reached.add(number)
        return number in kept
    kids = [kid for kid in field["/Kids"].get_object() if _is_kept(kid, reference, kept, reached, depth + 1)]
    field[NameObject("/Kids")] = ArrayObject(kids)
    return bool(kids)
