"""Glue's tables, views and types as questions may ask them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ServiceUnavailable
from questions.errors import LakeForbidden, NoTables
from questions.model import Column, plain, table_of
from questions.tables import catalogue, types
from tests.unit.questions.catalogues import Glue, counts, glue_table, glue_view


@pytest.fixture(name="metrics")
def _metrics(monkeypatch):
    return counts(monkeypatch, catalogue)


def names(*records, allowed=("lake",), **options) -> list[str]:
    return [table.name for table in catalogue.read(Glue(records, **options), "lake", allowed)]


def test_columns_come_as_select_star_has_them_with_types_of_trino_and_comments():
    record = glue_table(
        "Trips", [("Id", "int"), ("tags", "array<string>")], keys=[("day", "string")], Description="One\nrow per trip"
    )
    record["StorageDescriptor"]["Columns"][0]["Comment"] = "The  number"
    (table,) = catalogue.read(Glue([record]), "LAKE", ["lake"])
    assert table.columns == (
        Column("id", "integer", "The number"),
        Column("tags", "array(varchar)"),
        Column("day", "varchar", partition=True),
    )
    assert (table.database, table.name, table.comment) == ("lake", "trips", "One row per trip")
    assert table_of(plain(table)) == table


def test_every_page_is_read():
    glue = Glue([glue_table(f"t{number}") for number in range(7)], page=3)
    assert len(catalogue.read(glue, "lake", ["lake"])) == 7
    assert [request.get("NextToken") for _, request in glue.asked] == [None, "3", "6"]


@pytest.mark.parametrize(
    "left",
    [
        glue_table("no columns", []),
        glue_table("semi;colon"),
        glue_table('quo"te'),
        glue_table("a.b"),
        glue_table("none", [("x", "uniontype<int,string>")]),
        glue_table("key", keys=[("k", "uniontype<int,string>")]),
        glue_table("link", TargetTable={"DatabaseName": "secret", "Name": "x"}),
        glue_table("federated", FederatedTable={"Identifier": "x"}),
        glue_table("KEPT"),
        glue_view("foreign", "SELECT * FROM secret.salaries"),
        glue_view("other_home", "SELECT * FROM kept", schema="secret"),
        glue_view("hidden", "WITH kept AS (SELECT * FROM secret.x) SELECT * FROM kept"),
        glue_view("two", "SELECT * FROM kept; SELECT * FROM kept"),
        glue_view("file", "SELECT * FROM read_csv('/etc/passwd')"),
        glue_view("metadata", 'SELECT * FROM "kept$partitions"'),
        glue_view("unlisted", "SELECT * FROM missing"),
        glue_view("itself", "SELECT * FROM itself"),
        glue_view("writes", "DROP TABLE kept"),
        glue_table("hive_view", TableType="VIRTUAL_VIEW", ViewOriginalText="SELECT * FROM kept"),
        glue_table("broken", TableType="VIRTUAL_VIEW", ViewOriginalText="/* Presto View: %%% */"),
        glue_table("textless", TableType="VIRTUAL_VIEW"),
    ],
    ids=lambda record: record["Name"],
)
def test_what_athena_cannot_take_is_left_out_and_counted(left, metrics):
    assert names(glue_table("kept"), left) == ["kept"]
    assert metrics["TablesLeftOut"] == 1


def test_a_view_is_taken_where_all_behind_it_is_in_the_database():
    found = names(
        glue_table("kept"),
        glue_view("totals", "SELECT a, count(*) AS n FROM lake.kept GROUP BY a"),
        glue_view("again", "WITH t AS (SELECT * FROM totals) SELECT t.* FROM t JOIN kept ON t.a = kept.a"),
        glue_view("constant", "SELECT 1 AS one"),
    )
    assert found == ["again", "constant", "kept", "totals"]


def test_a_table_of_2_000_columns_and_more_is_bounded_and_keeps_its_keys(metrics):
    record = glue_table("wide", [(f"c{number}", "string") for number in range(2_500)], keys=[("day", "date")])
    (table,) = catalogue.read(Glue([record]), "lake", ["lake"])
    assert len(table.columns) == catalogue.MOST_COLUMNS
    assert table.columns[-1] == Column("day", "date", partition=True)
    assert table.left_out == metrics["ColumnsLeftOut"] == 501


def test_columns_that_cannot_be_asked_are_left_out_and_said():
    members = ",".join(f"m{number}:string" for number in range(1_000))
    record = glue_table(
        "t", [("a", "string"), ("A", "int"), ('b"c', "string"), ("$path", "string"), ("big", f"struct<{members}>")]
    )
    (table,) = catalogue.read(Glue([record]), "lake", ["lake"])
    assert [column.name for column in table.columns] == ["a"]
    assert table.left_out == 4


def test_more_tables_than_are_read_are_counted(metrics, monkeypatch):
    monkeypatch.setattr(catalogue, "MOST_TABLES", 3)
    assert len(names(*[glue_table(f"t{number}") for number in range(9)], page=2)) == 3
    assert metrics["TablesLeftOut"] >= 1


@pytest.mark.parametrize("allowed", [(), ("lakes",), ("other",)])
def test_a_database_that_may_not_be_asked_is_refused_before_glue_is(allowed):
    glue = Glue([glue_table("t")])
    with pytest.raises(NoTables):
        catalogue.read(glue, "lake", allowed)
    assert glue.asked == []


def test_an_empty_and_an_unknown_database_have_no_tables():
    with pytest.raises(NoTables, match="no table"):
        names()
    with pytest.raises(NoTables, match="no database"):
        names(fails=[("EntityNotFoundException", 400)])


def test_a_busy_glue_is_asked_again_later_and_a_refusal_stays_one():
    for code in ("ThrottlingException", "InternalServiceException", "OperationTimeoutException"):
        with pytest.raises(ServiceUnavailable):
            names(fails=[(code, 400)])
    with pytest.raises(LakeForbidden, match="glue:GetTables"):
        names(fails=[("AccessDeniedException", 400)])
    with pytest.raises(ClientError):
        names(fails=[("GlueEncryptionException", 400)])


@pytest.mark.parametrize(
    ("hive", "trino"),
    [
        ("string", "varchar"),
        ("int", "integer"),
        ("float", "real"),
        ("binary", "varbinary"),
        ("decimal( 10 , 2 )", "decimal(10,2)"),
        ("varchar(20)", "varchar(20)"),
        ("map<string,array<int>>", "map(varchar, array(integer))"),
        ("struct<lat:double,tags:array<struct<a:int>>>", "row(lat double, tags array(row(a integer)))"),
        ("uniontype<int>", None),
        ("array<int", None),
        ("struct<>", None),
        ("int>", None),
        ("", None),
    ],
)
def test_types_are_written_as_trino_does(hive, trino):
    assert types.trino(hive) == trino


@given(st.text(alphabet="arymapstucin<>,:()0 ", max_size=60))
def test_any_text_is_a_type_or_none(text):
    found = types.trino(text)
    assert found is None or found.count("(") == found.count(")")


def test_a_deep_type_is_none():
    assert types.trino("array<" * 300 + "int" + ">" * 300) is None
