"""A search: its queries within S3 Vectors' bounds, what is left out or taken away, filters, versions, doubles."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from knowledge.errors import VectorsThrottled
from knowledge.model import Access, Document, Passage
from knowledge.retrieval import checks, queries, search
from knowledge.retrieval.filters import Filters
from knowledge.rights import sets
from local.services.s3vectors.records import PAGE_OF_NEAREST
from services.s3vectors import MOST_CONSTRAINTS
from tests.unit.knowledge.retrieval.fakes import World, reader, values

EVERYONE = Access(everyone=True)
U = reader("u", "g")


def passage(text: str, n: int = 0, refs: tuple[str, ...] = (), page: int = 1) -> Passage:
    return Passage(page, n, text, 0, 1, refs)


def keys(found: search.Found) -> list[str]:
    return [hit.key for hit in found.hits]


@pytest.fixture(name="world")
def _world() -> World:
    return World(default=EVERYONE)


def find(world: World, query: str, filters: Filters = Filters(), top: int = 10) -> search.Found:  # noqa: B008
    return search.search(world.search(), U, query, filters, top)


# Sets in portions


def of_sets(world: World, number: int) -> None:
    """Documents with an access file each, no two alike."""
    for n in range(number):
        world.access(f"{n}.access.json", Access(frozenset({"u", f"other {n}"})))
        world.passages(
            Document(f"{n}", "0" * 16, "1"), [passage(f"Text number {n} speaks of Korvin.", refs=("korvin",))]
        )


@pytest.mark.parametrize(("number", "portions"), [(1, 1), (99, 1), (100, 2), (250, 3)])
def test_many_sets_are_asked_in_portions_within_the_bound(world: World, number: int, portions: int):
    """With a mention there is room for 99."""
    of_sets(world, number)
    found = find(world, "Who is Korvin?", top=50)
    assert (found.portions, found.left_out) == (portions, 0)
    assert len(found.hits) == min(number, 50)
    assert len(world.index.asked) == 2 * portions
    assert all(values(where) <= MOST_CONSTRAINTS for where in world.index.asked)


def test_every_filter_and_mention_has_room_in_each_query(world: World):
    of_sets(world, 120)
    narrowed = Filters("invoice", "en", 1, 2, "a/")
    names = " ".join(f"Ab{n}-{n}cd/{n}ef Name{chr(65 + n)}" for n in range(30))
    find(world, f"Is {names} there?", narrowed)
    assert max(values(where) for where in world.index.asked) <= MOST_CONSTRAINTS
    asked_sets = {one for where in world.index.asked for one in where["$and"][0]["acl"]["$in"]}
    assert len(asked_sets) == 120


def test_each_query_is_one_request(world: World):
    """S3 Vectors answers in pages, a request for each, one behind the other."""
    of_sets(world, 120)
    find(world, "Who is Korvin?")
    assert world.index.tops
    assert max(world.index.tops) <= PAGE_OF_NEAREST


def test_sets_that_are_left_out_are_told(world: World, monkeypatch):
    monkeypatch.setattr(queries, "MOST_PORTIONS", 2)
    of_sets(world, 230)
    found = find(world, "who is korvin", top=50)
    size = MOST_CONSTRAINTS - values(world.index.asked[-1]["$and"][1])
    assert (found.portions, found.left_out) == (2, 230 - 2 * size)


def test_the_best_of_all_portions_comes_first(world: World):
    of_sets(world, 250)
    world.access("z.access.json", Access(frozenset({"u", "x"})))
    world.document("z", [["The flood of May closed the road to the mill."]])
    assert keys(find(world, "Which road did the flood close?", top=1)) == ["z"]


def test_what_the_index_says_is_not_swallowed(world: World):
    of_sets(world, 150)

    def fail() -> None:
        raise VectorsThrottled("slow down")

    world.index.hook = fail
    with pytest.raises(VectorsThrottled):
        find(world, "Who is Korvin?")


# References


def test_a_rare_reference_does_not_hide_behind_a_frequent_one(world: World):
    """A firm in more passages than a query answers, of which one has the invoice's number and is the least near."""
    near = "Which invoice of Korvin is it? Korvin invoice, invoice of Korvin."
    for n in range(queries.NEAREST + 20):
        world.passages(Document(f"{n}", "0" * 16, "1"), [passage(near, refs=("korvin",))])
    far = "Paid: 17 zebras, by transfer, without delay, for lanterns."
    world.passages(Document("it", "0" * 16, "1"), [passage(far, refs=("korvin", "km-4711", "km4711", "4711"))])
    found = find(world, "Which invoice of Korvin is KM-4711?", top=1)
    assert keys(found) == ["it"]
    assert found.hits[0].exact


