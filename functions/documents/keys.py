"""Where things lie in the summaries bucket. A document's own key is kept as it is, whatever characters it has."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from documents.errors import KeyTooLong

MOST_BYTES = 1024
"""Of a key in UTF-8 (S3 user guide, "Naming Amazon S3 objects")."""

PACKET = "packet.json"
"""Lists the types of documents that the folder it lies in must hold."""

ACCESS = "access.json"
"""Who may read the documents below its folder; ``<key>.access.json``: who may read one (docs/knowledge.md)."""


def summary(key: str) -> str:
    """The commit: it is written last and says all the rest."""
    return _fitting(f"summaries/{key}.json")


def table(key: str, number: int) -> str:
    """``number`` counts from 1 over the whole document."""
    return _fitting(f"{tables(key)}{number}.csv")


def tables(key: str) -> str:
    """Prefix of a document's tables, and of those of documents whose keys go on from its own; see ``is_table``."""
    return f"tables/{key}/"


def is_table(key: str, found: str) -> bool:
    """Whether ``found`` is a table of the document ``key`` itself."""
    return re.fullmatch(r"[1-9][0-9]*\.csv", found.removeprefix(tables(key))) is not None


def searchable(key: str) -> str:
    return _fitting(f"searchable/{key}.pdf")


def redacted(key: str) -> str:
    return _fitting(f"redacted/{key}")


def boxes(key: str) -> str:
    """Where all that was read stands, see ``outputs.kept``."""
    return _fitting(f"boxes/{key}.json.gz")


def text(key: str) -> str:
    """The lines of each page."""
    return _fitting(f"text/{key}.json.gz")


def rejected(key: str) -> str:
    """May pass S3's limit: then the caller keeps it under the hash of the key (``rejected_by_hash``)."""
    return _fitting(f"rejected/{key}.json")


def rejected_by_hash(digest: str) -> str:
    return f"rejected/too-long/{digest}.json"


MOST_TABLES = 99_999
"""For whose keys ``check`` leaves room."""


def check(key: str) -> None:
    """Whether all that is made of the document ``key`` can have a key of its own. Raises KeyTooLong."""
    for name in (summary, searchable, redacted, boxes, text, rejected):
        name(key)
    table(key, MOST_TABLES)


def answer(work: str, part: int) -> str:
    """Part of Textract's raw answer, counted from 0, in the order of its blocks."""
    return f"steps/{work}/answer/{part:05}.json"


def answers(work: str) -> str:
    return f"steps/{work}/answer/"


def outputs(work: str) -> str:
    """S3Prefix of OutputConfig: Textract writes ``<this>/<job id>/1``, ``2`` and so on below it."""
    return f"steps/{work}/textract"


def unlocked(work: str) -> str:
    """An encrypted PDF that opens without a password, without its encryption, for Textract."""
    return f"steps/{work}/unlocked.pdf"


def layout(work: str) -> str:
    """The lines of a PDF's own text with their words' places, as they were when it was painted."""
    return f"steps/{work}/layout.jsonl.gz"


def step(work: str, name: str) -> str:
    """What one step leaves for the next: ``extraction``, ``enrichment``, ``summary``."""
    return f"steps/{work}/{name}.json"


def completion(work: str, question: Any) -> str:
    """One answer of the model, by all that was asked (JSON)."""
    return f"steps/{work}/completions/{_hashed(question)}.json"


def detection(work: str, question: Any) -> str:
    """One answer of Comprehend, by all that was asked (JSON)."""
    return f"steps/{work}/detections/{_hashed(question)}.json"


def _hashed(question: Any) -> str:
    text = json.dumps(question, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def folder(key: str) -> str:
    """The folder of a document with its final slash; an empty text for the bucket's top."""
    head, slash, _ = key.rpartition("/")
    return head + slash


def packet(folder: str) -> str:
    """What is there and what is missing of a packet, see ``packets.settle``."""
    return _fitting(f"packets/{folder}{PACKET}")


def deleted(key: str, version: str | None = None) -> str:
    """Marks of deletions, of all versions or of one, see ``outputs.deletions``: a key may be a person's name."""
    name = "all" if version is None else hashlib.sha256(version.encode()).hexdigest()[:32]
    return f"deleted/{hashlib.sha256(key.encode()).hexdigest()[:32]}/{name}.json"


def works(key: str) -> str:
    """Prefix of everything that steps left for any version of a document: the names of its works begin alike."""
    return f"steps/{work_prefix(key)}"


def work_prefix(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def step_folder(work: str) -> str:
    return f"steps/{work}/"


REDACTION_LIST = "settings/redaction.json"
"""Words and patterns that are hidden wherever ``Redact`` hides something; an operator puts it there."""


def is_no_document(key: str) -> bool:
    """Folders as consoles make them, the lists of packets, and the files that say who may read."""
    return key.rpartition("/")[2] in ("", PACKET, ACCESS) or key.endswith(f".{ACCESS}")


def is_packet(key: str) -> bool:
    return key.rpartition("/")[2] == PACKET


def batch(name: str, file: str) -> str:
    """``list.jsonl``, ``report.json`` or ``failures.jsonl`` of the batch whose execution is called ``name``."""
    return f"batches/{name}/{file}"


def _fitting(key: str) -> str:
    if len(key.encode()) > MOST_BYTES:
        raise KeyTooLong(
            f"A key made from it would have more than {MOST_BYTES} bytes; give the document a shorter key."
        )
    return key
