"""Whether a document that has waited is still wanted, asked before Textract or a model is paid for it.

Between an upload and its turn there may be hours. A newer version that was claimed meanwhile makes the older one
needless; should the newer one fail, its redrive goes on. What was deleted is nobody's to read any more.
"""

from __future__ import annotations

from common.objects import Bucket
from common.table import Table
from documents import steps
from documents.intake import claims, originals
from documents.model import Source
from documents.outputs import deletions


def is_stale(table: Table, source: Source) -> bool:
    """Whether a newer version has been claimed.

    Raises DocumentGone where the object was deleted, or a tag says so, or it was replaced in a bucket without versions:
    the machine's Reject then takes away what there is of it already.
    """
    if deletions.covers(steps.summaries(), source):
        raise originals.gone()
    if claims.is_newer_known(table, source):
        return True
    current = Bucket(source.bucket).head(source.key)
    # Of a bucket with versions the same bytes are there still, whatever was put over them.
    replaced = current is not None and not source.version_id and current.etag.strip('"') != source.etag
    if current is None or replaced:
        raise originals.gone()
    return False
