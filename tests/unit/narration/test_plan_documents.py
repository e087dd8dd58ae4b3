"""Plans: what their hashes tell apart, and ranges that hold what is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from narration.publishing import plan_documents
from tests.unit.narration.builders import article, plan_of


def hashes(plan: plan_documents.Plan) -> tuple[str, str, str]:
    return plan.edition, plan.content, plan.audio


def test_the_same_article_gives_the_same_hashes():
    assert hashes(plan_of(article())) == hashes(plan_of(article()))


def test_a_new_version_is_another_edition_with_the_same_content():
    old, new = plan_of(article(version=1)), plan_of(article(version=2))
    assert old.edition != new.edition
    assert (old.content, old.audio) == (new.content, new.audio)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Ein anderer Titel"},
        {"section": "reise"},
        {"published_at": "2026-03-02T06:00:00Z"},
        {"url": "https://example.org/hafen"},
    ],
)
def test_what_is_not_heard_changes_the_content_and_not_the_audio(change: dict[str, Any]):
    old, new = plan_of(article()), plan_of(article(**change))
    assert old.content != new.content
    assert old.audio == new.audio


def test_what_is_heard_changes_the_audio():
    old = plan_of(article())
    text = [{"kind": "text", "text": "Etwas anderes."}]
    assert old.audio != plan_of(article(paragraphs=text)).audio
    assert old.audio != plan_of(article(), sounds={"sounds/a.wav": '"1"'}).audio
    assert old.audio != plan_of(article(), merge="express").audio
    assert old.audio != plan_of(article(premium=True)).audio


def test_a_revision_is_another_edition_of_the_same_content():
    plan = plan_of(article())
    again = plan_documents.revised(plan, 1)
    assert again.edition != plan.edition
    assert (again.content, again.sounds_revision) == (plan.content, 1)
    assert plan_documents.revised(again, 2).edition != again.edition


def test_a_plan_comes_back_from_its_document_as_it_was():
    plan = plan_of(article(premium=True), sounds={"sounds/a.wav": '"1"'}, merge="express", granularity="sentence")
    assert plan_documents.load(json.loads(plan_documents.dump(plan))) == plan


def test_members_of_a_newer_release_are_ignored():
    plan = plan_of(article())
    assert plan_documents.load(json.loads(plan_documents.dump(plan)) | {"from_the_future": 1}) == plan
