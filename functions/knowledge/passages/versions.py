"""One name for all that a document's vectors are made of: who finds it in the index already has nothing to do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from common.objects import encode
from knowledge.model import DIMENSIONS, EMBEDDING_MODEL

CUTTING: Final = 1
"""Of ``cutting`` and ``references``; to be raised where they change what they give (``test_rules`` tells)."""
RULES: Final = (CUTTING, EMBEDDING_MODEL, DIMENSIONS)
"""How vectors are made of what was read. Documents get new ones when they are next looked at; ``operate index --all``
looks at all of them."""
LENGTH: Final = 16


def of(summary: Mapping[str, Any], pages: Sequence[tuple[int, Sequence[str]]] = (), **said: Any) -> str:
    """16 hex of the summary's document, of what was read of it (numbers and lines of its ``pages``), and of what else
    its vectors say (``said``: type, date, language). The same bytes uploaded again are the same version."""
    made_of = {"etag": summary["document"]["etag"], "pages": pages, "rules": [*RULES], **said}
    return hashlib.sha256(encode(made_of)).hexdigest()[:LENGTH]
