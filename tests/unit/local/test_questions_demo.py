"""The demo's rows on questions say NO where a promise is broken; a chapter alone has the pipelines that it needs."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from local import cli
from local.cloud.lifecycle import Plan
from local.demo import CHAPTERS
from local.demo.questions import chapter
from local.demo.questions.desk import Told
from local.demo.trips import chapter as trips

SELECTED = "SELECT count(*) AS number FROM trips"


def attempt(sql: str = SELECTED, error: str | None = None) -> dict[str, Any]:
    return {"sql": sql, "error": error, "line": 1 if error else None, "column": 8 if error else None}


def answered(rows: list[list[str]], *names: str, attempts: Any = None, warnings: Any = ()) -> dict[str, Any]:
    return {
        "state": "answered", "sql": SELECTED, "text": "It is so.", "reason": None, "preview": rows,
        "columns": [{"name": name, "type": "bigint"} for name in names], "attempts": attempts or [attempt()],
        "warnings": list(warnings), "bytes_scanned": 10,
    }  # fmt: skip


def refused(error: str, message: str, *attempts: dict[str, Any]) -> dict[str, Any]:
    reason = {"error": error, "message": message}
    return {**answered([], attempts=list(attempts)), "state": "refused", "sql": None, "text": None, "reason": reason}


GOOD = {
    "count": answered([["10"]], "number"),
    "parts": answered([["morning", "7"], ["night", "3"]], "part_of_day", "number"),
    "mended": answered(
        [["Customer", "5"], ["Subscriber", "6"]], "user_type", "average",
        attempts=[attempt("SELECT a", chapter._PROBLEMS[0]), attempt("SELECT b", chapter._PROBLEMS[1]), attempt()],
    ),
    "careful": answered([["9"]], "number", warnings=[{"code": "NUMBER_AS_TEXT", "message": "Numbers as text."}]),
    "hostile": refused("NotAllowed", "Only SELECT.", attempt("DELETE FROM trips", "STATEMENT_NOT_ALLOWED")),
    "missing": refused("Unanswerable", "nothing here is about 'temperature'", attempt("")),
}  # fmt: skip


class Desk:
    """Answers by the name that the chapter gives a question."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.follows: list[str] = []

    def ask(self, question: str, *, follows: bool, **_: Any) -> Told:
        name = next(name for name, one in chapter._QUESTIONS.items() if one.text == question)
        self.follows += [name] if follows else []
        return Told(self.answers[name], 1.0)


class Lake:
    """Ten trips of July; ``deleted`` of them are gone at the second look."""

    def __init__(self, deleted: int = 0, empty: bool = False) -> None:
        self.counts = [0 if empty else 10, 10 - deleted]

    def rows(self) -> int:
        return self.counts.pop(0)

    def ask(self, sql: str) -> list[list[str]]:
        return [["Customer"], ["Subscriber"]] if "DISTINCT" in sql else [["10"]]


def play(
    monkeypatch: pytest.MonkeyPatch, folder: Path, answers: dict[str, Any], lake: Lake, ran: list[str] | None = None
) -> tuple[int, list[str]]:
    monkeypatch.setattr(trips, "Lake", lambda *_: lake)
    monkeypatch.setattr(chapter, "_statements", lambda *_: ["EXPLAIN SELECT a", *(ran or [SELECTED])])
    rows: list[str] = []
    desk: Any = Desk(answers)
    broken = chapter.play(lambda _: None, {}, desk, folder, rows.append)
    assert desk.follows == ["parts"]
    assert broken == sum(row.startswith("NO ") for row in rows)
    return broken, rows


def test_every_question_has_its_rows_and_every_promise_is_kept(monkeypatch, tmp_path):
    broken, rows = play(monkeypatch, tmp_path, GOOD, Lake())
    assert broken == 0
    assert json.loads((tmp_path / "answers.json").read_text()) == GOOD
    at = rows.index("What is the average duration by user type?")
    assert rows[at + 1 : at + 6] == [
        f"     wrong at 1:8, {chapter._PROBLEMS[0]}",
        f"     wrong at 1:8, {chapter._PROBLEMS[1]}",
        f"     {SELECTED}",
        "     It is so.",
        "     3 attempts, 10 bytes, 1.0 s",
    ]
    assert "     refused, NotAllowed: Only SELECT." in rows
    assert "     careful: Numbers as text." in rows


