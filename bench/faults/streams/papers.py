"""Documents in the inbox: each has a summary that is of its own upload and says what stands in its own text."""

from __future__ import annotations

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.faults.account import Account
from bench.faults.streams.stream import AT_A_TIME, Pieces
from local.demo.account import Bucket
from local.demo.documents import maker, texts

_PATIENT = re.compile(r"Patient (\d{4})")


class Papers(Pieces):
    """``name`` keeps documents of several scenes apart; ``scans``: how many of each hundred are pictures."""

    kind = "documents"

    def __init__(self, account: Account, name: str, scans: int = 5) -> None:
        super().__init__()
        self._name, self._scans = name, scans
        outputs, client = account.cloud.outputs, account.cloud.client
        self._inbox, self._results = (
            Bucket(client, outputs["InboxBucketName"]),
            Bucket(client, outputs["SummariesBucketName"]),
        )
        self._tags: dict[str, str] = {}
        self._waves = 0

    def send(self, number: int) -> None:
        self._waves += 1
        prefix = f"{self._name} {self._waves}/"
        documents = list(maker.load(number, number * self._scans // 100, prefix))
        for key, body in documents:
            self._tags[key] = hashlib.md5(body, usedforsecurity=False).hexdigest()
            self._words[key] = (key,)
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for _ in pool.map(lambda one: self._inbox.put(*one), documents):
                pass

    def state(self, name: str) -> bool | str:
        summary = self._results.json(f"summaries/{name}.json")
        if summary is None:
            return f"{name} was refused" if self._results.get(f"rejected/{name}.json") else False
        return problem_of(name, summary, self._tags[name]) or True


def problem_of(key: str, summary: dict[str, Any], tag: str) -> str:
    """What is wrong with the summary of a document of ``maker.load``; nothing: "".

    The local model says sentences of the text, word for word. What a picture says may be read wrongly; a text may not.
    """
    if summary["document"]["etag"] != tag:
        return f"{key}: its summary is of another upload"
    _, note, rest = key.rpartition("/")[2].partition("note ")
    number = rest[:4]
    if not note:
        return "" if summary["forms"] else f"{key}: nothing of its forms was read"
    others = set(_PATIENT.findall(json.dumps(summary))) - {number}
    if others:
        return f"{key}: its summary speaks of patient {others.pop()}"
    text = texts.visit(int(number))
    read = " ".join(f"{form['key']}: {form['value']}" for form in summary["forms"])
    wanted = " ".join(line for line in text.splitlines() if ": " in line)  # Markdown makes one line of them
    if _bare(wanted) not in _bare(read):
        return f"{key}: its forms hold {read!r}, not {wanted!r}"
    strange = [sentence for sentence in summary["summary"] if _bare(sentence) not in _bare(f"Visit {text}")]
    if strange or not summary["summary"]:
        return f"{key}: its summary says what the document does not: {strange[:1] or 'nothing'}"
    return ""


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text)