def test_two_frequent_references_are_also_asked_for_together(world: World):
    for n in range(queries.NEAREST + 5):
        world.passages(Document(f"k{n}", "0" * 16, "1"), [passage("Korvin of Trier said so.", refs=("korvin",))])
        world.passages(Document(f"t{n}", "0" * 16, "1"), [passage("Said of Korvin, in Trier.", refs=("trier",))])
    world.passages(Document("both", "0" * 16, "1"), [passage("Zebra lanterns, 17.", refs=("korvin", "trier"))])
    assert "both" in keys(find(world, "What did Korvin say in Trier?", top=50))


@pytest.mark.parametrize("query", ["Who is Anna Berg?", "who is anna berg", "WHO IS ANNA BERG?"])
def test_a_name_is_found_however_it_is_written(world: World, query: str):
    world.document("it", [["The driver that night was called Anna Berg, from Trier."]])
    for n in range(30):
        world.document(f"{n}", [[f"Who is it? Whoever it is, who it is is who it is {n}."]])
    found = find(world, query, top=1)
    assert keys(found) == ["it"]
    assert found.hits[0].exact


def test_a_query_of_any_signs_is_answered(world: World):
    world.document("it", [["東京の倉庫の家賃は毎月四千ユーロです。"]])
    world.document("other", [["会議は五月に移されました。"]])
    assert keys(find(world, "倉庫の家賃はいくらですか", top=1)) == ["it"]
    for query in ("?", "\u0000", "'\"{}$in", "\ud800", "A" * 1_000, " ".join(f"A{n}" for n in range(250))):
        assert len(find(world, query).hits) <= 2


# Versions, rights and doubles


def test_a_hit_of_another_version_is_stale(world: World):
    old, new = "1" * 16, "2" * 16
    world.passages(Document("a", old, "1"), [passage("The mill is old.")])
    world.passages(Document("a", new, "2"), [passage("The mill is new.")])
    found = find(world, "How old is the mill?")
    assert [(hit.version, hit.sequencer, hit.text) for hit in found.hits] == [(new, "2", "The mill is new.")]
    assert (found.stale, found.denied) == (1, 0)


@pytest.mark.parametrize("gone", [lambda world: world.points("a", None), lambda world: world.knowledge.objects.clear()])
def test_a_document_that_is_gone_is_not_found(world: World, gone: Callable[[World], None]):
    world.passages(Document("a", "1" * 16, "1"), [passage("The mill is old.")])
    hits = find(world, "How old is the mill?").hits
    gone(world)
    assert (find(world, "How old is the mill?").hits, find(world, "mill").stale) == ([], 1)
    assert checks.still(world.search(), U, hits) == []


def test_still_keeps_the_order_and_takes_away_what_is_not(world: World):
    for key in "abcd":
        world.passages(Document(key, "1" * 16, "1"), [passage(f"The mill of {key} is old.")])
    hits = find(world, "How old is the mill?").hits
    world.points(hits[1].key, "2" * 16)
    world.access(f"{hits[2].key}.access.json", Access(frozenset({"v"})))
    assert checks.still(world.search(), U, hits) == [hits[0], hits[3]]
    assert checks.still(world.search(), reader("v"), hits) == [hits[0], hits[2], hits[3]]
    assert checks.still(world.search(), U, []) == []


def test_what_is_taken_away_makes_room_for_what_comes_behind_it(world: World):
    for n in range(30):
        world.passages(Document(f"a/{n}", "1" * 16, "1"), [passage(f"The mill is old, says {n}.")])
    world.passages(Document("b", "1" * 16, "1"), [passage("Something else about a mill.")])
    world.access("a/access.json", Access(frozenset({"v"})))
    found = find(world, "How old is the mill?", top=5)
    assert (keys(found), found.denied, found.cut) == (["b"], 30, False)


