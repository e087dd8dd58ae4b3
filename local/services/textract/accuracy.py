"""How much of a real Textract answer the local engine finds on the same page.

Three shares, each of what the real answer has, counted as multisets (what stands there twice must be found twice):

* words: ``Text`` of WORD blocks, without regard to case;
* keys: the words of each KEY, joined by spaces, without regard to case, to white space and to a colon at the end;
* cells: the same of each CELL that has words. Where a cell stands in its table is not compared, nor are check boxes.

Nothing is taken off for what the engine finds beyond the real answer; ``extra`` counts it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEATURES = frozenset({"FORMS", "TABLES"})
_KINDS = ("words", "keys", "cells")

Block = Mapping[str, Any]


class AnswerError(Exception):
    """A file is not what it should be; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Share:
    """``found`` of ``real``, and how many ``extra`` the engine has."""

    found: int
    real: int
    extra: int

    @property
    def share(self) -> float | None:
        """0 to 1; None where the real answer has nothing of the kind."""
        return self.found / self.real if self.real else None


def compare(ours: Iterable[Block], real: Iterable[Block]) -> dict[str, Share]:
    """The shares of ``words``, ``keys`` and ``cells``."""
    mine, theirs = texts(ours), texts(real)
    return {
        kind: Share((mine[kind] & theirs[kind]).total(), theirs[kind].total(), (mine[kind] - theirs[kind]).total())
        for kind in _KINDS
    }


def texts(blocks: Iterable[Block]) -> dict[str, Counter[str]]:
    """The texts that are compared, by kind."""
    by_id = {block["Id"]: block for block in blocks}
    found: dict[str, Counter[str]] = {kind: Counter() for kind in _KINDS}
    for block in by_id.values():
        if block["BlockType"] == "WORD":
            found["words"][str(block.get("Text") or "").casefold()] += 1
        elif block["BlockType"] == "KEY_VALUE_SET" and "KEY" in (block.get("EntityTypes") or ()):
            found["keys"][_normal(_words(block, by_id))] += 1
        elif block["BlockType"] == "CELL" and (text := _normal(_words(block, by_id))):
            found["cells"][text] += 1
    return found


def _words(block: Block, by_id: Mapping[str, Block]) -> str:
    ids = [i for link in block.get("Relationships") or () if link["Type"] == "CHILD" for i in link["Ids"]]
    return " ".join(str(by_id[i]["Text"]) for i in ids if i in by_id and by_id[i].get("Text"))


def _normal(text: str) -> str:
    return re.sub(r"[\s:]+$", "", re.sub(r"\s+", " ", text).strip().casefold())


def real_blocks(answer: Path) -> list[Block]:
    """The blocks of a recorded answer: one response, or a list of the pages of one.

    Raises:
        AnswerError: the file cannot be read, or holds no answer of Textract.
    """
    try:
        loaded = json.loads(answer.read_bytes())
        parts = loaded if isinstance(loaded, list) else [loaded]
        return [block for part in parts for block in part["Blocks"]]
    except OSError as error:
        raise AnswerError(f"'{answer}' cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise AnswerError(f"'{answer}' is not an answer of Textract: it has no Blocks.") from error


def our_blocks(page: Path) -> Iterator[Block]:
    """The blocks that the local engine finds in a document.

    Raises:
        AnswerError: the file cannot be read, or is no document that Textract would take.
    """
    from local.services.errors import ServiceError
    from local.services.textract import engine
    from local.services.textract.pages import Document

    try:
        data = page.read_bytes()
        with Document(data, synchronous=False) as document:
            for page_blocks in engine.analyse(document, engine.digest(data), FEATURES):
                yield from page_blocks
    except OSError as error:
        raise AnswerError(f"'{page}' cannot be read: {error.strerror}.") from error
    except ServiceError as error:
        raise AnswerError(f"'{page}': {error.message}.") from error


def report(files: Sequence[Path]) -> Iterator[str]:
    """One line for each pair of page and answer in ``files``.

    Raises:
        AnswerError: an odd number of files, or one that cannot be used.
    """
    if not files or len(files) % 2:
        raise AnswerError("Give pairs: a page, and the answer that Textract gave for it.")
    for page, answer in zip(files[::2], files[1::2], strict=True):
        shares = compare(our_blocks(page), real_blocks(answer))
        yield f"{page.name}: " + ", ".join(f"{kind} {_shown(share)}" for kind, share in shares.items())


def _shown(share: Share) -> str:
    if share.share is None:
        return f"none ({share.extra} extra)"
    return f"{100 * share.share:.1f} % ({share.found} of {share.real}, {share.extra} extra)"
