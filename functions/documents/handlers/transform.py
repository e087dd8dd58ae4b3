"""Transform: Textract's answer, or a document's own text -> everything that the following steps read."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from common.observability import Context, count, logger, observed
from documents import steps
from documents.errors import AnalysisIncomplete
from documents.intake import originals
from documents.model import Extraction, Inspection
from documents.textract import blocks, raw_answers


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The state after Inspect or the analysis in; the state with ``extraction``, its counts, out.

    The extraction itself lies under ``steps/<work>/extraction.json``. Raises AnalysisIncomplete, EmptyDocument,
    BrokenDocument, DocumentGone. Attachments of an e-mail are in the inbox by then.
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
    steps.keep(work, "extraction", extraction.to_json())
    counts = {
        "lines": len(extraction.lines),
        "forms": len(extraction.forms),
        "tables": len(extraction.tables),
        "pages": extraction.pages,
    }
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
        if inspection.media_type not in media_types.MAILS:
            return own_text.extract(path, inspection.media_type)
        extraction, sent = attachments.extract(source, stored, path, inspection.media_type)
    count("AttachmentsSent", sent)
    return extraction
