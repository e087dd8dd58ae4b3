"""What a turn leaves of the sets of readers: those that vectors carry, and no others."""

from __future__ import annotations

from typing import Any

from common.table import Table
from knowledge.indexing.messages import Message
from knowledge.model import Reader
from knowledge.rights import sets
from tests.unit.knowledge.indexing import builders
from tests.unit.knowledge.indexing.builders import KEY
from tests.unit.knowledge.indexing.fakes import DOCUMENT, World

OTHER = "other.pdf"
STAFF, BOSS = Reader("", "x", ("staff",)), Reader("", "x", ("boss",))


def found(reader: Reader) -> list[str]:
    return sets.readable(Table("state"), reader)


def take(world: World, *keys: str) -> None:
    for key in keys:
        assert world.take(Message(document=key)) == []


def test_a_set_that_the_last_document_left_is_forgotten(world: World):
    for key in (KEY, OTHER):
        world.document(key)
    take(world, KEY, OTHER)
    [staff] = found(STAFF)
    world.bucket("inbox").put(f"{KEY}.access.json", builders.access("boss"))
    take(world, KEY)
    assert (found(STAFF), len(found(BOSS))) == ([staff], 1), "the other document carries it"
    world.bucket("inbox").put("access.json", builders.access("boss"))
    take(world, OTHER)
    assert (found(STAFF), len(found(BOSS))) == ([], 1)


def test_a_set_goes_with_its_last_document(world: World):
    for key in (KEY, OTHER):
        world.document(key)
    take(world, KEY, OTHER)
    for key, left in ((KEY, 1), (OTHER, 0)):
        world.forget(key)
        take(world, key)
        assert len(found(STAFF)) == left


def test_a_new_version_keeps_its_set(world: World):
    world.document()
    take(world, KEY)
    world.document(KEY, ["three"], etag="e2", sequencer="02")
    take(world, KEY)
    assert len(found(STAFF)) == 1


def test_a_set_that_was_forgotten_meanwhile_is_kept_again(world: World):
    """Between a worker's look at the table and its vectors; the next message of the document mends it at the latest."""
    world.document()
    take(world, KEY)
    [staff] = found(STAFF)
    nobody: Any = lambda _name: False  # noqa: E731
    assert sets.forget(Table("state"), staff, nobody)
    assert found(STAFF) == []
    assert world.take(DOCUMENT) == []
    assert found(STAFF) == [staff]
