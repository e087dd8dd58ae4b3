"""The three figures of local/services/textract/accuracy.py, and their floors on real answers where a folder has some.

MILLRACE_TEXTRACT_ANSWERS names a folder with documents, each with Textract's own answer beside it: ``page.png`` and
``page.png.json``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from local.cli import main
from local.services.textract import accuracy
from tests.local.textract.builders import pdf_of

SETTING = "MILLRACE_TEXTRACT_ANSWERS"


def given() -> list[Path]:
    folder = os.environ.get(SETTING)
    answers = sorted(Path(folder).glob("*.json")) if folder else []
    return [answer.with_suffix("") for answer in answers if answer.with_suffix("").is_file()]


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in given()] or [None])
def test_the_floors_hold_on_real_answers(page: Path | None) -> None:
    if page is None:
        assert not os.environ.get(SETTING), f"{SETTING} names a folder without pairs of page and page.json"
        return
    shares = accuracy.compare(accuracy.our_blocks(page), accuracy.real_blocks(Path(f"{page}.json")))
    for kind, floor in (("words", 0.9), ("keys", 0.6), ("cells", 0.5)):
        found = shares[kind].share
        assert found is None or found >= floor, f"{kind}: {shares[kind]}"


def block(kind: str, identifier: str, text: str | None = None, **members: object) -> dict[str, object]:
    return {"BlockType": kind, "Id": identifier, "Text": text, **members}


def child(*ids: str) -> dict[str, object]:
    return {"Relationships": [{"Type": "CHILD", "Ids": list(ids)}]}


REAL = [
    block("WORD", "w1", "Total"),
    block("WORD", "w2", "due:"),
    block("WORD", "w3", "due:"),
    block("KEY_VALUE_SET", "k1", EntityTypes=["KEY"], **child("w1", "w2")),
    block("KEY_VALUE_SET", "v1", EntityTypes=["VALUE"], **child("w1")),
    block("CELL", "c1", **child("w1")),
    block("CELL", "c2", Relationships=None),
    block("SELECTION_ELEMENT", "s1"),
    block("CELL", "c3", **child("s1")),
]


def test_an_answer_finds_all_of_itself() -> None:
    shares = accuracy.compare(REAL, REAL)
    assert {kind: (share.found, share.real, share.extra) for kind, share in shares.items()} == {
        "words": (3, 3, 0),
        "keys": (1, 1, 0),
        "cells": (1, 1, 0),
    }


def test_what_stands_twice_must_be_found_twice() -> None:
    mine = [block("WORD", "a", "DUE:"), block("WORD", "b", "total"), block("WORD", "c", "more")]
    share = accuracy.compare(mine, REAL)["words"]
    assert (share.found, share.real, share.extra, share.share) == (2, 3, 1, pytest.approx(2 / 3))


def test_keys_are_the_same_without_colon_case_and_spaces() -> None:
    mine = [
        block("WORD", "a", "TOTAL"),
        block("WORD", "b", "Due"),
        block("WORD", "c", ":"),
        block("KEY_VALUE_SET", "k", EntityTypes=["KEY"], **child("a", "b", "c")),
    ]
    assert accuracy.compare(mine, REAL)["keys"].share == 1.0


def test_nothing_to_find_is_no_share() -> None:
    assert accuracy.compare(REAL, [])["cells"].share is None


def test_the_command_prints_one_line_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, answer = tmp_path / "bill.pdf", tmp_path / "bill.pdf.json"
    page.write_bytes(pdf_of("Invoice Number: 4711"))
    answer.write_text(json.dumps([{"Blocks": [block("WORD", "w", "4711"), block("WORD", "x", "4712")]}]))
    assert main(["accuracy", str(page), str(answer)]) == 0
    expected = "bill.pdf: words 50.0 % (1 of 2, 2 extra), keys none (1 extra), cells none (0 extra)\n"
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    "files", [["bill.pdf"], ["none.pdf", "bill.json"], ["bill.pdf", "none.json"], ["bill.json"] * 2]
)
def test_a_wrong_file_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]) -> None:
    (tmp_path / "bill.pdf").write_bytes(pdf_of("Invoice"))
    (tmp_path / "bill.json").write_text("{}")
    assert main(["accuracy", *(str(tmp_path / name) for name in files)]) == 2
    assert "error: " in capsys.readouterr().err
