"""One side of ``bench.painting`` in a process of its own: ``python -m bench.sides.painting_side SIDE PDF``.

Every page of a PDF with text of its own: ``text`` is pdfium's extraction, ``painted`` pdfium's rendering at 72 dpi,
``believed`` our reading of what the file says, ``read`` our reading of what its pages show. Prints, as JSON, CPU
milliseconds per page and the peak memory in MB.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.sides import peak

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "functions"))

MOST_PAGES = 3000


def text(path: Path) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    for number in range(len(document)):
        page = document[number]
        textpage = page.get_textpage()
        textpage.get_text_range()
        textpage.close()
        page.close()
    return len(document)


def painted(path: Path) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    for number in range(len(document)):
        page = document[number]
        page.render(scale=1).close()
        page.close()
    return len(document)


def believed(path: Path) -> int:
    from documents.reading import pdf_text

    return sum(1 for _ in pdf_text.pages(path, range(1, MOST_PAGES + 1)))


def read(path: Path) -> int:
    from documents.reading import pdf_text

    return sum(page.checked for page in pdf_text.pages(path, ()))


SIDES: dict[str, Callable[[Path], int]] = {"text": text, "painted": painted, "believed": believed, "read": read}


def main(side: str, path: str) -> None:
    begun = time.process_time()
    pages = SIDES[side](Path(path))
    cpu = 1000 * (time.process_time() - begun) / pages
    print(json.dumps({"cpu": cpu, "pages": pages, "memory": peak.megabytes()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
