"""Questions asked at the door of a local cloud by one caller or several, and what Athena was given meanwhile."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.request import ProxyHandler, Request, build_opener

from bench.questions import lake
from local.cloud.testing import ROOT, Cloud, start_cloud
from operate.clients import Target
from operate.questions.calls import Door
from operate.questions.command import door_of

AT_A_TIME = 6
LOOK_EVERY = 0.3
PARAMETERS = {
    "QuestionsDatabase": lake.DATABASE,
    "QuestionsBucketName": lake.BUCKET,
    "QuestionsPerMinute": "1000",
}
T = TypeVar("T")
R = TypeVar("R")


def start(**environ: str) -> Cloud:
    """A cloud with the pipeline alone; its lake is still to be made."""
    return start_cloud(ROOT / "pipelines" / "questions.yaml", parameters=PARAMETERS, environ=environ)


class NoAnswer(Exception):
    """A question was not taken, or has no answer after all that time."""


@dataclass(frozen=True)
class Desk:
    """``patience``: seconds until an answer that has not come counts as missing."""

    cloud: Cloud
    patience: float = 600.0

    def door(self) -> Door:
        """As the account's root user asks."""
        return door_of(Target(self.cloud.stack, port=int(self.cloud.url.rpartition(":")[2])))

    def callers(self, number: int) -> list[Door]:
        """Users of the account, each with a key of its own, who may do nothing but ask."""
        from botocore.credentials import Credentials

        iam, door = self.cloud.client("iam"), self.door()
        allowed = [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]
        policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        found = []
        for _ in range(number):
            name = f"caller-{secrets.token_hex(4)}"
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName="ask", PolicyDocument=policy)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            found.append(replace(door, credentials=Credentials(key["AccessKeyId"], key["SecretAccessKey"])))
        return found

    def ask(self, question: str, door: Door | None = None, **headers: str) -> str:
        """The id. Raises NoAnswer where it is not taken."""
        taken = (door or self.door()).post({"question": question}, **headers)
        if taken.status != 202:
            raise NoAnswer(f"{question} was answered with {taken.status} {taken.document}.")
        return str(taken.document["id"])

    def told(self, identity: str, door: Door | None = None) -> dict[str, Any]:
        """What GET says once the answer is there. It is waited for in the bucket: a caller may not look so often."""
        end = time.monotonic() + self.patience
        while self.kept(identity) is None:
            if time.monotonic() > end:
                raise NoAnswer(f"{identity} has no answer after {self.patience:.0f} s.")
            time.sleep(LOOK_EVERY)
        return (door or self.door()).get(identity).document

    def asked(self, question: str, door: Door | None = None, **headers: str) -> dict[str, Any]:
        return self.told(self.ask(question, door, **headers), door)

    def kept(self, identity: str) -> dict[str, Any] | None:
        """The answer in the bucket."""
        s3 = self.cloud.client("s3")
        try:
            body = s3.get_object(Bucket=self.cloud.outputs["AnswersBucketName"], Key=f"answers/{identity}.json")["Body"]
        except s3.exceptions.NoSuchKey:
            return None
        return dict(json.loads(body.read()))

    def writes(self, question: str, **wish: Sequence[str]) -> None:
        """What the local model makes of this question: ``faults`` by name, or ``statements`` word for word."""
        self.switch("/_local/bedrock/sql", {**wish, "question": question})

    def switch(self, path: str, wish: dict[str, Any] | None = None, method: str = "") -> Any:
        """Sets a switch of the local cloud; without a wish it is cleared, or read by GET."""
        body = None if wish is None else json.dumps(wish).encode()
        asked = Request(f"{self.cloud.url}{path}", body, method=method or ("POST" if wish else "DELETE"))  # noqa: S310
        asked.add_header("Content-Type", "application/json")
        with build_opener(ProxyHandler({})).open(asked, timeout=30) as answer:
            return json.load(answer)

    def statements(self) -> list[str]:
        """All that Athena was given in any workgroup, whoever gave it and whatever became of it."""
        return [each["Query"] for each in self.executions()]

    def executions(self) -> Iterator[dict[str, Any]]:
        """The same as Athena describes it."""
        athena = self.cloud.client("athena")
        groups = [each["Name"] for each in athena.list_work_groups()["WorkGroups"]]
        for group in groups:
            for page in athena.get_paginator("list_query_executions").paginate(WorkGroup=group):
                for each in page["QueryExecutionIds"]:
                    yield athena.get_query_execution(QueryExecutionId=each)["QueryExecution"]


def side_by_side(work: Callable[[T], R], given: Sequence[T], at_a_time: int = AT_A_TIME) -> list[R]:
    """In their order."""
    with ThreadPoolExecutor(at_a_time) as pool:
        return list(pool.map(work, given))
