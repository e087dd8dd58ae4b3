"""The bench's own history of edits: the same each time, and what it shows is what an edit should cost."""

from __future__ import annotations

from itertools import pairwise

from bench.narration import billing, texts


def test_the_history_is_long_and_always_the_same():
    versions = texts.trace()
    assert len(versions) >= 50
    assert versions == texts.trace()
    assert versions != texts.trace(seed=1)


def test_each_edit_does_what_it_is_called():
    for before, after in pairwise(texts.trace()):
        unchanged = after.edit in {"only the title", "saved unchanged"}
        moved = after.edit == "paragraphs moved"
        assert (before.paragraphs == after.paragraphs) == unchanged or moved
        assert (sorted(before.paragraphs) == sorted(after.paragraphs)) == (unchanged or moved)


def test_finer_hashes_bill_less():
    versions = texts.trace()
    whole = billing._whole_if_changed(versions)
    paragraph = billing._by_fragment(versions, "paragraph")
    sentence = billing._by_fragment(versions, "sentence")
    first = sum(map(len, versions[0].paragraphs))
    assert first < sentence < paragraph < whole / 5
