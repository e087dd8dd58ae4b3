"""The timeline: it covers everything, in order, to the sample."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from narration.audio import timeline
from narration.model import Chapter, Clip, Item, Timeline

SECOND = 24_000


def clip(samples: int = SECOND, lead: int = 0, tail: int = 0) -> Clip:
    return Clip(samples, lead, tail)


def said(name: str, paragraph: int | None = 0, kind: str = "text", text: str = "") -> Item:
    return Item(kind, paragraph, text, fragment=name)


def played(key: str, paragraph: int = 0) -> Item:
    return Item("sound", paragraph, sound=key)


def pauses(built: Timeline) -> list[int]:
    return [item.end - item.start for item in built.items if item.kind == "pause"]


clips = st.builds(Clip, st.integers(0, 10_000), st.integers(0, 12_000), st.integers(0, 12_000))
items = st.lists(
    st.one_of(
        st.builds(
            said,
            st.sampled_from("abcd"),
            st.integers(0, 3) | st.none(),
            st.sampled_from(["heading", "text", "quote", "note"]),
            st.text(max_size=5),
        ),
        st.builds(played, st.sampled_from(["sounds/a", "sounds/b"])),
    ),
    max_size=12,
)


@given(items, st.dictionaries(st.sampled_from(["a", "b", "c", "d", "sounds/a", "sounds/b"]), clips), st.text())
def test_items_cover_everything_in_order(sequence, known, title):
    built = timeline.build(sequence, known, title)
    position = 0
    for item in built.items:
        assert item.start == position < item.end
        position = item.end
    assert position == built.samples
    assert built.samples % 576 == 0
    audible = [item for item in sequence if known.get(item.fragment or item.sound, Clip(0, 0, 0)).samples]
    kept = [item for item in built.items if item.kind != "pause"]
    assert [(one.kind, one.fragment, one.text) for one in kept] == [
        (one.kind, one.fragment, one.text) for one in audible
    ]
    for item in kept:
        assert item.fragment is None or item.end - item.start <= known[item.fragment].samples
    starts = [chapter.start for chapter in built.chapters]
    assert starts == sorted(starts)
    assert all(0 <= start <= built.samples for start in starts)
    assert timeline.from_members(timeline.to_members(built)) == built


def test_edge_silence_is_trimmed_to_a_guard():
    built = timeline.build([said("a")], {"a": clip(10 * SECOND, lead=2 * SECOND, tail=SECOND)})
    spoken = built.items[0]
    assert spoken.end - spoken.start == 7 * SECOND + timeline.LEAD_GUARD + timeline.TAIL_GUARD


def test_silence_shorter_than_the_guard_stays():
    assert timeline.heard(clip(1000, lead=5, tail=7)) == (0, 1000)


def test_a_silent_clip_keeps_a_moment():
    first, last = timeline.heard(clip(5000, lead=5000))
    assert 0 <= first < last <= 5000


def test_pauses_by_kind():
    known = {"a": clip(), "b": clip(), "sounds/j": clip()}

    def between(before: Item, after: Item) -> int:
        return pauses(timeline.build([before, after], known))[0] * 1000 // SECOND

    assert between(said("a", 0), said("b", 1)) == 450
    assert between(said("a", 0, "heading"), said("b", 1)) == 700
    assert between(said("a", 0), said("b", 1, "heading")) == 700
    assert between(said("a", 0), said("b", 1, "quote")) == 600
    assert between(said("a", 0), said("b", 0)) == 250
    assert between(said("a", 0), played("sounds/j", 1)) == 300
    assert between(said("a", 0), said("b", None, "note")) == 600


def test_a_missing_sound_leaves_no_double_pause():
    sequence = [said("a", 0), played("sounds/gone", 1), said("b", 2)]
    assert timeline.build(sequence, {"a": clip(), "b": clip()}) == timeline.build(
        [said("a", 0), said("b", 2)], {"a": clip(), "b": clip()}
    )


def test_the_title_opens_where_no_heading_does():
    known = {"a": clip(), "b": clip()}
    sequence = [said("a", 0), said("b", 1, "heading", "Second part")]
    built = timeline.build(sequence, known, "The article")
    start = SECOND + timeline.PAUSE["heading"]
    assert built.chapters == (Chapter("The article", 0), Chapter("Second part", start))
    assert timeline.retitle(built, "Renamed") == timeline.build(sequence, known, "Renamed")


def test_a_heading_at_the_start_is_the_first_chapter():
    built = timeline.build([said("a", 0, "heading", "Hello")], {"a": clip()}, "The article")
    assert built.chapters == (Chapter("Hello", 0),)


def test_a_heading_in_two_fragments_is_one_chapter_and_two_headings_are_two():
    known = {"a": clip()}
    halves = [said("a", 0, "heading", "One"), said("a", 0, "heading", "half")]
    assert [one.title for one in timeline.build(halves, known).chapters] == ["One half"]
    two = [said("a", 0, "heading", "One"), said("a", 1, "heading", "Two")]
    assert [one.title for one in timeline.build(two, known).chapters] == ["One", "Two"]


def test_nothing_audible_is_an_empty_timeline():
    built = timeline.build([played("sounds/gone")], {})
    assert (built.samples, built.items) == (0, ())
