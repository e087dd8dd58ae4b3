"""Merge, where it dies half-way and another release of the application goes on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from narration.audio import mastering, merging, timeline
from narration.audio.codecs import decoding, encoding, ffmpeg_tool
from narration.errors import EditionGone
from narration.handlers import merge, plan, synthesize
from narration.model import Pointer
from narration.publishing import keys, plan_documents, pointers
from narration.speech import polly
from tests.unit.narration import speaking
from tests.unit.narration.builders import article_message, encoded
from tests.unit.narration.fake_aws import FakeAws, FakeObject
from tests.unit.narration.test_protocol import CONTEXT, Crash, account, fake_merge

KEY = "inbox/m.json"


@pytest.fixture
def aws():
    fake = FakeAws()
    with account(fake):
        polly.offered.cache_clear()
        fake.objects[KEY] = FakeObject(encoded(article_message()), '"1"', {})
        yield fake


def planned(fake, **counts):
    """An execution up to Merge, with all its speech in the bucket."""
    work = plan.handler({"message": KEY, **counts}, CONTEXT)
    speaking.speak_all(fake, work, lambda event: synthesize.handler(event, CONTEXT))
    return work


def die_half_way(aws, work):
    """Merge has written the audio, and then nothing more."""
    home = keys.edition(work["article"], work["edition"])

    def hook(_where):
        if home + keys.FULL in aws.objects:
            raise Crash

    aws.hook = hook
    with pytest.raises(Crash):
        merge.handler(work, CONTEXT)
    aws.hook = lambda _: None
    assert home + keys.TIMELINE not in aws.objects
    return home


def pauses(aws, home):
    items = json.loads(aws.objects[home + keys.TIMELINE].body)["items"]
    return [one["end"] - one["start"] for one in items if one["kind"] == "pause"]


def test_the_same_release_completes_what_it_began(aws):
    work = planned(aws)
    home = die_half_way(aws, work)
    assert merge.handler(work, CONTEXT)["action"] == "synthesize"
    assert 10_800 in pauses(aws, home)


def test_another_release_plans_anew_and_leaves_what_is_half_there(aws):
    work = planned(aws)
    home = die_half_way(aws, work)
    half = {key: one.body for key, one in aws.objects.items()}
    timeline.PAUSE["text"] = 48_000
    with pytest.raises(EditionGone, match="a release that merges otherwise"):
        merge.handler(work, CONTEXT)
    assert {key: one.body for key, one in aws.objects.items()} == half
    billed = aws.billed
    again = planned(aws, replanned=1)
    assert again["edition"] != work["edition"]
    assert (again["ranges"], aws.billed) == ([], billed)
    merge.handler(again, CONTEXT)
    assert 48_000 in pauses(aws, keys.edition(again["article"], again["edition"]))
    assert home + keys.TIMELINE not in aws.objects


def test_a_plan_of_a_release_that_had_no_recipe_is_made_anew(aws):
    work = planned(aws)
    stored = aws.objects[keys.plan(work["edition"])]
    document = json.loads(stored.body)
    del document["recipe"]
    stored.body = json.dumps(document).encode()
    assert plan_documents.load(document).recipe == ""
    with pytest.raises(EditionGone, match="planned again"):
        merge.handler(work, CONTEXT)


def test_an_edition_that_is_whole_stays_as_it_is(aws):
    work = planned(aws)
    merge.handler(work, CONTEXT)
    whole = {key: one.body for key, one in aws.objects.items()}
    timeline.PAUSE["text"] = 48_000
    merge.handler(work, CONTEXT)
    assert {key: one.body for key, one in aws.objects.items()} == whole


@pytest.mark.parametrize(
    ("level", "outside"),
    [((-18.6, -2.0), True), ((-16.4, -0.4), True), ((-16.9, -1.1), False), ((-70.0, -90.0), False)],
)
def test_audio_outside_the_bounds_is_counted(aws, monkeypatch, level, outside):
    def merged(*args, **more):
        return replace(fake_merge(*args, **more), loudness_lufs=level[0], true_peak_dbtp=level[1])

    counted = []
    monkeypatch.setattr(mastering, "merge", merged)
    monkeypatch.setattr(merge, "count", lambda name, *_, **__: counted.append(name))
    merge.handler(planned(aws), CONTEXT)
    assert ("AudioOutsideBounds" in counted) == outside


@pytest.mark.parametrize(
    ("version", "unexpected"),
    [("7.0.2-static", 0), ("7.0", 0), ("7.01", 1), ("5.1.9-0+deb12u1", 1), ("N-116001-g1", 1)],
)
def test_what_an_edition_is_made_with_is_in_its_timeline_and_another_release_is_counted(
    aws, monkeypatch, version, unexpected
):
    counted, told = {}, []
    monkeypatch.setattr(ffmpeg_tool, "version", lambda: version)
    monkeypatch.setattr(merge, "count", lambda name, number=1, **_: counted.update({name: number}))
    monkeypatch.setattr(merge.logger(), "warning", lambda *_, extra: told.append(extra))
    work = planned(aws)
    merge.handler(work, CONTEXT)
    written = json.loads(aws.objects[keys.edition(work["article"], work["edition"]) + keys.TIMELINE].body)
    assert written["made_with"] == {
        "ffmpeg": version,
        "lameenc": encoding.version(),
        "libsndfile": decoding.version().split()[1],
    }
    assert counted.get("AudioToolUnexpected", 0) == unexpected
    assert ["build the layer" in one["tools"]["ffmpeg"] for one in told if "tools" in one] == [True] * unexpected


def test_express_without_sounds_runs_no_ffmpeg(aws, monkeypatch):
    monkeypatch.setattr(ffmpeg_tool, "find", lambda: pytest.fail("FFmpeg is looked for"))
    assert merging.tools(ffmpeg=False).keys() == {"libsndfile"}


def test_the_tools_of_this_environment_are_the_tested_ones():
    assert merging.unexpected(merging.tools(ffmpeg=True)) == {}


@pytest.mark.parametrize(
    ("newer", "stays"),
    [
        (Pointer("harbour-7", 8, "published", "1" * 64, "inbox/n.json", premium=True), False),
        (Pointer("harbour-7", 8, "withdrawn", None, "inbox/n.json"), False),
        (Pointer("harbour-7", 8, "published", "1" * 64, "inbox/n.json"), True),
    ],
)
def test_an_open_edition_does_not_outlive_a_premium_version_that_came_meanwhile(aws, newer, stays):
    """The execution may be stopped before it publishes, so Merge itself has to take away what it has just opened."""
    work = planned(aws)
    home = keys.edition(work["article"], work["edition"])

    def hook(_where):
        if home + keys.FULL in aws.objects:
            aws.objects[keys.pointer(newer.article)] = FakeObject(pointers.dump(newer), '"2"', {})

    aws.hook = hook
    merge.handler(work, CONTEXT)
    aws.hook = lambda _: None
    assert any(key.startswith(home) for key in aws.objects) == stays
