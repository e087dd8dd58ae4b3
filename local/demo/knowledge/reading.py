"""Readers who are users of the account, and what the door of knowledge answers each of them."""

from __future__ import annotations

import json
import secrets
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from local.demo.account import PATIENCE, Client, DemoError, wait
from operate.questions.calls import Door

PAUSE = 0.3
"""Seconds between two looks at an answer."""


@dataclass(frozen=True)
class Told:
    """``answer``: events/schemas/knowledge/ask-answer.json; ``seconds`` from the question to it."""

    answer: Mapping[str, Any]
    seconds: float

    @property
    def text(self) -> str:
        return str(self.answer["answer"] or "")

    @property
    def error(self) -> str:
        """Why it was refused, empty where it was not."""
        return str(self.answer["reason"]["error"]) if self.answer["state"] == "refused" else ""

    @property
    def sources(self) -> set[str]:
        """Keys of the documents that are cited."""
        references = [found for one in self.answer["citations"] for found in one["references"]]
        return {found["key"] for found in references if "key" in found}


@dataclass
class Reader:
    """``arn``: what access files call them."""

    arn: str
    door: Door
    _session: str = field(default="", repr=False)

    def ask(self, question: str, *, follows: bool = False) -> Told:
        """``follows``: in the session of the question before. Each time under a key of its own, else the same question
        within a minute is a repeat, whatever has happened meanwhile. Raises DemoError where no answer comes in time."""
        body = {"question": question, **({"session_id": self._session} if follows else {})}
        begun = time.monotonic()
        taken = self.door.send("POST", "/ask", body, Idempotency_Key=secrets.token_hex(8))
        if taken.status != 202:
            raise DemoError(f"The door answered {taken.status} to {question!r}: {taken.document}")
        answer = wait(lambda: self._ended(taken.document["id"]), PAUSE)
        if answer is None:
            raise DemoError(f"{question!r} was not answered within {PATIENCE} s; see the log above.")
        self._session = answer["session_id"] or ""
        return Told(answer, time.monotonic() - begun)

    def again(self, told: Told) -> Told:
        """The same answer, as it is told now."""
        return Told(self._look(str(told.answer["id"])), told.seconds)

    def search(self, query: str, **filters: Any) -> list[dict[str, Any]]:
        """Hits. Raises DemoError."""
        found = self.door.send("POST", "/search", {"query": query, **({"filters": filters} if filters else {})})
        if found.status != 200:
            raise DemoError(f"The door answered {found.status} to {query!r}: {found.document}")
        hits: list[dict[str, Any]] = found.document["hits"]
        return hits

    def opened(self, key: str, page: int) -> dict[str, Any] | None:
        """GET /documents: the page with its address; None where it is refused as not there."""
        found = self.door.send("GET", f"/documents?key={quote(key, safe='')}&page={page}")
        return found.document if found.status == 200 else None

    def _ended(self, question: str) -> dict[str, Any] | None:
        answer = self._look(question)
        return None if answer["state"] == "running" else answer

    def _look(self, question: str) -> dict[str, Any]:
        found = self.door.send("GET", f"/ask/{question}")
        if found.status != 200:
            raise DemoError(f"The door answered {found.status} to the question {question}: {found.document}")
        return found.document


def fetched(url: str) -> bytes:
    """What lies at an address, as a browser asks for it. Raises DemoError."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url.partition("#")[0], timeout=PATIENCE) as answer:
            return bytes(answer.read())
    except OSError as error:
        raise DemoError(f"The address of a page was refused: {error}") from error


def readers(
    client: Client, outputs: Mapping[str, str], url: str, region: str, names: tuple[str, ...]
) -> dict[str, Reader]:
    """Users of the account by their names, each with a key of its own, who may call the door and nothing else.

    Raises DemoError where the stack has no such door.
    """
    from botocore.credentials import Credentials

    if "KnowledgeUrl" not in outputs:
        raise DemoError("The stack has no knowledge; leave UseKnowledge alone, it is true on this machine.")
    iam, found = client("iam"), {}
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    for name in names:
        user = f"library-{name}"
        try:
            arn = iam.create_user(UserName=user)["User"]["Arn"]
        except iam.exceptions.EntityAlreadyExistsException:
            arn = iam.get_user(UserName=user)["User"]["Arn"]
        iam.put_user_policy(UserName=user, PolicyName="ask", PolicyDocument=policy)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        found[name] = Reader(arn, Door(outputs["KnowledgeUrl"], region, credentials, port=urlsplit(url).port))
    return found
