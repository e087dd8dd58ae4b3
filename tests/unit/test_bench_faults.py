"""How faults and loads are counted, what makes a scene fail, and where the tables go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bench.faults import __main__ as command
from bench.faults import scenes, table
from bench.faults.account import Account
from bench.faults.streams import articles, papers
from bench.faults.streams import asked as asking
from bench.faults.streams.asked import Questions
from bench.faults.streams.calls import MEASURED, TOTALS, Calls
from bench.faults.streams.stream import Pieces, differences
from bench.faults.whole import Count, Whole
from bench.questions.desk import NoAnswer
from local.demo.documents import maker, texts
from narration.audio.codecs import mp3
from operate.questions.calls import Answered


def whole(*counts: Count, **changes: Any) -> Whole:
    return Whole("a scene", "a fault", counts, {"SomeQueue": 2}, 12.4, 1, **changes)


def test_what_is_neither_out_nor_waiting_is_lost():
    assert Count("articles", 10, 6, 3).lost == 1
    assert Count("articles", 10, 10, 3).lost == 0
    assert not whole(Count("articles", 10, 6, 3)).well


def test_something_wrong_is_not_well_though_nothing_is_lost():
    assert not whole(Count("articles", 1, 1, 0, ("its audio is of another version",))).well
    assert whole(Count("articles", 1, 1)).well


def test_a_fault_that_did_not_happen_proves_nothing():
    found = whole(Count("articles", 1, 1), unproved="S3 refused nothing")
    assert not found.well
    assert "  NO   S3 refused nothing" in list(found.lines())


def test_what_came_out_wrong_is_not_waited_for_but_all_others_are():
    assert Count("articles", 3, 2, 0, ("wrong",)).ended
    assert not Count("articles", 3, 1, 0, ("wrong",)).ended


def test_the_last_line_is_the_sum_over_all_kinds():
    lines = list(whole(Count("articles", 10, 6, 3), Count("trips", 100, 100)).lines())
    assert lines[-1] == "whole: 110 in, 106 out, 3 waiting, 1 lost"
    assert "  waits in SomeQueue: 2" in lines
    assert lines[0] == "  articles: 10 in, 6 out, 3 waiting, 1 lost"


def test_what_is_lost_is_looked_for_in_the_executions_that_are_still_open():
    """Where nothing speaks of a piece any more, only its execution can tell what became of it."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    entered = [{"stateEnteredEventDetails": {"name": name}, "timestamp": at} for name in ("ReadTables", "Generate")]
    history = [{"events": entered}, {"events": [{"type": "TaskScheduled", "timestamp": at}]}]
    pages = {
        "list_executions": [{"executions": [{"executionArn": "arn:aws:states:::execution:machine:question-7"}]}],
        "get_execution_history": history,
    }
    client = SimpleNamespace(
        get_paginator=lambda name: SimpleNamespace(paginate=lambda **_: pages[name]),
    )
    cloud = SimpleNamespace(outputs={"AnswerQuestionArn": "arn"}, client=lambda _: client)
    said = Account(cloud).standing()
    assert said == [f"machine:question-7 is in Generate since {at}: TaskScheduled"]
    lines = list(whole(Count("questions", 1, 0), standing=tuple(said)).lines())
    assert f"  still open: {said[0]}" in lines


@pytest.mark.parametrize(("counts", "code"), [([1], 0), ([0], 1), ([0, 1], 1)])
def test_the_exit_code_follows_what_is_lost(monkeypatch, tmp_path, counts, code):
    played = {str(number): lambda _stage, out=out: whole(Count("trips", 1, out)) for number, out in enumerate(counts)}
    monkeypatch.setattr(scenes, "LOADS", played)
    monkeypatch.setattr(scenes, "LOG", tmp_path / "output" / "faults.log")
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    assert command.main(["load", "--quick", "--seed", "7"]) == code


class Some(Pieces):
    """Pieces whose states the test sets."""

    kind = "pieces"

    def __init__(self, **states: bool | str) -> None:
        super().__init__()
        self.states = states
        self._words = {name: (f"<{name}>",) for name in states}

    def send(self, number: int) -> None:
        raise NotImplementedError

    def state(self, name: str) -> bool | str:
        return self.states[name]


def test_only_what_is_named_waits():
    some = Some(a=True, b=False, c=False)
    assert some.look() == Count("pieces", 3, 1)
    assert some.waits("a message about <b>, and one about <a>") == 1


def test_what_was_right_and_is_spoilt_later_is_found_in_the_last_look():
    some = Some(a=True)
    assert some.look().out == 1
    some.states["a"] = "a: an older version"
    assert some.look().out == 1
    some.again()
    assert some.look() == Count("pieces", 1, 0, 0, ("a: an older version",))


