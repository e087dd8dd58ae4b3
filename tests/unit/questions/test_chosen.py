"""Which tables a model is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common.errors import CeilingReached, ServiceUnavailable
from common.objects import Bucket
from questions.model import Column, Table
from questions.tables import chosen, embeddings
from services.bedrock import Embedder, Embedding
from tests.unit.llm import paid_builders
from tests.unit.purses import Endless
from tests.unit.questions.catalogues import TRIPS, counts

MANY = [
    TRIPS,
    Table("lake", "user_accounts", (Column("email", "varchar"), Column("balance", "decimal(10,2)"))),
    Table("lake", "weather", (Column("temperature", "double", "Degrees outside"), Column("city", "varchar"))),
    *(Table("lake", f"log_{number:03}", (Column("line", "varchar"),), "Lines of a server") for number in range(60)),
]


@pytest.fixture(name="metrics", autouse=True)
def _metrics(monkeypatch):
    return counts(monkeypatch, chosen)


def names(question: str, most: int = 3, embedder: Any = None, said: Sequence[str] = ()) -> list[str]:
    return [table.name for table in chosen.fitting(question, MANY, most, embedder, said)]


def test_few_tables_are_all_shown_as_they_come():
    assert chosen.fitting("anything", MANY[:3], 3, None) == MANY[:3]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("How warm was it by city?", "weather"),
        ("What is the average temperature?", "weather"),
        ("Which balance has the email a@b.c?", "user_accounts"),
        ("How long do subscribers ride?", "trips"),
        ("Show lines of the server", "log_000"),
    ],
)
def test_words_of_names_columns_comments_and_samples_decide(question, first):
    found = names(question)
    assert found[0] == first
    assert len(found) == 3


def test_a_table_that_is_named_is_always_among_them():
    assert names("How many user accounts have a temperature?", 1) == ["user_accounts"]
    assert names("How many lines has log_059 and one trip of the weather?", 3) == ["trips", "weather", "log_059"]


def test_so_is_one_of_the_session():
    assert "log_042" in names("and by city?", 2, said=["SELECT count(*) FROM log_042"])


class Vectors:
    """Two directions: weather and everything else."""

    def __call__(self, texts: Sequence[str], passing: Sequence[str] = ()) -> Mapping[str, embeddings.Vector]:
        return {text: (1.0, 0.0) if "warm" in text or "Degrees" in text else (0.0, 1.0) for text in [*texts, *passing]}


def test_likeness_decides_where_there_is_an_embedder(metrics):
    assert names("Was it warm for log keepers?", 1, Vectors()) == ["weather"]
    assert metrics["ChosenByWords"] == 0


@pytest.mark.parametrize("error", [ServiceUnavailable("x"), CeilingReached("x")])
def test_words_decide_where_it_can_buy_nothing(metrics, error):
    def broken(*_: Any) -> Mapping[str, embeddings.Vector]:
        raise error

    assert names("What is the temperature?", 1, broken) == ["weather"]
    assert metrics["ChosenByWords"] == 1


class Titan:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], billed: Any) -> dict[str, Embedding | None]:
        self.asked += texts
        for _ in texts:
            billed(7)
        return {text: None if text == "refused" else Embedding((0.5, float(len(text))), False) for text in texts}


@pytest.fixture(name="s3")
def _s3() -> Iterator[Any]:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
        s3.create_bucket(Bucket="answers")
        yield s3


def kept(s3: Any, titan: Titan, purse: Endless | None = None) -> embeddings.Kept:
    return embeddings.Kept(titan, "titan", purse or Spent(), Bucket("answers", s3), "lake")


class Spent(Endless):
    def spend(self, most, call, used):
        result = call()
        self.paid.append(used())
        return result


def test_each_text_is_paid_for_once_and_a_question_is_not_kept(s3):
    titan, purse = Titan(), Spent()
    first = kept(s3, titan, purse)(["one", "two", "refused"], ["why?"])
    again = kept(s3, titan, purse)(["one", "two"], ["why?"])
    assert titan.asked == ["one", "two", "refused", "why?", "why?"]
    assert purse.paid == [4, 1]
    assert first == again == {"one": (0.5, 3.0), "two": (0.5, 3.0), "why?": (0.5, 4.0)}


def test_titan_itself_finds_the_table_whose_words_a_question_has(s3):
    titan = paid_builders.Titan()
    embedder = Embedder("amazon.titan-embed-text-v2:0", embeddings.DIMENSIONS, titan)
    purse = Spent()
    for _ in range(2):
        vectors = embeddings.Kept(embedder, "titan", purse, Bucket("answers", s3), "lake")
        assert names("Which temperature was measured outside?", 1, vectors) == ["weather"]
    assert purse.paid == [len(MANY) + 1, 1]


def test_what_is_gone_from_the_catalogue_is_forgotten_and_a_new_text_is_added(s3):
    titan = Titan()
    kept(s3, titan)(["one", "two"])
    kept(s3, titan)(["two", "three"])
    kept(s3, titan)(["one", "two", "three"])
    assert titan.asked == ["one", "two", "three", "one"]


def test_a_large_database_is_paid_for_bit_by_bit(s3, monkeypatch):
    monkeypatch.setattr(embeddings, "MOST_NEW", 2)
    titan = Titan()
    assert len(kept(s3, titan)([f"t{n}" for n in range(5)], ["why?"])) == 3
    assert len(kept(s3, titan)([f"t{n}" for n in range(5)], ["why?"])) == 5
