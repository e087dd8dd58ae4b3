"""What a version asks for, given what is published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from narration.errors import EditionGone, VersionConflict
from narration.model import Article, Pointer
from narration.publishing import actions, plan_documents
from tests.unit.narration.builders import article, plan_of


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


def test_a_published_edition_that_stays_damaged_is_merged_anew():
    current, plan = plan_of(article(version=1)), plan_of(article(version=2, title="Neu"))
    asked = [actions.decide(article(version=2), plan, pointer_to(current), current, times) for times in range(3)]
    assert asked == ["retag", "retag", "synthesize"]


def test_planning_again_and_again_ends():
    actions.check_replanned(actions.MOST_REPLANNED)
    with pytest.raises(EditionGone, match="6 times in a row"):
        actions.check_replanned(actions.MOST_REPLANNED + 1)


def test_a_replay_is_the_same_version_only_where_its_message_is_published():
    """Sent twice it is done once, and of two replays, or of a replay and an edit, the first is the one that counts."""
    current = plan_of(article(), message="inbox/old.json")
    again = replace(article(voice="Hans"), replays="inbox/old.json")
    plan = plan_of(again, message="inbox/replay.json", merge="express")
    assert actions.decide(again, plan, pointer_to(current), current, said="replay") == "remerge"
    assert actions.decide(again, plan, pointer_to(plan), plan) == "nothing"
    other = plan_of(article(), message="inbox/other.json")
    with pytest.raises(VersionConflict):
        actions.decide(again, plan, pointer_to(other), other)
    newer = plan_of(article(version=9), message="inbox/newer.json")
    assert actions.decide(again, plan, pointer_to(newer), newer) == "superseded"
