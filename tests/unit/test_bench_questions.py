"""The article's loop as the bench plays it, against services that are told what to say."""

from __future__ import annotations

from typing import Any

import pytest

from bench.questions import article, lake
from bench.questions.article import ArticleLoop

QUESTION = "How many loans?"


class Services:
    """Bedrock, Athena and S3. ``texts``: what the model writes, the last one again and again; statements with WRONG in
    them fail."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.prompts, self.ran = list(texts), [], []  # type: tuple[list[str], list[str], list[str]]

    def converse(self, **request: Any) -> Any:
        self.prompts.append(request["messages"][0]["content"][0]["text"])
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        return {"output": {"message": {"content": [{"text": text}]}}}

    def start_query_execution(self, *, QueryString: str, **_: Any) -> Any:  # noqa: N803 - boto3's name
        if "REFUSED" in QueryString:
            raise ValueError("line 1:1: mismatched input")
        self.ran.append(QueryString)
        return {"QueryExecutionId": str(len(self.ran) - 1)}

    def get_query_execution(self, *, QueryExecutionId: str) -> Any:  # noqa: N803 - boto3's name
        wrong = "WRONG" in self.ran[int(QueryExecutionId)]
        status = {
            "State": "FAILED",
            "StateChangeReason": "COLUMN_NOT_FOUND: line 1:8: Column 'wrong' cannot be resolved",
        }
        return {
            "QueryExecution": {
                "Status": status if wrong else {"State": "SUCCEEDED"},
                "ResultConfiguration": {"OutputLocation": f"s3://results/{QueryExecutionId}.csv"},
            }
        }

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803 - boto3's names
        if "WRONG" in self.ran[int(Key.partition(".")[0])]:
            raise KeyError(Key)
        import io

        return {"Body": io.BytesIO(b'"number"\n"7"\n')}


def played(*texts: str, meant: bool = False) -> tuple[article.Played, Services]:
    services: Any = Services(*texts)
    loop = ArticleLoop(services, services, services, "m", [lake.LOAN_TABLE], "town", "results", meant)
    return loop.play(QUESTION), services


def fenced(sql: str) -> str:
    return f"```sql\n{sql}\n```"


def test_a_right_statement_is_explained_and_run_and_two_sleeps_are_counted():
    found, services = played(fenced("SELECT 1\nFROM loans"))
    assert (found.rows, found.attempts, found.error) == ([["7"]], 1, "")
    assert services.ran == ["Explain   SELECT 1 FROM loans", " SELECT 1 FROM loans"]
    assert found.slept == article.CHECK_SLEEP + article.RUN_SLEEP == 123


def test_the_same_prompt_is_sent_four_times_and_the_wrong_statement_is_run():
    found, services = played(fenced("SELECT WRONG"))
    assert (found.rows, found.attempts, found.error) == (None, 4, "KeyError")
    assert len(services.prompts) == 4
    assert len(set(services.prompts)) == 1
    assert services.ran[-1] == " SELECT WRONG"
    assert found.slept == 4 * article.CHECK_SLEEP + article.RUN_SLEEP


def test_an_answer_without_a_fence_is_lost_on_it():
    found, services = played("SELECT 1")
    assert (found.rows, found.attempts, found.sql) == (None, 4, "")
    assert found.error == "UnboundLocalError"
    assert len(set(services.prompts)) == 1
    assert services.ran == []


@pytest.mark.parametrize(
    ("sql", "said"), [("SELECT WRONG", "COLUMN_NOT_FOUND"), ("SELECT REFUSED", "mismatched input")]
)
def test_as_it_was_meant_the_next_prompt_holds_statement_and_error(sql: str, said: str):
    found, services = played(fenced(sql), fenced("SELECT 1"), meant=True)
    assert (found.rows, found.attempts) == ([["7"]], 2)
    assert sql in services.prompts[1]
    assert said in services.prompts[1]
    assert said not in services.prompts[0]


def test_each_question_of_the_lake_has_its_own_right_answer():
    rows = lake.ROWS["loans"]
    for number in (1, 2, lake.LOANS):
        assert lake.answer(number) == sum(row["duration_sec"] >= number for row in rows)
    assert len({lake.question(number) for number in range(1, lake.LOANS + 1)}) == lake.LOANS
