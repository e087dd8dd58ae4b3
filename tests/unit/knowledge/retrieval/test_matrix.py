"""Two indexes in one: documents of three sites and a repository, five users, and who finds what."""

from __future__ import annotations

import pytest

from knowledge.model import Access
from knowledge.retrieval import search
from knowledge.retrieval.filters import Filters
from tests.unit.knowledge.retrieval.fakes import World, reader

D1, D2, M3, U1, U3 = "developer-1", "developer-2", "manager-3", "user-1", "user-3"
EVERYONE = "everyone"
WHO_MAY = {
    "site-a/budget.xlsx": {M3},
    "site-a/sustainability.pdf": {D1, D2},
    "site-a/workdocs.docx": {D1, D2, M3},
    "site-a/population.csv": {D1, D2, M3},
    "site-b/ddos.pdf": {U3},
    "site-b/framework.pdf": {U3},
    "site-b/ml-training.pptx": {U1},
    "site-c/form.pdf": {EVERYONE},
    "site-c/guide-1.pdf": {EVERYONE},
    "site-c/guide-2.pdf": {EVERYONE},
    "site-c/service.html": {EVERYONE},
    "site-c/prices.pdf": {EVERYONE},
    "repository/speech-guide.pdf": {D1},
    "repository/transcription-api.pdf": {D1},
}
WITHOUT_ASPECT = "repository/draft.pdf"


@pytest.fixture(name="world", scope="module")
def _world() -> World:
    """Site C has one file for its folder, the others one for each document; over the draft none rules."""
    world = World()
    world.access("site-c/access.json", Access(everyone=True))
    for key, names in WHO_MAY.items():
        if EVERYONE not in names:
            world.access(f"{key}.access.json", Access(frozenset(names)))
    for key in (*WHO_MAY, WITHOUT_ASPECT):
        name = key.rpartition("/")[2]
        world.document(key, [[f"This page is about {name}. It says what {name} has to say of the matter."]])
    return world


@pytest.mark.parametrize("name", [D1, D2, M3, U1, U3, "somebody-else"])
def test_everybody_finds_his_documents_and_the_public_ones(world: World, name: str):
    found = search.search(world.search(), reader(name), "What does this page say of the matter?", Filters(), 50)
    assert {hit.key for hit in found.hits} == {key for key, names in WHO_MAY.items() if names & {name, EVERYONE}}


@pytest.mark.parametrize("key", WHO_MAY)
def test_each_document_is_found_by_its_name_by_its_readers_alone(world: World, key: str):
    question = f"What is {key.rpartition('/')[2]} about?"
    for name in (D1, D2, M3, U1, U3):
        found = search.search(world.search(), reader(name), question, Filters(), 1)
        may = bool(WHO_MAY[key] & {name, EVERYONE})
        assert ([hit.key for hit in found.hits] == [key]) is may, name


def test_what_was_never_admitted_is_nobodys(world: World):
    for name in (D1, D2, M3, U1, U3, "somebody-else"):
        found = search.search(world.search(), reader(name), "What is draft.pdf about?", Filters(), 50)
        assert WITHOUT_ASPECT not in {hit.key for hit in found.hits}


def test_who_may_read_nothing_costs_nothing():
    """No set, no call: nothing is embedded, nothing is asked."""
    world = World()
    world.access("a.access.json", Access(frozenset({"u"})))
    world.document("a", [["Something that only u may read."]])
    assert search.search(world.search(), reader("v"), "What may only u read?", Filters()) == search.Found([])
    assert (world.embedded, world.index.asked) == ([], [])
