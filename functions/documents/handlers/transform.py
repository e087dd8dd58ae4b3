"""Transform: Textract's answer, or a document's own text -> everything that the following steps read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from common import settings
from common.observability import Context, count, logger, observed
from documents import steps
from documents.errors import AnalysisIncomplete
from documents.intake import originals
from documents.model import Extraction, Inspection
from documents.textract import blocks, raw_answers


@dataclass(frozen=True)
class Settings:
    split_pdf: str = "no"
    """no, or by-type."""


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The state after Inspect or the analysis in; the state with ``extraction``, its counts, out.

    The extraction itself lies under ``steps/<work>/extraction.json``, and of a PDF with text of its own the places of
    its words beside it, since it is painted only once. Raises AnalysisIncomplete, EmptyDocument, BrokenDocument,
    DocumentGone. Attachments of an e-mail are in the inbox by then, and so are the documents that a PDF holds, where
    SplitPdf says so.
    """
    work, inspection = event["work"], Inspection(**event["inspection"])
    if inspection.route == "text":
        extraction = _native(event, inspection)
    else:
        extraction = blocks.extract(raw_answers.parts(work, event["answer"]["parts"]))
        if extraction.pages != inspection.pages:
            raise AnalysisIncomplete(
                f"Textract read {extraction.pages} of the document's {inspection.pages} pages; upload it again."
            )
    if settings.read(Settings).split_pdf == "by-type":
        extraction = _split(event, inspection, extraction)
    steps.keep(work, "extraction", extraction.to_json())
    counts = {name: len(getattr(extraction, name)) for name in ("lines", "forms", "tables")}
    counts["pages"] = extraction.pages
    count("Pages", extraction.pages)
    count("PagesSkippedOcr", extraction.pages if inspection.route == "text" else 0)
    logger().info("transformed", extra={"work": work, **counts})
    return {**event, "extraction": counts}


def _native(event: dict[str, Any], inspection: Inspection) -> Extraction:
    from documents.files import media_types
    from documents.outputs import attachments
    from documents.reading import own_text

    with TemporaryDirectory() as folder:
        path = Path(folder) / "document"
        source = originals.document(event)
        stored = originals.download(source, path)
        if inspection.media_type == media_types.PDF:
            return _painted(event["work"], path)
        if inspection.media_type not in media_types.MAILS:
            return own_text.extract(path, inspection.media_type)
        extraction, sent = attachments.extract(source, stored, path, inspection.media_type)
    count("AttachmentsSent", sent)
    return extraction


def _painted(work: str, path: Path) -> Extraction:
    from documents.files import media_types
    from documents.reading import laid_lines, own_text

    layout = path.with_suffix(".layout")
    with laid_lines.writing(layout) as keep:
        extraction = own_text.extract(path, media_types.PDF, keep)
    steps.keep_layout(work, layout)
    return extraction


def _split(event: dict[str, Any], inspection: Inspection, extraction: Extraction) -> Extraction:
    from documents.files import media_types
    from documents.outputs import parts

    if inspection.media_type != media_types.PDF:
        return extraction
    return parts.split(originals.document(event), extraction)