def test_where_too_much_is_taken_away_it_is_told(world: World, monkeypatch):
    monkeypatch.setattr(search, "MOST_LOOKED", 20)
    for n in range(30):
        world.passages(Document(f"a/{n}", "1" * 16, "1"), [passage(f"The mill is old, says {n}.")])
    world.access("a/access.json", Access())
    found = find(world, "How old is the mill?", top=5)
    assert (found.hits, found.denied, found.cut) == ([], 20, True)


def test_a_text_of_several_documents_is_told_once_first(world: World):
    for key in "abc":
        world.passages(Document(key, "1" * 16, "1"), [passage("The mill is old.")])
    world.passages(Document("d", "1" * 16, "1"), [passage("The mill by the river is older.")])
    found = find(world, "How old is the mill?")
    assert len(found.hits) == 4
    assert "d" in keys(found)[:2]
    assert len(find(world, "How old is the mill?", top=3).hits) == 3


def test_of_copies_that_are_taken_away_the_next_one_counts(world: World):
    """As while a document is written anew with the same text."""
    for n in range(5):
        world.passages(Document("a", f"{n}" * 16, f"{n}"), [passage("The mill is old.")])
    world.passages(Document("d", "1" * 16, "1"), [passage("The mill by the river is older.")])
    found = find(world, "How old is the mill?", top=2)
    assert sorted((hit.key, hit.version) for hit in found.hits) == [("a", "4" * 16), ("d", "1" * 16)]
    assert keys(find(world, "How old is the mill?", top=1)) == ["a"]


def test_a_passage_that_both_queries_find_is_one_hit(world: World):
    world.document("a", [["Korvin is the miller."], ["Korvin is the baker."]])
    found = find(world, "Who is Korvin?")
    assert sorted((hit.page, hit.n) for hit in found.hits) == [(1, 0), (2, 1)]
    assert all(hit.exact and 0 <= hit.score <= 1 for hit in found.hits)


@pytest.mark.parametrize("top", [1, 3, 50])
def test_there_are_as_many_hits_as_are_asked_for(world: World, top: int):
    for n in range(60):
        world.passages(Document(f"{n}", "1" * 16, "1"), [passage(f"The mill is old, says {n}.")])
    assert len(find(world, "How old is the mill?", top=top).hits) == top


# Filters


def test_filters_narrow_a_search(world: World):
    for n, (type_, date, language) in enumerate([("invoice", 10, "en"), ("letter", 20, "de"), ("invoice", 30, "de")]):
        about = {"type": type_, "date": date, "language": language}
        world.document(f"folder {n}/a", [["The mill is old."]], **about)
    for filters, expected in (
        (Filters(), {0, 1, 2}),
        (Filters(type="invoice"), {0, 2}),
        (Filters(type="Invoice"), set()),
        (Filters(language="de"), {1, 2}),
        (Filters(first=20), {1, 2}),
        (Filters(last=20), {0, 1}),
        (Filters(first=20, last=20), {1}),
        (Filters(type="invoice", language="de", first=11), {2}),
        (Filters(folder="folder 1/"), {1}),
        (Filters(folder="folder/"), set()),
        (Filters(type="letter", folder="folder 0/"), set()),
    ):
        assert set(keys(find(world, "How old is the mill?", filters))) == {f"folder {n}/a" for n in expected}, filters


def test_a_folder_behind_the_nearest_hundred_is_told(world: World):
    """A folder is looked at in what was found: where that was all that a query answers, there may be more."""
    for n in range(queries.NEAREST):
        world.passages(Document(f"a/{n}", "1" * 16, "1"), [passage("The mill is old.")])
    world.passages(Document("b/1", "1" * 16, "1"), [passage("Lanterns.")])
    found = find(world, "How old is the mill?", Filters(folder="b/"))
    assert (found.hits, found.cut) == ([], True)
    assert find(world, "How old is the mill?", Filters(folder="a/")).cut is False


def test_the_sets_of_a_filter_are_never_empty(world: World):
    sets.keep(world.table, Access(frozenset({"v"})))  # type: ignore[arg-type]
    assert find(world, "anything").hits == []
    assert world.index.asked == []
