"""``operate cost`` as text: over which time was measured, what a month would cost, whose prices these are."""

from __future__ import annotations

import pytest

from operate import amounts
from operate.cost import command, documents, narration, report
from operate.cost.bill import Bill, Line, Way, unknown
from operate.cost.meter import DAY
from operate.cost.stack import FUNCTION
from operate.errors import OperateError
from tests.unit.operate.test_cost import NOW, World


def test_a_report_has_sums_per_month_and_per_thousand():
    ways = (Way("what was paid", (Line("a", "1 x", 0.5), Line("b", "2 x", 0.1))), Way("dearer", (Line("a", "", 6),)))
    told = [
        line.split() for line in report.lines(Bill("p", 500, "things", 1_000, ways[0], ways[1:], ("Note.",)), 15 * 24)
    ]
    assert told[0] == ["p,", "15", "days:", "500", "things"]
    assert ["a", "1", "x", "0.50", "1.00", "1.00"] in told
    assert ["together", "0.60", "1.20", "1.20"] in told
    assert ["dearer", "(what", "was", "paid", "is", "10.0%", "of", "it)"] in told
    assert told[-1] == ["Note."]


def test_what_is_not_known_is_said_and_the_sum_is_at_least():
    ours = Way("what was paid", (Line("a", "", 0.5), unknown("b", "nobody counts it")))
    text = "\n".join(report.lines(Bill("p", 500, "things", 1_000, ours, (Way("other", (Line("a", "", 6),)),)), 720))
    assert "not known             -               -  (nobody counts it)" in text
    assert "together, at least" in text
    assert "of it)" not in text


def test_nothing_done_is_one_sentence():
    told = list(report.lines(World().bill(narration), 720))
    assert len(told) == 2
    assert "No saves of articles yet" in told[1]


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0.00"), (1_234.5, "1,234.50"), (0.0123, "0.012"), (0.1, "0.10"), (0.00002, "0.0000200"), (2e-9, "2.0e-09")],
)
def test_small_sums_keep_two_figures(amount, text):
    assert amounts.usd(amount) == text


# The command


def test_the_pipelines_of_the_stack_are_told_and_where_the_prices_come_from():
    world = World(UseNarration="true", UseDocuments="false", UseImages="true", UseTrips="true", UseLlm="true")
    told = list(command.command(world, None, 30, NOW))
    assert [line.split(",")[0] for line in told if ", 10.0 hours:" in line] == ["narration", "images", "trips", "llm"]
    assert any(line.strip().startswith("firehose_usd: 2026-11, from memory") for line in told)
    assert not any("documents_usd" in line for line in told)


def test_one_pipeline():
    told = list(command.command(World(UseImages="true"), "images", 7, NOW))
    assert any(line.startswith("images, 10.0 hours") for line in told)
    with pytest.raises(OperateError, match="The stack mine has no documents"):
        list(command.command(World(UseDocuments="false"), "documents", 7, NOW))


def test_a_pipeline_that_was_deployed_by_itself_has_no_switch():
    world = World()
    world.__dict__["there"] = {"TripsClean": (FUNCTION, "clean")}
    told = list(command.command(world, None, 30, NOW))
    assert [line.split(",")[0] for line in told if ", 10.0 hours:" in line] == ["trips"]


def old(days: float, **parameters: str) -> World:
    """A stack that is there for so many days."""
    world = World(**parameters)
    world.__dict__["created"] = lambda: NOW - days * DAY
    return world


def test_a_stack_that_is_younger_than_asked_says_over_which_time_it_was_measured():
    world = old(6, UseDocuments="true", UseLlm="false")
    world.count("documents", "DocumentsSummarized", 10)
    told = list(command.command(world, "documents", 30, NOW))
    assert told[0].startswith("The stack mine is there for 6 days, not for 30 days: sums are of that time")
    (endpoint,) = [line.split() for line in told if "endpoint with" in line]
    month = 30 * 24 * 1.515
    assert endpoint[-3:-1] == [amounts.usd(month / 5), amounts.usd(month)]
    assert any("documents, 6 days: 10 documents" in line for line in told)


def test_what_a_month_costs_is_not_made_up_from_hours():
    world = World(UseDocuments="true")
    told = list(command.command(world, "documents", 30, NOW))
    assert "That is too short to say what a month costs." in told
    world.count("documents", "DocumentsSummarized", 10)
    (endpoint,) = [line.split() for line in command.command(world, "documents", 30, NOW) if "endpoint with" in line]
    assert endpoint[-3:-1] == ["15.15", "-"]


def test_an_old_stack_is_measured_over_what_was_asked_for():
    told = list(command.command(old(400, UseImages="true"), "images", 1, NOW))
    assert told[0] == "images, 1 day: 0 pictures"


def test_prices_are_said_to_be_of_a_table_and_not_compared():
    told = "\n".join(command.command(World(UseDocuments="true"), "documents", 7, NOW))
    assert "Prices were not asked of AWS: they are list prices of us-east-1\nin operate/prices.toml" in told
    assert "what is from memory was\ncompared with no page" in told
    assert "models: functions/llm/prices.toml, compared by 20" in told


@pytest.mark.parametrize(("number", "text"), [(0, "0 pages"), (1, "1 page"), (2, "2 pages"), (1_200, "1,200 pages")])
def test_one_is_not_many(number, text):
    assert amounts.of(number, "page") == text


def test_one_piece_of_work_is_named_as_one():
    world = World()
    world.count("narration", "ArticlesPublished", 1)
    assert next(iter(report.lines(world.bill(narration), 24))) == "narration, 1 day: 1 save of an article"
    assert amounts.of(1, "save of an article", world.bill(narration).thing) == "1 save of an article"
    world.count("documents", "DocumentsSummarized", 1)
    assert next(iter(report.lines(world.bill(documents), 36))) == "documents, 1.5 days: 1 document"
