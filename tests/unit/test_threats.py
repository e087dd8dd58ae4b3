"""docs/threats.md names tests that exist, one at least for each attempt."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from local.cloud.testing import ROOT

PAGE = (ROOT / "docs" / "threats.md").read_text()
ROWS = [line for line in re.findall(r"^\| .+ \|$", PAGE, re.MULTILINE) if not line.startswith("| attempt |")]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@cache
def names_in(file: str) -> frozenset[str]:
    """Names of the tests of a module, those in classes too."""
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_a_test_that_is_named_is_there(file: str, name: str):
    assert (ROOT / file).exists(), f"there is no {file}"
    assert name.startswith("test_")
    assert name in names_in(file), f"{file} has no {name}"


def test_every_attempt_has_a_test():
    assert len(ROWS) > 35
    for row in ROWS:
        cells = row.strip("| ").split(" | ")
        assert len(cells) == 3, row
        assert re.search(r"`tests/[\w/]+\.py::\w+`", cells[2]), cells[0]


@pytest.mark.parametrize(
    "kind",
    [
        "SSML", "HTML", "SSRF", "ZIP bomb", "XXE", "PDF", "gzip bombs", "words to the model", "steps out of its folder",
        "HYPERLINK", "forge a log line", "EMF injection", "patterns run", "profile or lexicon", "confused deputy",
        "through the distribution", "forged signed", "to spend",
    ],
)  # fmt: skip
def test_every_kind_of_attack_that_is_known_has_a_row(kind: str):
    assert any(kind in row for row in ROWS), kind
