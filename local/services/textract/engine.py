"""A document to its blocks, page by page; what was analysed before is remembered by its content."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cache

from local.services.textract import ocr
from local.services.textract.blocks import Block, blocks
from local.services.textract.page import analysis
from local.services.textract.page.model import Sheet
from local.services.textract.pages import Document
from local.services.textract.queries import Query

_MOST_SHEETS = 128
_lock = threading.Lock()
_sheets: OrderedDict[tuple[str, int], Sheet] = OrderedDict()


@cache
def version() -> str:
    """What stands in: ``millrace-local 1 (rapidocr 3.10.0)``."""
    return f"millrace-local 1 ({ocr.name()})"


def digest(data: bytes) -> str:
    """What tells one document from another: the SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()


def analyse(
    document: Document, content: str, features: frozenset[str], queries: Sequence[Query] = ()
) -> Iterator[list[Block]]:
    """The blocks of each page in order, one page in memory at a time. ``content`` is the document's digest().

    Raises:
        BadDocument: a page cannot be decoded; the pages before it were given.
    """
    same = hashlib.sha256("/".join((content, *sorted(features), *(repr(query) for query in queries))).encode())
    for number in range(1, document.pages + 1):
        yield blocks(_sheet(document, content, number), number, same.hexdigest(), features, queries)


def _sheet(document: Document, content: str, number: int) -> Sheet:
    with _lock:
        known = _sheets.get((content, number))
        if known is not None:
            _sheets.move_to_end((content, number))
            return known
    page = document.page(number)
    made = analysis.analyse(page.image, page.native, page.pictures)
    with _lock:
        _sheets[content, number] = made
        while len(_sheets) > _MOST_SHEETS:
            _sheets.popitem(last=False)
    return made


def forget() -> None:
    """Analyse everything anew."""
    with _lock:
        _sheets.clear()
