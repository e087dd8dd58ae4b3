"""What an operator reads and does about the day's accounts."""

from __future__ import annotations

from collections import Counter

import boto3
import pytest
from moto import mock_aws

from common.spending import accounts as ledger
from common.spending import pauses
from common.table import Table
from llm.spending import CANARY_CALLS
from operate import cli
from operate.clients import Target
from operate.cost import prices
from operate.errors import OperateError
from operate.replay import arguments, articles, asking
from operate.spending import accounts, ceilings, pausing
from tests.template.translate import source

NOON = 1_795_000_000.0
PARAMETERS = {
    "UseNarration": "true",
    "UseDocuments": "true",
    "UseLlm": "false",
    "DailyCharacters": "1000",
    "DailyPages": "0",
    "DailyModelCalls": "30",
    "DailyComprehendCharacters": "300",
    "DailyCalls": "5",
}


@pytest.fixture
def target(monkeypatch):
    with mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        clients = {name: boto3.client(name, region_name="us-east-1") for name in ("dynamodb", "sts")}
        clients["dynamodb"].create_table(
            TableName="state",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        monkeypatch.setattr(Target, "client", lambda _self, service: clients[service])
        monkeypatch.setattr(Target, "parameters", lambda _self: PARAMETERS)
        monkeypatch.setattr(Target, "output", lambda _self, name, _instead: {"StateTableName": "state"}[name])
        yield Target()


def table(target):
    return Table("state", target.client("dynamodb"))


def show(target):
    return list(accounts.show(target, lambda: NOON))


def test_a_line_per_kind_of_the_pipelines_that_are_there(target):
    ledger.Account(table(target), "narration", "characters", 1000, lambda: NOON).take(250, 250)
    head, *lines = show(target)
    assert head.startswith(f"{ledger.day_of(NOON)}, by UTC")
    assert [line.split()[:2] for line in lines] == [
        ["narration", "characters"],
        ["documents", "pages"],
        ["documents", "model-calls"],
        ["documents", "comprehend-characters"],
    ]
    assert "250 of         1,000   left           750" in lines[0]
    assert "25 %" in lines[0]
    assert "buys nothing" in lines[1]


def test_a_raise_says_who_and_when_and_holds_for_today(target):
    said = list(accounts.raise_today(target, "characters", 500, lambda: NOON))
    assert "may buy 1,500 characters" in said[0]
    lines = show(target)
    assert "of         1,500" in lines[1]
    assert "raised by 500 at 2026-11-18T12" in lines[2] or "raised by 500 at 20" in lines[2]
    assert ":sts::" in lines[2] or "arn:aws:" in lines[2]
    assert "of         1,000" in list(accounts.show(target, lambda: NOON + 86_400))[1]


@pytest.mark.parametrize(
    ("kind", "amount", "sentence"),
    [
        ("characters", 0, "0 is no raise"),
        ("characters", -5, "never lowered within its day"),
        (
            "characters",
            50_000_001,
            "10 times 5,000,000 at most.* raised by 50,000,000 more; .*a higher DailyCharacters",
        ),
        ("pages", 10**15, "10 times 2,000 at most"),  # though the stack buys none
    ],
)
def test_an_absurd_raise_is_refused_for_it_cannot_be_taken_back(target, kind, amount, sentence):
    with pytest.raises(OperateError, match=sentence):
        list(accounts.raise_today(target, kind, amount, lambda: NOON))
    assert not any("raised by" in line for line in show(target))


def test_raises_of_a_day_are_bounded_together(target):
    assert any("cannot be lowered" in line for line in accounts.raise_today(target, "pages", 15_000, lambda: NOON))
    with pytest.raises(OperateError, match="may be raised by 5,000 more"):
        list(accounts.raise_today(target, "pages", 5_001, lambda: NOON))
    list(accounts.raise_today(target, "pages", 5_000, lambda: NOON))
    list(accounts.raise_today(target, "pages", 20_000, lambda: NOON + 86_400))


def test_a_ceiling_above_the_default_may_be_raised_by_as_many_times():
    (characters,) = [kind for kind in ceilings.KINDS if kind.name == "characters"]
    ceilings.check_raise(characters, 9_000_000, 0, 90_000_000)
    with pytest.raises(OperateError, match="10 times 9,000,000"):
        ceilings.check_raise(characters, 9_000_000, 1, 90_000_000)


def test_the_defaults_are_those_of_the_template():
    declared = source()["Parameters"]
    assert {kind.name: kind.default for kind in ceilings.KINDS} == {
        kind.name: declared[kind.parameter]["Default"] if kind.parameter else CANARY_CALLS for kind in ceilings.KINDS
    }


@pytest.mark.parametrize("amount", ["0", "-5", "many", "1e9"])
def test_an_amount_that_is_none_is_refused_by_the_command_line(target, capsys, amount):
    with pytest.raises(SystemExit) as end:
        cli.main(["spending", "raise", "characters", amount])
    assert end.value.code == 2
    assert "a number of 1 or more" in capsys.readouterr().err


def test_a_kind_that_is_not_there_is_one_sentence(target):
    with pytest.raises(OperateError, match="no ceiling of 'paid-calls': name characters, pages"):
        list(accounts.raise_today(target, "paid-calls", 5))


def test_who_raises_it_at_the_same_moment_is_told(target, monkeypatch):
    seen = ledger.read(table(target), "narration", "characters", ledger.day_of(NOON))
    list(accounts.raise_today(target, "characters", 500, lambda: NOON))
    monkeypatch.setattr(ledger, "read", lambda *_: seen)
    with pytest.raises(OperateError, match="Somebody else has raised"):
        list(accounts.raise_today(target, "characters", 500, lambda: NOON))


def test_pause_and_resume(target):
    said = list(pausing.pause(target, "narration", "price", lambda: NOON))
    assert "is paused: after 15 seconds" in said[0]
    assert "already" in next(iter(pausing.pause(target, "narration", "", lambda: NOON)))
    assert "narration  is paused since" in show(target)[-1]
    assert show(target)[-1].endswith(": price")
    assert pauses.read(table(target), "narration") is not None
    assert "goes on" in next(iter(pausing.resume(target, "narration")))
    assert list(pausing.resume(target, "narration")) == ["narration was not paused"]


@pytest.mark.parametrize(("pipeline", "kind"), [(each.pipeline, each.name) for each in ceilings.KINDS])
def test_every_pipeline_that_buys_is_paused_resumed_and_raised_with_a_word_on_what_waits(
    target, monkeypatch, pipeline, kind
):
    """What the alarms of each say to type."""
    deployed = {each.parameter: "1000" for each in ceilings.KINDS if each.parameter}
    monkeypatch.setattr(Target, "parameters", lambda _self: deployed)
    assert len(list(pausing.pause(target, pipeline, "", lambda: NOON))) == 3
    assert list(pausing.resume(target, pipeline))[1]
    assert "nothing has to be deployed" in list(accounts.raise_today(target, kind, 5, lambda: NOON))[1]


def test_a_reason_that_is_no_sentence_is_refused(target):
    with pytest.raises(OperateError, match=r"100,000 characters, and 500 are kept"):
        list(pausing.pause(target, "narration", "x" * 100_000, lambda: NOON))
    assert pauses.read(table(target), "narration") is None


def test_what_is_to_be_typed_next_goes_to_the_same_stack(target):
    prod = Target("millrace-prod", profile="the prod", region="eu-west-1")
    end = "narration --stack-name millrace-prod --profile 'the prod' --region eu-west-1"
    assert list(accounts.raise_today(prod, "characters", 500, lambda: NOON))[-1].endswith(f"operate pause {end}")
    assert list(pausing.pause(prod, "narration", "", lambda: NOON))[-1].endswith(f"operate resume {end}")
    assert Target(port=4777).place() == " --port 4777"
    assert Target().place() == ""


def test_model_monitoring_is_not_said_to_make_up_for_what_it_left_out(target, monkeypatch):
    monkeypatch.setattr(Target, "parameters", lambda _self: {**PARAMETERS, "UseLlm": "true"})
    list(pausing.pause(target, "llm", "", lambda: NOON))
    for said in (pausing.resume(target, "llm"), accounts.raise_today(target, "paid-calls", 5, lambda: NOON)):
        text = "\n".join(said)
        assert "not made up for" in text
        assert "what waits" not in text


def test_a_reason_is_shown_and_not_obeyed_and_a_second_one_is_said_to_be_lost(target):
    list(pausing.pause(target, "narration", "\x1b[31mprice\nnarration goes on", lambda: NOON))
    assert show(target)[-1].endswith(": \N{REPLACEMENT CHARACTER}[31mprice narration goes on")
    assert "the reason stays as it was" in list(pausing.pause(target, "narration", "other", lambda: NOON))[-1]


@pytest.mark.parametrize(
    ("pipeline", "sentence"),
    [
        ("images", "UseImages=false"),
        ("trips", "UseTrips=false"),
        ("llm", "The stack millrace has no llm"),
        ("films", "name narration, documents, llm"),
    ],
)
def test_what_buys_nothing_cannot_be_paused(target, pipeline, sentence):
    for call in (lambda: pausing.pause(target, pipeline, ""), lambda: pausing.resume(target, pipeline)):
        with pytest.raises(OperateError, match=sentence):
            list(call())


def test_an_application_that_was_deployed_by_itself_has_no_switches(target, monkeypatch):
    monkeypatch.setattr(Target, "parameters", lambda _self: {"DailyCalls": "7"})
    found = [(kind.name, ceiling) for kind, ceiling in ceilings.of(target)]
    assert found == [("paid-calls", 7), ("canary-calls", 1500)]


def test_the_command_line_shows_and_raises(target, capsys):
    assert cli.main(["spending"]) == 0
    assert "characters" in capsys.readouterr().out
    assert cli.main(["spending", "raise", "characters"]) == 1
    assert "spending raise characters 500000" in capsys.readouterr().err
    assert cli.main(["spending", "raise", "characters", "20"]) == 0
    assert "1,020" in capsys.readouterr().out


# Replay: the question and the wait (what is sent is tried on the local cloud, tests/roads/test_spending.py)


@pytest.mark.parametrize(("answer", "agreed"), [("y", True), ("Yes ", True), ("", False), ("n", False)])
def test_a_person_is_asked(answer, agreed):
    assert asking.agreed("Send?", yes=False, ask=lambda _: answer) is agreed
    assert asking.agreed("Send?", yes=True, ask=pytest.fail)


def test_where_nobody_can_be_asked_it_says_so():
    def closed(_):
        raise EOFError

    with pytest.raises(OperateError, match="--yes"):
        asking.agreed("Send?", yes=False, ask=closed)


def waited(ends, seconds=10):
    """Lines, words with how many each, and how many are left."""
    clock, said = iter(range(0, 100, 4)), []
    looks = {name: iter(words) for name, words in ends.items()}
    wait = asking.progress(
        list(ends), lambda one: next(looks[one]), seconds, sleep=lambda _: None, clock=lambda: next(clock)
    )
    while True:
        try:
            said.append(next(wait))
        except StopIteration as end:
            return said, *end.value


def test_the_wait_tells_how_far_it_is_and_what_is_left():
    said, ends, left = waited({"a": [None, "published"], "b": ["refused"], "c": [None] * 9})
    assert said == ["1 of 3", "2 of 3"]
    assert (ends, left) == ({"published": 1, "refused": 1}, 1)


def concluded(ends, left, unsent=0):
    """The last line, and the sentence with which the command fails, if it does."""
    lines = []
    try:
        for line in asking.result(Counter(ends), left, ("published",), unsent):
            lines.append(line)
    except asking.Unfinished as error:
        return lines, str(error)
    return lines, ""


def test_what_has_all_worked_is_a_success():
    assert concluded({"published": 3}, 0) == (["3 worked, 0 failed, 0 left: 3 published"], "")


@pytest.mark.parametrize(
    ("ends", "left", "unsent", "line", "sentence"),
    [
        ({"refused": 1}, 0, 0, "0 worked, 1 failed, 0 left: 1 refused", "1 failed. Mend what is said above"),
        ({}, 0, 1, "0 worked, 1 failed, 0 left: 1 not sent", "1 failed. Mend what is said above"),
        ({"published": 2}, 1, 0, "2 worked, 0 failed, 1 left: 2 published", "1 has not ended. They go on, wait"),
        ({}, 2, 0, "0 worked, 0 failed, 2 left", "2 have not ended."),
        ({"published": 1, "refused": 1}, 1, 1, "1 worked, 2 failed, 1 left: 1 published, 1 refused, 1 not sent", "2 f"),
    ],
)
def test_what_has_not_all_worked_fails_and_says_how_many(ends, left, unsent, line, sentence):
    said, failed = concluded(ends, left, unsent)
    assert said == [line]
    assert failed.startswith(sentence)


def test_a_small_sum_is_not_nothing(target):
    price = {"characters": 17, "requested": 18, "voice": "Vicki", "engine": "standard", "fallback": None}
    said = list(articles._bill(target, [articles.Replay("story", "{}", price)]))
    assert said[0] == "standard: 17 characters to be spoken, 1 kept: 0.0000680 US dollars"


def test_the_bill_of_articles_shows_narrations_account_its_raises_and_its_pause(target):
    list(pausing.pause(target, "narration", "price", lambda: NOON))
    price = {"characters": 1_000_000, "requested": 3_000_000, "voice": "Vicki", "engine": "neural", "fallback": None}
    said = list(articles._bill(target, [articles.Replay("story", "{}", price)]))
    assert said[0].endswith(f"2,000,000 kept: {prices.polly()['neural']:,.2f} US dollars")
    assert "operate/prices.toml (2025-04, unchecked)" in said[1]
    assert [line.split()[0] for line in said[2:]] == ["narration", "narration"]
    assert "is paused since" in said[-1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["narration"], "Name articles by their ids, or say --all"),
        (["narration", "a", "--all"], "Name articles"),
        (["documents"], "Name documents by their keys, or say --prefix"),
        (["documents", "a", "--prefix", "b"], "Name documents"),
        (["documents", "a", "--voice", "Vicki"], "--voice: of narration alone. Leave it out, or say replay narration"),
        (["documents", "--all"], "--all: of narration alone"),
        (["documents", "a", "--voice", "v", "--engine", "e"], "--voice and --engine: of narration alone"),
        (["narration", "a", "--prefix", ""], "--prefix: of documents alone"),
        (["narration", "--all", "--again", "b"], "--again: of documents alone"),
    ],
)
def test_what_is_replayed_has_to_be_said(target, words, sentence):
    options = cli._parser().parse_args(["replay", *words])
    with pytest.raises(OperateError, match=sentence):
        arguments.call(target, options)