def test_one_that_is_lost_is_not_made_good_by_another_that_is_there_twice():
    assert differences(Counter("abc"), Counter("abb")) == (1, 1)
    assert differences(Counter("abc"), Counter("abc")) == (0, 0)


class At:
    """An account with an open execution; ``works`` is what it does while it is waited for."""

    def __init__(self, words: str, works: Callable[[], None] = lambda: None) -> None:
        self.words, self.works, self.asked = words, works, 0

    def look_at_size(self) -> None:
        pass

    def at_work(self) -> bool:
        self.works()
        return False

    def waiting(self, moving: bool) -> str:
        self.asked += 1
        return f"{self.words} an open execution of <b>" if moving else self.words


def test_an_open_execution_waits_only_while_something_moves(monkeypatch):
    monkeypatch.setattr(scenes, "LOOK_AGAIN", 0)
    some = Some(a=False, b=False, c=False)
    (found,) = scenes._counted(At("<c>", lambda: some.states.update(a=True)), [some])
    assert (found.out, found.waiting, found.lost) == (1, 2, 0)
    (found,) = scenes._counted(still := At("<c>"), [Some(a=True, b=False, c=False)])
    assert (found.waiting, found.lost, still.asked) == (1, 1, scenes.LOOKS)


# ---- questions


class Caller:
    """A caller whose requests are answered with these, one after the other."""

    def __init__(self, *answers: Answered | Exception) -> None:
        self.answers, self.keys = list(answers), []  # type: tuple[list[Answered | Exception], list[str]]

    def post(self, _body: object, **headers: str) -> Answered:
        self.keys.append(headers["Idempotency_Key"])
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def asked(*answers: Answered | Exception, kept: dict | None = None) -> Questions:
    """Questions of one caller, of which one has its answer."""
    found = Questions.__new__(Questions)
    Pieces.__init__(found)
    found._name, found._right, found._twice = "burst", {}, []
    found._callers = [Caller(*answers)] * asking.CALLERS
    found._desk = type("Desk", (), {"kept": lambda _self, _identity: kept})()
    return found


TAKEN = Answered(202, {"id": "a"})


def test_a_door_that_died_is_asked_again_under_the_same_key(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0)
    stream = asked(Answered(500, {}), ConnectionResetError(), TAKEN, TAKEN)
    stream.send(1)
    assert stream._callers[0].keys == ["burst-0"] * 4
    assert stream.look() == Count("questions", 1, 0)


def test_what_is_refused_is_not_asked_again(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0)
    with pytest.raises(NoAnswer, match="403"):
        asked(Answered(403, {}), TAKEN, TAKEN).send(1)


def test_a_question_that_is_taken_twice_is_wrong():
    stream = asked(TAKEN, Answered(202, {"id": "b"}))
    stream.send(1)
    assert stream.look().wrong == ("question 0 was taken twice",)


@pytest.mark.parametrize(
    ("kept", "out", "wrong"),
    [
        ({"state": "answered", "preview": [["400"]]}, 1, ""),
        ({"state": "answered", "preview": [["399"]]}, 0, "not [['400']]"),
        ({"state": "refused", "reason": {"error": "NotRepaired"}}, 0, "NotRepaired"),
    ],
)
def test_an_answer_is_that_of_its_own_question(kept: dict, out: int, wrong: str):
    stream = asked(TAKEN, TAKEN, kept=kept)
    stream.send(1)
    found = stream.look()
    assert found.out == out
    assert len(found.wrong) == bool(wrong)
    assert wrong in "".join(found.wrong)


# ---- articles


def timeline(*spoken: str, samples: int = 576) -> dict:
    return {"items": [{"text": text} for text in spoken] + [{"text": None}], "samples": samples}


@pytest.mark.parametrize(
    ("said", "samples", "reason"),
    [(["one", "two"], 576, None), (["one"], 576, "holds"), (["two", "one"], 576, "holds"),
     (["one", "two"], 5760, "samples"), (["one", "two"], 0, "samples")],
)  # fmt: skip
def test_an_article_is_heard_whole(monkeypatch, said, samples, reason):
    monkeypatch.setattr(mp3, "measure", lambda audio: SimpleNamespace(samples=len(audio) * 576))
    audio = b"123" if samples == 0 else b"12"
    found = articles.heard("a", timeline(*said, samples=samples), audio, ["one", "two"])
    assert found is True if reason is None else reason in str(found)


# ---- documents


