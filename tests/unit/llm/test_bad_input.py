"""Objects that are huge, packed to burst, or somebody else's: bounded memory, a count and a reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llm import model

SCRIPT = Path(__file__).with_name("hostile.py")
MOST_MEGABYTES = 60
"""Above what the interpreter takes by itself. A chunk of pairs is 16 MB of text at most, a line 1 MB."""


def run(kind: str, megabytes: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), kind, str(megabytes)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["peak"] - found["base"] < MOST_MEGABYTES, found
    return found


def test_200_megabytes_of_log_are_read_to_the_end():
    found = run("log", 200)
    assert found["problem"] == ""
    assert set(found["reasons"]) == {"pair"}
    assert found["reasons"]["pair"] > 80_000


def test_a_bomb_ends_and_is_one_line():
    found = run("zeros", 1500)
    assert (found["problem"], found["reasons"]) == ("too large", {model.TOO_LONG: 1})


def test_a_bomb_of_line_ends_ends_too():
    assert run("ends", 1500)["problem"] == "too large"


def test_a_record_of_five_megabytes_costs_only_itself():
    found = run("long_record", 5)
    assert (found["problem"], found["reasons"]) == ("", {"pair": 2, model.TOO_LONG: 1})


def test_another_tools_lines_have_their_reason():
    found = run("another_tools", 20)
    assert set(found["reasons"]) == {model.FOREIGN}


@pytest.mark.parametrize("megabytes", [3])
def test_brackets_without_end_are_malformed(megabytes):
    assert run("nested", megabytes)["reasons"] == {model.MALFORMED: 2 * megabytes}
