"""Vectors: what is filtered by fits, what does not fit is counted, and nothing is put that the index refuses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.indexing import vectors
from knowledge.indexing.pointers import doc
from knowledge.model import Document, Passage
from knowledge.passages import references
from local.services.s3vectors import metadata

DOCUMENT = Document("a/b.pdf", "0" * 16, "01", "discharge_summary", 20_000, "en")
HIDDEN = frozenset({"text", "key", "lines"})


def passage(text: str, n: int = 0) -> Passage:
    return Passage(1, n, text, 3, 4, references.of(text))


@given(st.lists(st.text(max_size=600), min_size=1, max_size=3), st.text(min_size=1, max_size=200))
def test_any_text_makes_a_vector_that_the_index_takes(texts: list[str], key: str):
    document = Document(key, "0" * 16, "01", "t" * 60, -100, "de")
    passages = [passage(text, n) for n, text in enumerate(texts)]
    kept = vectors.References(document, passages)
    for each in passages:
        made = vectors.of(document, "f" * 32, each, kept.of(each), [0.5])
        metadata.check(made.key, made.metadata, HIDDEN)
        assert set(made.metadata.get("refs", ())) <= set(each.refs)


def test_what_is_said_of_a_passage():
    made = vectors.of(DOCUMENT, "ab" * 16, passage("Picard"), ("picard",), [0.5, 1])
    assert made.key == f"{doc('a/b.pdf')}/{'0' * 16}/0"
    assert made.data == (0.5, 1)
    assert made.metadata == {
        "acl": "ab" * 16, "doc": doc("a/b.pdf"), "version": "0" * 16, "page": 1, "n": 0, "type": "discharge_summary",
        "date": 20_000, "language": "en", "refs": ["picard"], "text": "Picard", "key": "a/b.pdf", "lines": "3-4",
    }  # fmt: skip


def test_what_is_empty_is_left_out():
    made = vectors.of(Document("a", "v", "01"), "a", passage("-"), (), [1])
    assert {"type", "language", "refs"}.isdisjoint(made.metadata)


def test_the_rarest_of_the_document_stay():
    common = " ".join(f"COMMON-{number:05}-{'X' * 20}" for number in range(60))
    passages = [passage(f"RARE-77777 {common}" if n == 1 else common, n) for n in range(3)]
    kept = vectors.References(DOCUMENT, passages)
    found = kept.of(passages[1])
    assert "rare-77777" in found
    assert 0 < len(found) < len(passages[1].refs)
    assert kept.left_out == len(passages[1].refs) - len(found)