def summary(number: int, **changes: object) -> dict:
    text = texts.visit(number)
    forms = [
        dict(zip(("key", "value"), line.split(": ", 1), strict=True)) for line in text.splitlines() if ": " in line
    ]
    said = text.splitlines()[-1:]
    return {"document": {"etag": "e"}, "forms": forms, "summary": said, "fields": [], **changes}


@pytest.mark.parametrize(
    ("made", "reason"),
    [(summary(7), ""), (summary(7, document={"etag": "f"}), "another upload"), (summary(8), "patient 0008"),
     (summary(7, forms=summary(7)["forms"][1:]), "forms"), (summary(7, summary=[]), "nothing"),
     (summary(7, summary=["The examination found a broken leg."]), "does not"),
     (summary(7, summary=texts.visit(8).splitlines()[-3:]), "does not")],
)  # fmt: skip
def test_a_summary_says_what_its_own_document_says(made, reason):
    found = papers.problem_of("load/note 0007.txt", made, "e")
    assert reason in found if reason else found == ""


def test_a_scan_may_be_read_wrongly_but_not_left_unread():
    assert papers.problem_of("load/scan 0007.jpg", summary(7, forms=[{"key": "Receipt", "value": "?"}]), "e") == ""
    assert "nothing of its forms" in papers.problem_of("load/scan 0007.jpg", summary(7, forms=[]), "e")


def test_every_document_of_a_load_has_a_name_that_is_known():
    assert {key.rpartition("/")[2][:5] for key, _ in maker.load(3, 1, "load/")} == {"scan ", "note "}


# ---- logs

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def calls(read: dict[datetime, int], killed: tuple[int, int] = (0, 0), **totals: int) -> Calls:
    """An object of three records at noon and two a minute later, of which four are pairs; a cut line beside them."""
    made = Calls.__new__(Calls)
    sent = {NOON: 3, NOON + timedelta(minutes=1): 2}
    made._sent = SimpleNamespace(
        minutes=Counter(sent),
        objects={"noon.json.gz": Counter(sent)},
        broken=1,
        totals=Counter(dict.fromkeys(TOTALS, 4)),
    )
    made._minutes_before, made._totals_before = Counter(), Counter()
    made.allow(*killed)
    made._counted = lambda: (Counter(read), Counter({**dict.fromkeys(TOTALS, 4), **totals}))
    return made


WELL = {NOON: 3, NOON + timedelta(minutes=1): 2, NOON + timedelta(hours=1): 1}


def test_each_record_counts_once_in_its_minute():
    assert calls(WELL).look() == Count("records of logs", 6, 6)


def test_a_record_counted_twice_hides_none_that_is_lost():
    found = calls({**WELL, NOON: 4, NOON + timedelta(minutes=1): 1}).look()
    assert (found.lost, len(found.wrong)) == (1, 1)


def test_a_log_that_counts_twice_is_wrong_unless_its_reader_was_killed():
    twice = {at: 2 * number for at, number in WELL.items()}
    assert "counted twice" in calls(twice).look().wrong[0]
    found = calls(twice, killed=(1, 0)).look()
    assert (found.wrong, len(found.notes)) == ((), 1)


def test_a_pair_that_a_module_did_not_measure_is_found_unless_it_is_told():
    assert "measured" in calls(WELL, **{MEASURED[0]: 3}).look().wrong[0]
    told = calls(WELL, **{MEASURED[0]: 3}, PairsNotEvaluated=1).look()
    assert (told.wrong, len(told.notes)) == ((), 1)
    assert calls(WELL, killed=(0, 1), **{MEASURED[0]: 3}).look().wrong == ()


def test_records_wait_where_a_message_names_their_object():
    late = calls({NOON: 3})
    assert late.look().out == 3
    assert late.waits("something else") == 0
    assert late.waits("noon.json.gz") == 3


# ---- tables


def test_a_table_takes_the_place_of_the_one_before(tmp_path):
    page = tmp_path / "faults.md"
    page.write_text("before\n<!-- load -->\nold\n<!-- end of load -->\nafter\n")
    table.write("load", table.rows([whole(Count("articles", 1000, 1000))], "make load", 7), page)
    text = page.read_text()
    assert "| a scene | a fault | 1,000 articles | 1,000 | 0 | 0 | 1 | 12 |" in text
    assert "seed 7" in text
    assert "old" not in text
    assert (text.startswith("before\n"), text.endswith("after\n")) == (True, True)


def test_a_page_without_the_place_is_not_written(tmp_path):
    page = tmp_path / "faults.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="has no <!-- load -->"):
        table.write("load", "rows", page)
