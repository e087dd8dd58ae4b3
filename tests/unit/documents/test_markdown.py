"""Front matter as forms, and form feeds as pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.files import media_types
from documents.reading import markdown, own_text, plain_text


@pytest.fixture
def read(tmp_path):
    def extract(text, kind):
        path = tmp_path / "document"
        path.write_text(text, encoding="utf-8")
        assert media_types.media_type(path) == kind
        return own_text.extract(path, kind)

    return extract


def pairs_of(extraction):
    return [(form.key, form.value) for form in extraction.forms]


YAML = """---
title: "Visit: a note"
date: 2026-11-03   # of the visit
tags: [blood, 'x-ray']
authors:
  - Ann Lee
  - Bo
patient:
  name: Cy
  age: 44
draft: false
empty:
---
# Note

Ward: 7
"""


def test_yaml(read):
    found = read(YAML, media_types.MARKDOWN)
    assert pairs_of(found) == [
        ("title", "Visit: a note"), ("date", "2026-11-03"), ("tags", "blood, x-ray"), ("authors", "Ann Lee, Bo"),
        ("patient name", "Cy"), ("patient age", "44"), ("draft", "false"), ("empty", ""), ("Ward", "7"),
    ]  # fmt: skip
    assert [line.text for line in found.lines][-2:] == ["Note", "Ward: 7"]
    assert "---" not in found.text()


def test_toml(read):
    found = read(
        '+++\ntitle = "Note"\ndraft = true\n[patient]\nname = "Cy"\nward = [1, 2]\n+++\nText.\n', "text/markdown"
    )
    assert pairs_of(found) == [("title", "Note"), ("draft", "true"), ("patient name", "Cy"), ("patient ward", "1, 2")]


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA rule, and then a text.\n\n---\n",
        "---\nnot a name\nName: x\n---\n",
        "+++\nnot toml\n+++\n",
        "text\n---\nkey: value\n---\n",
        "---\nkey: value\n",
    ],
)
def test_what_is_no_front_matter_stays_text(text):
    assert markdown.split(text) == ([], text)


@given(st.text(st.sampled_from("ab:-#[]'\" \n{}|>"), max_size=60))
def test_any_front_matter_is_split_or_left(inner):
    pairs, body = markdown.split(f"---\n{inner}\n---\nbody")
    assert body.endswith("body")
    assert all(key for key, _ in pairs)


def test_pages_of_a_text(read):
    found = read("Name: Ann\nPage 1 of 2\fTotal: 5\nPage 2 of 2\n\f", media_types.PLAIN)
    assert found.pages == 2
    assert [(line.page, line.text) for line in found.lines] == [
        (1, "Name: Ann"), (1, "Page 1 of 2"), (2, "Total: 5"), (2, "Page 2 of 2"),
    ]  # fmt: skip
    assert [(form.page, form.key) for form in found.forms] == [(1, "Name"), (2, "Total")]


def test_pages_of_markdown(read):
    found = read("# One\n\n- a\n- b\n\f# Two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", media_types.MARKDOWN)
    assert found.pages == 2
    assert [line.page for line in found.lines if line.text in {"One", "Two"}] == [1, 2]
    assert [table.page for table in found.tables] == [2]


def test_more_form_feeds_than_a_document_has_pages():
    assert len(plain_text.pages_of("x\f" * 5000)) == 3000
    assert plain_text.read("x\f" * 5000).pages == 3000
    assert len(plain_text.read("x\f" * 5000).lines) == 5000
