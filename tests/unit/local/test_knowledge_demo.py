"""The demo's rows on knowledge say NO where a promise is broken; its papers are thirty, each with an access file."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from knowledge.rights import files
from local.demo import CHAPTERS
from local.demo.knowledge import chapter, papers
from local.demo.knowledge.reading import Told


def answered(text: str, name: str) -> dict[str, Any]:
    key = papers.key_of(name)
    one = {"text": text, "span": {"start": 0, "end": len(text)}, "references": [{"key": key, "page": 1}]}
    return {"id": name, "state": "answered", "session_id": "s", "answer": text, "reason": None, "citations": [one]}


def refused(error: str = "NotInDocuments") -> dict[str, Any]:
    reason = {"error": error, "message": "No."}
    return {"id": "", "state": "refused", "session_id": "s", "answer": None, "reason": reason, "citations": []}


GOOD = {
    "notice": answered("It is ninety days.", chapter.CONTRACT),
    "signed": answered("Odile Marchetti signed it.", chapter.CONTRACT),
    "forbidden": refused(),
    "decision": answered("Sell it, by five to two.", chapter.MINUTES),
    "absent": refused(),
    "amount": answered("It is 4,318.50 euros.", chapter.INVOICE),
    "deleted": refused("NothingFound"),
    "deleted_before": refused("SourcesGone"),
    "taken": refused(),
    "taken_before": refused("SourcesGone"),
}
FOUND = {
    "dan": [{"key": papers.key_of("projects/kestrel"), "page": 1, "boxes": []}],
    "eve": [{"key": papers.key_of("handbook/parking"), "page": 1, "boxes": []}],
    "ann": [{"key": papers.key_of("contracts/sable-energy"), "page": 1, "boxes": [[0, 0, 1, 1]]}],
}
PAGES: dict[str, Any] = {"ann": {"url": "https://inbox.example/sable-energy#page=1"}, "dan": None}


class Reader:
    """Answers in the chapter's order; ``told`` is shared by all readers."""

    def __init__(self, name: str, told: list[dict[str, Any]], found: dict[str, Any]) -> None:
        self.arn, self._told, self._hits = f"arn:{name}", told, found.get(name, [])
        self._page = found.get("pages", PAGES).get(name)

    def ask(self, _question: str, *, follows: bool = False) -> Told:
        return Told(self._told.pop(0), 1.0)

    def again(self, _told: Told) -> Told:
        return Told(self._told.pop(0), 1.0)

    def search(self, _query: str, **_filters: Any) -> list[dict[str, Any]]:
        return list(self._hits)

    def opened(self, _key: str, _page: int) -> dict[str, Any] | None:
        return self._page


def play(monkeypatch: pytest.MonkeyPatch, folder: Path, answers: Any, found: Any = FOUND) -> tuple[int, list[str]]:
    done: list[str] = []
    library = SimpleNamespace(fill=lambda _: done.append("fill"), delete=done.append, allow=lambda *_: done.append("-"))
    monkeypatch.setattr(chapter, "Library", lambda *_: library)
    monkeypatch.setattr(chapter, "fetched", lambda url: b"%PDF-1.7" if "sable-energy" in url else b"<html>")
    told, rows = list(answers.values()), list[str]()
    readers: Any = {name: Reader(name, told, found) for name in papers.READERS}
    broken = chapter.play(lambda _: None, {}, readers, folder, rows.append)
    assert done == ["fill", papers.key_of(chapter.CONTRACT), "-"]
    assert broken == sum(row.startswith("NO ") for row in rows)
    return broken, rows


def test_every_question_has_its_rows_and_every_promise_is_kept(monkeypatch, tmp_path):
    broken, rows = play(monkeypatch, tmp_path, GOOD)
    assert broken == 0
    assert json.loads((tmp_path / "answers.json").read_text()) == GOOD
    at = rows.index(f"ann: {chapter.NOTICE}")
    assert rows[at + 1 : at + 3] == ["     It is ninety days.", "     contracts/brixham-freight.txt, page 1, 1.0 s"]


@pytest.mark.parametrize(
    ("name", "answer", "promise"),
    [
        ("notice", answered("It is sixty days.", chapter.CONTRACT), "the answer is"),
        ("notice", answered("It is ninety days.", chapter.MINUTES), "the answer is"),
        ("signed", refused(), "a follow-up"),
        ("forbidden", answered("It is ninety days.", chapter.CONTRACT), "who may not"),
        ("forbidden", {**refused(), "answer": "ninety"}, "who may not"),
        ("decision", answered("By five to two.", chapter.CONTRACT), "who may is"),
        ("absent", answered("It is thirty days.", chapter.CONTRACT), "what no document"),
        ("deleted", answered("It is ninety days.", chapter.CONTRACT), "a deleted"),
        ("deleted_before", answered("It is ninety days.", chapter.CONTRACT), "a deleted"),
        ("taken", answered("It is 4,318.50 euros.", chapter.INVOICE), "a right"),
        ("taken_before", answered("It is 4,318.50 euros.", chapter.INVOICE), "a right"),
    ],
)
def test_a_broken_promise_is_told(monkeypatch, tmp_path, name, answer, promise):
    _, rows = play(monkeypatch, tmp_path, {**GOOD, name: answer})
    assert any(row.startswith(f"NO   {promise}") for row in rows)


def test_a_sentence_that_is_not_where_it_says_is_told(monkeypatch, tmp_path):
    answers = copy.deepcopy(GOOD)
    answers["notice"]["citations"][0]["span"]["start"] = 3
    _, rows = play(monkeypatch, tmp_path, answers)
    assert [row[:23] for row in rows if row.startswith("NO ")] == ["NO   every sentence sta"]


@pytest.mark.parametrize(
    ("name", "hits"),
    [("dan", []), ("eve", FOUND["dan"]), ("ann", []), ("ann", [{**FOUND["ann"][0], "boxes": []}])],
)
def test_a_search_that_finds_too_much_or_too_little_is_told(monkeypatch, tmp_path, name, hits):
    broken, _ = play(monkeypatch, tmp_path, GOOD, {**FOUND, name: hits})
    assert broken == 1


@pytest.mark.parametrize(
    ("name", "page"),
    [("dan", PAGES["ann"]), ("ann", None), ("ann", {"url": "https://inbox.example/another"})],
)
def test_a_page_that_opens_for_the_wrong_reader_or_not_at_all_is_told(monkeypatch, tmp_path, name, page):
    _, rows = play(monkeypatch, tmp_path, GOOD, {**FOUND, "pages": {**PAGES, name: page}})
    assert [row[:21] for row in rows if row.startswith("NO ")] == ["NO   who may read it "]


def test_there_are_thirty_papers_of_three_kinds_in_five_folders():
    made = papers.documents()
    assert len({paper.key for paper in made}) == 30
    assert set(Counter(paper.key.rpartition(".")[2] for paper in made).values()) == {10}
    folders = Counter(paper.key.split("/")[1] for paper in made)
    assert set(folders.values()) == {6}
    access = papers.access(str)
    readers = {name for body in access.values() for name in files.parse(body).users | files.parse(body).denied_users}
    assert readers == set(papers.READERS)
    assert {f"{papers.FOLDER}{folder}/access.json" for folder in folders} <= access.keys()


def test_the_chapter_alone_has_the_documents_too():
    assert CHAPTERS["knowledge"] == ("documents", "knowledge")
