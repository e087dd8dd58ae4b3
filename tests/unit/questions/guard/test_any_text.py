"""Whatever a text is: prove() raises Wrong and nothing else, and what it lets through only reads what may be read."""

from __future__ import annotations

import re
from random import Random

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from questions.guard import functions
from questions.guard.statement import Wrong, prove
from questions.model import MOST_SQL, Proved
from tests.unit.questions.guard.builders import DATABASE, TABLES
from tests.unit.questions.guard.faults import MARK, PROBLEMS, WARNED
from tests.unit.questions.guard.hostile import FINAL, MENDED
from tests.unit.questions.guard.typical import TYPICAL

ALLOWED = {f"{table.database}.{table.name}" for table in TABLES}
FAULTY = [sql.replace(MARK, "") for _, _, sql in PROBLEMS] + [sql for _, sql in WARNED]
ODD = [sql for _, sql in [*FINAL, *MENDED] if len(sql) < 1_000]
REACHING = ["read_csv", "hr.salaries", '"$path"', "information_schema.tables", "`x`", "--", "/*", "*/", ";", "INTO"]
WORDS = sorted(
    {word for sql in [*TYPICAL, *FAULTY, *ODD] for word in re.findall(r"'[^']*'|\"[^\"]*\"|\w+|\S", sql)} | {*REACHING}
)


def tried(text: str) -> Proved | None:
    try:
        return prove(text, TABLES, DATABASE)
    except Wrong as error:
        problem = error.problem
    assert problem.name.isupper()
    assert problem.message
    assert (problem.line is None) == (problem.column is None)
    return None


def only_reads(found: Proved) -> None:
    """Looked at with sqlglot's own Athena dialect, which the guard does not use."""
    trees = sqlglot.parse(found.sql, read="athena")
    assert len(trees) == 1
    tree = trees[0]
    assert isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery)
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for node in tree.walk():
        assert not isinstance(node, exp.DML | exp.Create | exp.Drop | exp.Command | exp.Into | exp.Placeholder)
        if isinstance(node, exp.Table):
            assert isinstance(node.this, exp.Identifier)
            assert not node.catalog
            full = f"{node.db or DATABASE}.{node.name}".lower()
            assert full in ALLOWED or (not node.db and node.name.lower() in ctes)
        if isinstance(node, exp.Anonymous):
            assert node.name.lower() in functions.ALLOWED
    assert re.search(r"(LIMIT|FETCH (FIRST|NEXT)) ?\d*( ROWS ONLY)?$", found.sql)
    assert len(found.sql) <= MOST_SQL
    assert set(found.tables) <= ALLOWED


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text(text: str):
    if found := tried(text):
        only_reads(found)


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
@settings(max_examples=500, deadline=None)
def test_any_words(text: str):
    for before in ("", "SELECT ", "SELECT zone FROM zones WHERE "):
        if found := tried(before + text):
            only_reads(found)


@pytest.mark.parametrize("seed", range(8))
def test_statements_with_other_words_in_them(seed: int):
    """Parts of known statements put into each other: most are wrong, some are right, none reaches further."""
    chance = Random(seed)
    proved = 0
    for _ in range(250):
        words = re.findall(r"'[^']*'|\"[^\"]*\"|\w+|\s+|\S", chance.choice([*TYPICAL, *TYPICAL, *FAULTY, *ODD]))
        for _ in range(chance.randint(0, 3)):
            at = chance.randrange(len(words) + 1)
            new = chance.choice([*WORDS, f"({chance.choice([*TYPICAL, *ODD])})"])
            words[at : at + chance.randint(0, 2)] = [f" {new} "]
        if found := tried("".join(words)[:MOST_SQL]):
            only_reads(found)
            proved += 1
    assert proved > 10


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "1+" * 4_900 + "1",
        "SELECT " + "-" * 1 + "- " * 3_000 + "1",
        "SELECT zone FROM zones WHERE " + "zone = 'a' OR " * 600 + "true",
        "SELECT " + "CASE WHEN true THEN " * 400 + "1" + " END" * 400,
        "SELECT " + "a." * 4_000 + "b",
        " UNION ".join(["SELECT 1"] * 600),
        "(" * 90 + "SELECT 1" + ")" * 90,
        "WITH " + ", ".join(f"c{n} AS (TABLE zones)" for n in range(300)) + " TABLE c0",
        "SELECT " + "[" * 4_000,
        "SELECT '" + "''" * 4_000 + "'",
    ],
    ids=lambda text: text[:40],
)
def test_long_and_deep_texts(text: str):
    if found := tried(text):
        only_reads(found)
