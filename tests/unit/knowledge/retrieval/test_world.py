"""What a search needs, made of a function's environment; a question's vector is paid for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from common.doors.errors import InvalidRequest
from common.errors import MissingSetting
from common.spending import Purse
from knowledge.model import Access
from knowledge.retrieval import paid, world
from local.cloud.testing import ROOT
from services.bedrock import Embedding

ENVIRONMENT = {
    "KNOWLEDGE_BUCKET": "knowledge",
    "INBOX_BUCKET": "inbox",
    "DEFAULT_READERS": "group:staff",
    "STATE_TABLE": "state",
    "VECTOR_INDEX_ARN": "arn:aws:s3vectors:us-east-1:123456789012:bucket/vectors/index/passages",
    "EMBEDDING_MODEL": "amazon.titan-embed-text-v2:0",
    "DAILY_EMBEDDED_TOKENS": "1000",
}


class Embedder:
    """One answer, or an error, for each text."""

    def __init__(self, answer: Embedding | Exception | None, tokens: int = 3) -> None:
        self.answer, self.tokens = answer, tokens

    def embed(self, texts: Sequence[str], billed: Callable[[int], None]) -> Mapping[str, Any]:
        billed(self.tokens)
        if isinstance(self.answer, Exception):
            raise self.answer
        return dict.fromkeys(texts, self.answer)


class Spent(Purse):
    """A purse that keeps what was taken and what was used, and asks no table."""

    def __init__(self) -> None:
        self.slips: list[tuple[int, int]] = []

    def spend(self, most: int, call: Callable[[], Any], used: Callable[[], int]) -> Any:
        try:
            return call()
        finally:
            self.slips.append((most, used()))


def test_a_question_is_paid_by_its_tokens():
    purse = Spent()
    assert paid.embedded(Embedder(Embedding((0.6, 0.8), False)), purse, "how many") == (0.6, 0.8)
    assert purse.slips == [(8, 3)]


def test_what_was_billed_is_paid_also_where_it_failed():
    purse = Spent()
    with pytest.raises(OSError, match="broken"):
        paid.embedded(Embedder(OSError("broken")), purse, "how many")
    assert purse.slips == [(8, 3)]


@pytest.mark.parametrize("answer", [None, Embedding((0.0, 0.0), False)])
def test_a_question_without_a_vector_is_refused_with_what_to_do(answer: Embedding | None):
    with pytest.raises(InvalidRequest, match="other words"):
        paid.embedded(Embedder(answer), Spent(), "?")


@pytest.fixture(name="made", autouse=True)
def _made(monkeypatch) -> list[str]:
    """Services whose clients were made."""
    made: list[str] = []
    monkeypatch.setattr(world.aws, "client", made.append)
    return made


def test_a_search_is_made_of_the_environment(monkeypatch, made: list[str]):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    asked: dict[str, Any] = {}

    class Told:
        def __call__(self, *arguments: Any, **_: Any) -> Told:
            asked["purse"] = arguments
            return self

        def __enter__(self) -> str:
            return "the purse"

        def __exit__(self, *_: object) -> None:
            asked["closed"] = True

    monkeypatch.setattr(paid.spending, "open_purse", Told())
    monkeypatch.setattr(paid, "embedded", lambda _embedder, purse, text: (purse, text))
    with paid.to_search() as found:
        assert (found.knowledge.name, found.inbox.name, found.table.name) == ("knowledge", "inbox", "state")
        assert found.default == Access(groups=frozenset({"staff"}))
        assert found.embed("text") == ("the purse", "text")
        assert sorted(made) == ["dynamodb", "s3", "s3vectors"], "before a thread wants one"
        assert not asked.get("closed")
    assert asked == {"purse": ("state", "knowledge", "embedded-tokens", 1000), "closed": True}


def test_a_look_again_needs_neither_index_nor_model(monkeypatch, made: list[str]):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingSetting, match="KNOWLEDGE_BUCKET, INBOX_BUCKET"):
        world.to_check()
    monkeypatch.setenv("KNOWLEDGE_BUCKET", "knowledge")
    monkeypatch.setenv("INBOX_BUCKET", "inbox")
    found = world.to_check()
    assert (found.knowledge.name, found.inbox.name, found.default) == ("knowledge", "inbox", Access())
    assert made == ["s3"]


def test_importing_a_search_is_cheap():
    """What a cold start pays for without need: boto3 and pydantic come with the first call that wants them."""
    program = (
        "import sys; import knowledge.retrieval.search, knowledge.retrieval.boxes; "
        "print(sorted({'boto3', 'botocore', 'pydantic', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "functions")},
    )
    assert done.stdout.strip() == "[]", done.stderr
