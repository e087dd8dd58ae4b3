"""Plans: what their hashes tell apart, and ranges that hold what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.errors import VersionConflict
from narration.model import Article, Fragment, Pointer
from narration.publishing import actions, plan_documents
from narration.speech import fragments
from tests.unit.narration.builders import VICKI, article


def plan_of(
    wanted: Article, sounds: dict[str, str] | None = None, message: str = "inbox/m.json", **options: Any
) -> plan_documents.Plan:
    items, spoken = fragments.plan(wanted, VICKI)
    return plan_documents.make(
        wanted, VICKI, items, (), spoken, sounds or {}, message, options=plan_documents.Options(**options)
    )


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


def fragment(name: str) -> Fragment:
    return Fragment(name, "<speak>a</speak>", 1, "Vicki", "neural", "de-DE")


@given(st.lists(st.booleans(), max_size=300))
def test_ranges_hold_every_missing_fragment_once_and_at_most_25_of_them(lacking: list[bool]):
    every = [fragment(str(n)) for n in range(len(lacking))]
    missing = {one.hash for one, is_missing in zip(every, lacking, strict=True) if is_missing}
    found = plan_documents.ranges(every, missing)
    covered = [n for r in found for n in range(r["start"], r["stop"])]
    assert len(covered) == len(set(covered))
    assert covered == sorted(covered)
    assert missing <= {str(n) for n in covered}
    for r in found:
        inside = [n for n in range(r["start"], r["stop"]) if str(n) in missing]
        assert 1 <= len(inside) <= plan_documents.RANGE_FRAGMENTS
        assert {r["start"], r["stop"] - 1} <= set(inside), "a range begins and ends with what is missing"


# What a version asks for


def pointer_to(plan: plan_documents.Plan, status: Any = "published") -> Pointer:
    return Pointer(plan.article, plan.version, status, plan.edition if status == "published" else None, plan.message)


def decided(wanted: Article, published: Article | None, *, message: str = "inbox/new.json") -> str:
    current = plan_of(published) if published else None
    plan = plan_of(wanted, message=message) if wanted.status == "published" else None
    return actions.decide(wanted, plan, pointer_to(current) if current else None, current)


@pytest.mark.parametrize(
    ("wanted", "published", "action"),
    [
        (article(version=1), None, "synthesize"),
        (article(version=1, status="draft"), None, "draft"),
        (replace(article(version=1), status="withdrawn"), None, "withdraw"),
        (article(version=1), article(version=1), "nothing"),
        (article(version=2), article(version=1), "advance"),
        (article(version=2, title="Neu"), article(version=1), "retag"),
        (article(version=2, paragraphs=[{"kind": "text", "text": "Neu."}]), article(version=1), "synthesize"),
        (article(version=1, title="Alt"), article(version=2), "superseded"),
        (replace(article(version=2), status="withdrawn"), article(version=1), "withdraw"),
        (article(version=1, status="draft"), article(version=2), "draft"),
    ],
)
def test_decision(wanted: Article, published: Article | None, action: str):
    assert decided(wanted, published) == action


def test_the_same_version_with_other_words_is_refused():
    with pytest.raises(VersionConflict, match="higher version"):
        decided(article(version=1, title="Anders"), article(version=1))
    with pytest.raises(VersionConflict, match="published already"):
        decided(replace(article(version=1), status="withdrawn"), article(version=1))


def test_the_same_message_with_other_sounds_is_merged_again():
    current = plan_of(article(), sounds={"sounds/a.wav": '"1"'})
    plan = plan_of(article(), sounds={"sounds/a.wav": '"2"'})
    assert actions.decide(article(), plan, pointer_to(current), current) == "remerge"


def test_after_a_withdrawal_everything_is_made_anew():
    gone = Pointer("harbour-7", 7, "withdrawn", None, "inbox/m.json")
    assert actions.decide(article(version=8), plan_of(article(version=8)), gone, None) == "synthesize"
