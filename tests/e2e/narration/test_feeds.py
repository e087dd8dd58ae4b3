"""Podcast feeds: what is published is listed, what is withdrawn vanishes, and premium articles show their teaser."""

from __future__ import annotations

from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from tests.e2e import stacks
from tests.e2e.narration.newsroom import Newsroom, home
from tests.e2e.narration.stories import Story


@pytest.fixture(scope="module")
def base(newsroom: Newsroom) -> str:
    """Where the feeds say that audio is to be had; without it there are no feeds."""
    found = newsroom.stack.parameters.get("PublicBaseUrl", "")
    if not found:
        stacks.lacks("the stack was deployed without PublicBaseUrl")
    return found


@pytest.fixture
def section() -> str:
    return f"e2e-{uuid4().hex[:12]}"


def listed(newsroom: Newsroom, section: str) -> dict[str, tuple[str, str]]:
    """Title and address of the audio of each article in a feed, by its guid."""
    channel = ElementTree.fromstring(newsroom.read(f"feeds/{section}.xml").body).find("channel")
    return {_text(one, "guid"): (_text(one, "title"), one.find("enclosure").get("url")) for one in channel.iter("item")}


def _text(item: Any, name: str) -> str:
    return str(item.find(name).text)


def test_a_published_article_is_listed_with_its_edition_and_moves_with_its_title(newsroom, base, section, story):
    newsroom.narrate(story.says("Listed is", section=section, title="First & <foremost>"))
    first = newsroom.pointer(story.id)["edition"]
    where = f"{base}/{home(story.id)}editions"
    assert listed(newsroom, section) == {story.id: ("First & <foremost>", f"{where}/{first}/full.mp3")}
    newsroom.narrate(story.says("Listed is", section=section, title="Second"))
    second = newsroom.pointer(story.id)["edition"]
    assert listed(newsroom, section) == {story.id: ("Second", f"{where}/{second}/full.mp3")}


def test_a_withdrawn_article_vanishes_and_the_others_stay(newsroom, base, section, story):
    other = Story()
    newsroom.narrate(story.says("Soon gone is", section=section))
    newsroom.narrate(other.says("Here to stay is", section=section))
    assert listed(newsroom, section).keys() == {story.id, other.id}
    newsroom.narrate(story.withdrawn())
    assert listed(newsroom, section).keys() == {other.id}


def test_a_premium_article_is_listed_with_its_teaser_only(newsroom, base, section, story):
    newsroom.narrate(story.says("Open is", "Closed is", section=section, premium=True))
    ((_, address),) = listed(newsroom, section).values()
    assert address.endswith("/teaser.mp3")
    assert "/members/" not in newsroom.read(f"feeds/{section}.xml").body.decode()


def test_an_article_that_changes_its_section_moves(newsroom, base, section, story):
    newsroom.narrate(story.says("On the move is", section=section))
    newsroom.narrate(story.says("On the move is", section=f"{section}-b"))
    assert listed(newsroom, section) == {}
    assert listed(newsroom, f"{section}-b").keys() == {story.id}
