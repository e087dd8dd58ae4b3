"""Who may import whom: a pipeline knows itself and what is common, and nothing knows where it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).parents[2] / "functions"
PACKAGES = {folder.name for folder in FUNCTIONS.iterdir() if (folder / "__init__.py").exists()}
OUTSIDE = {"local", "bench", "tests", "functions", "moto", "ministack"}
MODULES = sorted(path.relative_to(FUNCTIONS).as_posix() for path in FUNCTIONS.rglob("*.py"))


def imported(source: str) -> Iterator[str]:
    """The first part of every absolute import, late ones and those for types included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute: narration.handlers.plan, never .plan"
            yield str(node.module).partition(".")[0]


def trespasses(package: str, source: str) -> set[str]:
    allowed = {package, "common"}
    return {name for name in imported(source) if name in OUTSIDE or (name in PACKAGES and name not in allowed)}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_stays_within_its_walls(module: str):
    package = module.partition("/")[0]
    assert trespasses(package, (FUNCTIONS / module).read_text()) == set()


def test_every_pipeline_is_looked_at():
    assert {"common", "documents", "images", "llm", "narration", "trips"} <= PACKAGES
    assert {module.partition("/")[0] for module in MODULES} == PACKAGES


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import local.demo", {"local"}),
        ("from narration import keys", {"narration"}),
        ("def f():\n    from tests import x", {"tests"}),
        ("from functions.trips import clean", {"functions"}),
        ("import json\nfrom common import aws\nfrom trips import rows", set()),
    ],
)
def test_a_trespass_is_seen(source: str, found: set[str]):
    assert trespasses("trips", source) == found
