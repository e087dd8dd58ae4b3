"""``operate ask`` and the bill of questions: what is told, and what is reckoned."""

from __future__ import annotations

import pytest

from operate.clients import Target
from operate.cost import questions as bill_of
from operate.errors import OperateError
from operate.questions import command
from operate.questions.calls import Answered, Door

ANSWER = {
    "state": "answered",
    "attempts": [
        {"sql": "SELECT x", "error": "COLUMN_NOT_FOUND", "line": 1, "column": 8},
        {"sql": "SELECT a", "error": None, "line": None, "column": None},
    ],
    "text": "2 rows. The first: kind: A, number: 4.",
    "sql": "SELECT kind, count(*) AS number\nFROM rides",
    "columns": [{"name": "kind", "type": "varchar"}, {"name": "number", "type": "bigint"}],
    "preview": [["A\nB", "4"], [None, "x" * 60]],
    "rows": {"bucket": "answers", "key": "results/1.csv"},
    "bytes_scanned": 12345,
    "warnings": [{"code": "NUMBER_AS_TEXT", "message": "A number is compared as text."}],
    "session_id": "f" * 40,
}
REFUSED = {**ANSWER, "state": "refused", "reason": {"error": "Unanswerable", "message": "no weather"}}


class Doors:
    """Answers in order; requests are kept."""

    def __init__(self, taken: Answered, *found: Answered) -> None:
        self.taken, self.found = taken, list(found)
        self.bodies: list[dict[str, str]] = []

    def post(self, body: dict[str, str]) -> Answered:
        self.bodies.append(body)
        return self.taken

    def send(self, method: str, path: str) -> Answered:
        assert (method, path) == ("GET", f"/questions/{'a' * 40}")
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]


def asked(monkeypatch: pytest.MonkeyPatch, doors: Doors, **more: object) -> list[str]:
    monkeypatch.setattr(command, "door_of", lambda _target, _token: doors)
    monkeypatch.setattr(command.time, "sleep", lambda _: None)
    return list(command.command(Target(), command.Wish("how many?", **more)))  # type: ignore[arg-type]


TAKEN = Answered(202, {"id": "a" * 40})
RUNNING = Answered(200, {"state": "running"})


def test_an_answer_is_told_with_what_was_repaired_and_what_to_be_careful_of(monkeypatch):
    doors = Doors(TAKEN, RUNNING, Answered(200, ANSWER))
    lines = asked(monkeypatch, doors, session="s")
    assert doors.bodies == [{"question": "how many?", "session_id": "s"}]
    assert lines[0] == "Statement 1 was wrong: COLUMN_NOT_FOUND at 1:8"
    assert "A B   4" in lines
    assert any(line.endswith("x" * 37 + "...") for line in lines)
    assert "Careful: A number is compared as text." in lines
    assert lines[-1] == f"Ask on with --session {'f' * 40}"


def test_a_refusal_is_told(monkeypatch):
    assert asked(monkeypatch, Doors(TAKEN, Answered(200, REFUSED)))[-1] == "Refused: Unanswerable: no weather"


def test_what_is_not_taken_is_an_error_with_its_sentence(monkeypatch):
    refused = Answered(429, {"error": "TooManyRequests", "message": "Ask again in 5 s."})
    with pytest.raises(OperateError, match="429 TooManyRequests: Ask again in 5 s"):
        asked(monkeypatch, Doors(refused))


def test_api_gateways_own_refusal_is_told_too(monkeypatch):
    with pytest.raises(OperateError, match="403 refused: Forbidden"):
        asked(monkeypatch, Doors(Answered(403, {"message": "Forbidden"})))


def test_one_who_waits_too_long_hears_where_the_answer_will_be(monkeypatch):
    with pytest.raises(OperateError, match=f"GET /questions/{'a' * 40}"):
        asked(monkeypatch, Doors(TAKEN, RUNNING), seconds=-1)


def test_a_signature_covers_host_body_and_key(monkeypatch):
    from botocore.credentials import Credentials

    door = Door("https://abc.execute-api.eu-west-1.amazonaws.com", "eu-west-1", Credentials("AK", "secret"))
    url, body = f"{door.url}/questions", b"{}"
    headers = {"Host": "abc.execute-api.eu-west-1.amazonaws.com", "Content-Type": "application/json"}
    signed = door._signed("POST", url, body, headers)
    assert "/eu-west-1/execute-api/aws4_request" in signed["Authorization"]
    assert "host" in signed["Authorization"]
    other = door._signed("POST", url, b"{ }", headers)
    assert other["Authorization"].rpartition("=")[2] != signed["Authorization"].rpartition("=")[2]


def test_a_token_goes_in_the_place_of_a_signature():
    door = Door("https://abc", "eu-west-1", token="t.t.t")
    assert door._signed("GET", "https://abc/", b"", {}) == {"Authorization": "Bearer t.t.t"}


def test_nothing_to_sign_with_is_said():
    with pytest.raises(OperateError, match="--token"):
        Door("https://abc", "eu-west-1")._signed("GET", "https://abc/", b"", {})


# The bill


class Stack:
    """Counts of a stack, and nothing of its functions."""

    def __init__(self, **counts: float) -> None:
        self.counts = counts
        self.parameters = {"QuestionsModelId": "amazon.nova-2-lite-v1:0"}
        self.meter = self

    def counted(self, _pipeline: str, *names: str) -> dict[str, float]:
        return {name: self.counts.get(name, 0.0) for name in names}

    def of_type(self, _kind: str, _prefix: str = "") -> dict[str, str]:
        return {}

    def read(self, wanted: dict[object, object]) -> dict[object, None]:
        return dict.fromkeys(wanted)


def test_a_terabyte_costs_what_athena_says():
    stack = Stack(Answered=1, FirstPass=1, StatementsWritten=1, MegabytesScanned=1 << 20)
    (line,) = [each for each in bill_of.bill(stack).ours.lines if each.what == "Athena"]  # type: ignore[arg-type]
    assert line.usd == 5.0


def test_the_articles_way_asks_four_times_for_each_wrong_statement():
    counts = {"Answered": 10.0, "FirstPass": 8.0, "StatementsWritten": 12.0, "ModelInputTokens": 12_000.0}
    bill = bill_of.bill(Stack(**counts))  # type: ignore[arg-type]
    (ours,), (theirs,) = (
        [each for each in way.lines if each.what.startswith("model")] for way in (bill.ours, *bill.others)
    )
    assert ours.usd is not None
    assert theirs.usd == pytest.approx(ours.usd * (8 + 2 * 4) / 12)


def test_nobody_has_asked_yet():
    bill = bill_of.bill(Stack())  # type: ignore[arg-type]
    assert (bill.things, bill.ours.usd) == (0, 0)