@pytest.mark.parametrize(
    ("name", "changes", "promise"),
    [
        ("count", {"preview": [["11"]]}, "the first statement"),
        ("count", {"attempts": [attempt(), attempt()]}, "the first statement"),
        ("parts", {"preview": [["morning", "7"]]}, "a follow-up"),
        ("parts", {"columns": [{"name": "day", "type": "date"}]}, "a follow-up"),
        ("mended", {"attempts": [attempt()]}, "two wrong statements"),
        ("careful", {"warnings": []}, "a statement that compares"),
        ("hostile", {"state": "answered", "reason": None, "sql": "", "text": ""}, "an order to delete"),
        ("missing", {"reason": {"error": "Unanswerable", "message": "no"}}, "what the tables cannot"),
    ],
)
def test_a_broken_promise_is_told(monkeypatch, tmp_path, name, changes, promise):
    answers = copy.deepcopy(GOOD)
    answers[name] |= changes
    broken, rows = play(monkeypatch, tmp_path, answers, Lake())
    assert broken == 1
    assert next(row for row in rows if row.startswith("NO ")).startswith(f"NO   {promise}")


def test_a_lake_that_has_lost_a_row_is_told(monkeypatch, tmp_path):
    broken, rows = play(monkeypatch, tmp_path, GOOD, Lake(deleted=1))
    assert [row[:23] for row in rows if row.startswith("NO ")] == ["NO   an order to delete"]
    assert broken == 1


@pytest.mark.parametrize("ran", [["DELETE FROM trips"], ["SELECT b"], [" "]])
def test_what_athena_should_never_have_been_given_is_told(monkeypatch, tmp_path, ran):
    _, rows = play(monkeypatch, tmp_path, GOOD, Lake(), ran)
    assert [row for row in rows if row.startswith("NO   Athena was given")]


def test_an_empty_lake_is_filled_first(monkeypatch, tmp_path):
    filled: list[Path] = []

    def fill(_client: Any, _outputs: Any, _lake: Any, path: Path) -> int:
        filled.append(path)
        return 10

    monkeypatch.setattr(trips, "fill", fill)
    broken, rows = play(monkeypatch, tmp_path, GOOD, Lake(empty=True))
    assert (broken, filled) == (0, [tmp_path / "trips.csv"])
    assert any(row.startswith("10 trips were put") for row in rows)


def deployed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, str]:
    """The parameters of the stack that a demo would start."""
    plans: list[Plan] = []
    monkeypatch.setattr(cli, "run", lambda plan, *_: plans.append(plan))
    cli._demo(cli._parser().parse_args(["demo", *arguments]))
    (plan,) = plans
    assert plan.deployment is not None
    return dict(plan.deployment.parameters)


def test_a_chapter_alone_has_its_pipelines_and_no_other(monkeypatch):
    found = deployed(monkeypatch, "--chapter", "questions")
    assert {name for name, value in found.items() if name.startswith("Use") and value == "false"} == {
        "UseNarration", "UseDocuments", "UseImages", "UseLlm", "UseKnowledge", "UseTraining",
    }  # fmt: skip
    assert "MembersPublicKey" not in found


def test_the_whole_demo_has_all_of_them(monkeypatch):
    found = deployed(monkeypatch)
    assert "false" not in found.values()
    assert "MembersPublicKey" in found


def test_pipelines_of_chapters_are_switches_of_the_template():
    text = (Path(cli.__file__).parents[1] / "template.yaml").read_text()
    pipelines = {pipeline for needed in CHAPTERS.values() for pipeline in needed}
    assert pipelines == set(CHAPTERS)
    assert all(f"\n  Use{pipeline.capitalize()}:\n" in text for pipeline in pipelines)
