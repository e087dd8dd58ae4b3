"""Inspect: what the document's bytes are, and which way it goes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from common import settings
from common.observability import Context, logger, observed
from documents.files import inspection
from documents.intake import originals


@dataclass(frozen=True)
class Settings:
    native_text: inspection.NativeText = "skip"


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The state after Claim in; the state with ``inspection: {media_type, pages, route, reason, unlocked}`` out.

    An encrypted PDF that Textract is to read is left without encryption beside the other steps.

    Raises the RejectedDocument that fits, DocumentGone among them.
    """
    native = settings.read(Settings).native_text
    with TemporaryDirectory() as folder:
        path = Path(folder) / "document"
        # One byte over the limit is enough to be refused.
        originals.download(originals.document(event), path, at_most=originals.MOST_BYTES + 1)
        found = inspection.inspect(path, native_text=native)
        if found.unlocked:
            originals.keep_unlocked(event["work"], path)
    extra = {"work": event["work"], "media_type": found.media_type, "pages": found.pages, "route": found.route}
    logger().info("inspected", extra=extra)
    return {**event, "inspection": asdict(found)}
