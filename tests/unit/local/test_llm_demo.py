"""The demo's day of calls says of itself what a reader finds in it; its picture shows what it is given."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from llm.logs.records import read
from llm.model import Pair, Skipped
from llm.modules.ingest import Ingest
from llm.modules.refusal import Refusal
from llm.refusals import judge, of_pair
from local.demo.llm import declared, maker, plot
from local.demo.llm.records import MODELS
from local.services.comprehend.toxicity import judge as toxicity

NOW = datetime(2026, 11, 20, 14, 7, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def day() -> maker.Day:
    return maker.make(NOW, "us-east-1")


@pytest.fixture(scope="module")
def answers(day: maker.Day) -> list[Pair | Skipped]:
    lines = [line for _, body in sorted(day.objects.items()) for line in gzip.decompress(body).splitlines()]
    return list(read(lines))


def test_the_reader_finds_what_the_day_says(day: maker.Day, answers: list[Pair | Skipped]):
    pairs = [answer for answer in answers if isinstance(answer, Pair)]
    assert Counter(pair.model_family for pair in pairs) == day.pairs
    assert len(answers) == day.records.total() + day.broken
    reasons = Counter(answer.reason for answer in answers if isinstance(answer, Skipped))
    assert reasons == {"SkippedEmbedding": 8, "SkippedToolUse": 8, "SkippedError": 8, "SkippedMalformed": 1}


def test_families_are_those_of_the_metrics(answers: list[Pair | Skipped]):
    found = {answer.model_family for answer in answers if isinstance(answer, Pair)}
    assert found == {model.family for model in (*MODELS, declared.DECLINER)}


def test_refusals_and_the_toxic_answer_are_told(day: maker.Day, answers: list[Pair | Skipped]):
    pairs = [answer for answer in answers if isinstance(answer, Pair)]
    refused = [pair for pair in pairs if of_pair(pair).outcome == "refused"]
    assert Counter(pair.model_family for pair in refused) == +day.refused
    toxic = [pair for pair in pairs if toxicity(pair.completion).toxicity >= 0.5]
    assert Counter(pair.model_family for pair in toxic) == +day.toxic
    assert NOW - timedelta(minutes=10) < toxic[0].timestamp < NOW


def test_what_others_than_the_text_say_is_told(day: maker.Day, answers: list[Pair | Skipped]):
    pairs = [answer for answer in answers if isinstance(answer, Pair)]
    counted: Counter[str] = Counter()
    for one in (*Ingest(NOW.timestamp).compute(pairs), *Refusal().compute(pairs)):
        counted[one.metric] += round(one.value)
    assert {name: counted[name] for name in day.told} == day.told
    assert min(day.told.values()) == 8
    assert counted["GuardrailInterventions"] == counted["ContentFiltered"] == 0


def test_what_comes_late_is_of_one_minute_and_of_its_own_model():
    key, body = maker.late(NOW, "us-east-1", 12)
    pairs = [one for one in read(gzip.decompress(body).splitlines()) if isinstance(one, Pair)]
    assert {(pair.model_family, pair.timestamp) for pair in pairs} == {(maker.LATE.family, NOW)}
    assert len({pair.request_id for pair in pairs}) == 12
    assert "/2026/11/20/14/" in key
    assert maker.late(NOW, "us-east-1", 12)[0] != key


def test_the_burst_is_in_the_last_ten_minutes(answers: list[Pair | Skipped]):
    pairs = [answer for answer in answers if isinstance(answer, Pair)]
    assert min(pair.timestamp for pair in pairs) >= NOW - timedelta(days=1)
    assert max(pair.timestamp for pair in pairs) <= NOW
    late = [pair for pair in pairs if pair.timestamp >= NOW - timedelta(minutes=10)]
    share = sum(judge(pair.completion).outcome == "refused" for pair in late) / len(late)
    assert share > 0.5
    # More than a period's least number of pairs in two periods of five minutes, wherever they begin.
    assert len(late) > 100


def test_keys_are_bedrocks(day: maker.Day):
    for key in day.objects:
        prefix, stamp = key.rsplit("/", 1)
        assert prefix.startswith("AWSLogs/123456789012/BedrockModelInvocationLogs/us-east-1/20")
        assert stamp.endswith(".json.gz")


def test_the_same_moment_gives_the_same_bytes(day: maker.Day):
    assert maker.make(NOW, "us-east-1").objects == day.objects
    assert maker.make(NOW + timedelta(seconds=1), "us-east-1").objects.keys() != day.objects.keys()


def test_the_picture(tmp_path: Path):
    periods = [NOW.replace(minute=0, second=0) + timedelta(minutes=30 * number) for number in range(4)]
    lines = {name: dict.fromkeys(periods, 0.5) for name in plot.LINES}
    path = tmp_path / "models.png"
    plot.draw(periods, {periods[3]: 60.0}, 20, {periods[3]: 1}, lines, path)
    image = Image.open(path).convert("RGB")
    colours = {colour for _, colour in image.getcolors(1 << 20) or []}
    assert {ImageColor.getrgb(name) for name in (plot.REFUSED, plot.TOXIC, plot.LIMIT)} <= colours
    left = image.crop((90, 110, 600, 300))
    assert ImageColor.getrgb(plot.REFUSED) not in {colour for _, colour in left.getcolors(1 << 20) or []}


def test_a_picture_of_a_quiet_day(tmp_path: Path):
    plot.draw([NOW], {}, 20, {}, {}, tmp_path / "quiet.png")
    assert (tmp_path / "quiet.png").stat().st_size > 1000
