"""The chapter on knowledge: thirty documents of five readers, asked by three of them.

One may not read what another may; a follow-up still cites; what no document says is not answered; a document is
deleted and asked for again; a right is taken away, and counts before the next answer.
"""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.demo.account import PATIENCE, Bucket, Client, DemoError, Tell, wait
from local.demo.knowledge import papers
from local.demo.knowledge.reading import Reader, Told, fetched

WIDTH = 110
"""Characters of a row."""
PAUSE = 0.5

CONTRACT, INVOICE, MINUTES = "contracts/brixham-freight", "invoices/inv-20417", "board/2026-02"
NOTICE = "What is the notice period of the contract with Brixham Freight?"
SIGNED = "And who signed it?"
AMOUNT = "How much is the invoice INV-20417?"
DECISION = "What did the board decide about the warehouse in Harbour Street?"
ABSENT = "What is the notice period of the contract with Zephyr Catering?"
REFUSED = ("NothingFound", "NotInDocuments", "NothingSupported")


def play(client: Client, outputs: dict[str, str], readers: Mapping[str, Reader], folder: Path, tell: Tell) -> int:
    """Plays the chapter with clients of any account, saves the answers; returns how many promises were broken."""
    tell("\nKnowledge: thirty documents of five readers, asked by three of them; each finds what they may read\n")
    library = Library(client, outputs)
    begun = time.monotonic()
    library.fill(readers)
    tell(f"{len(papers.documents())} documents were read and indexed in {time.monotonic() - begun:.0f} s\n")
    told = dict(_asked(library, readers, tell))
    (folder / "answers.json").write_text(
        json.dumps({name: one.answer for name, one in told.items()}, indent=2, ensure_ascii=False), encoding="utf-8"
    )
    tell("")
    checks = [*_checks(told), *_searches(readers)]
    for promise, kept in checks:
        tell(f"{'yes' if kept else 'NO':<4} {promise}")
    tell("\nsaved: answers.json")
    return sum(not kept for _, kept in checks)


class Library:
    """The inbox, and what is kept of its documents in the index."""

    def __init__(self, client: Client, outputs: Mapping[str, str]) -> None:
        self._inbox = Bucket(client, outputs["InboxBucketName"])
        self._knowledge = Bucket(client, outputs["KnowledgeBucketName"])

    def fill(self, readers: Mapping[str, Reader]) -> None:
        """Uploads access files and documents, and waits until every document can be found. Raises DemoError."""
        for key, body in papers.access(lambda name: readers[name].arn).items():
            self._inbox.put(key, body)
        for paper in papers.documents():
            self._inbox.put(paper.key, paper.body)
        left = {paper.key for paper in papers.documents()}

        def look() -> bool | None:
            left.difference_update([key for key in left if self._is_indexed(key)])
            return None if left else True

        if wait(look, PAUSE) is None:
            raise DemoError(f"{len(left)} documents were not indexed within {PATIENCE} s: {sorted(left)[:3]} ...")

    def delete(self, key: str) -> None:
        """Deletes a document, and waits until the index has forgotten it. Raises DemoError."""
        self._inbox.delete(key)
        if wait(lambda: None if self._is_indexed(key) else True, PAUSE) is None:
            raise DemoError(f"{key} was not taken out of the index within {PATIENCE} s.")

    def allow(self, folder: str, who: list[str]) -> None:
        """The folder is these readers' from now on. Nothing is waited for: what takes a right away counts at once."""
        self._inbox.put(f"{papers.FOLDER}{folder}/access.json", papers.users(who))

    def _is_indexed(self, key: str) -> bool:
        pointer = self._knowledge.json(f"knowledge/{key}.json")
        return pointer is not None and pointer["version"] is not None


def _asked(library: Library, readers: Mapping[str, Reader], tell: Tell) -> Iterator[tuple[str, Told]]:
    """Every question with its answer, in the chapter's order."""
    ann, dan, eve = (readers[name] for name in ("ann", "dan", "eve"))

    def asks(name: str, reader: Reader, question: str, *, follows: bool = False) -> Told:
        told = reader.ask(question, follows=follows)
        for row in _rows(name, question, told):
            tell(row)
        return told

    notice = asks("ann", ann, NOTICE)
    yield "notice", notice
    yield "signed", asks("ann", ann, SIGNED, follows=True)
    yield "forbidden", asks("dan", dan, NOTICE)
    yield "decision", asks("eve", eve, DECISION)
    yield "absent", asks("ann", ann, ABSENT)
    amount = asks("ann", ann, AMOUNT)
    yield "amount", amount
    library.delete(papers.key_of(CONTRACT))
    tell("(the contract was deleted)")
    yield "deleted", asks("ann", ann, NOTICE)
    yield "deleted_before", ann.again(notice)
    library.allow("invoices", [readers["cleo"].arn])
    tell("(the invoices are not ann's any more)")
    yield "taken", asks("ann", ann, AMOUNT)
    yield "taken_before", ann.again(amount)


def _rows(name: str, question: str, told: Told) -> list[str]:
    """The question, the answer or why there is none, and what it rests on."""
    reason = told.answer["reason"]
    said = f"refused, {reason['error']}: {reason['message']}" if reason else told.text
    places = sorted({(found["key"].removeprefix(papers.FOLDER), found["page"]) for found in _references(told.answer)})
    sources = "; ".join(f"{key}, page {page}" for key, page in places)
    took = f"{sources + ', ' if sources else ''}{told.seconds:.1f} s"
    return [f"{name}: {question}", *(line for row in (said, took) for line in _wrapped(row))]


def _wrapped(row: str) -> list[str]:
    return textwrap.wrap(
        row, WIDTH, initial_indent="     ", subsequent_indent="       ", max_lines=2, placeholder=" ..."
    )


def _references(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [found for one in answer["citations"] for found in one["references"]]


def _checks(told: Mapping[str, Told]) -> list[tuple[str, bool]]:
    """Each promise, and whether it was kept."""
    contract, invoice, minutes = (papers.key_of(name) for name in (CONTRACT, INVOICE, MINUTES))
    return [
        ("the answer is the document's, and cites it", "ninety" in told["notice"].text
         and told["notice"].sources == {contract}),
        ("every sentence stands where it is cited, at the place in the answer that it names",
         all(_stands(one.answer) for one in told.values() if one.answer["answer"])),
        ("a follow-up is understood, and cites too", "Odile Marchetti" in told["signed"].text
         and contract in told["signed"].sources),
        ("who may not read it is not answered, and is told nothing of what it says",
         told["forbidden"].error in REFUSED and "ninety" not in json.dumps(told["forbidden"].answer)),
        ("who may is answered by another document", "five to two" in told["decision"].text
         and told["decision"].sources == {minutes}),
        ("what no document says is refused, whatever else is near it", told["absent"].error in REFUSED),
        ("a deleted document answers nothing, and what it answered before is not told any more",
         told["deleted"].error in REFUSED and told["deleted_before"].error == "SourcesGone"),
        ("a right that is taken away counts before the next answer, and for the one before",
         told["amount"].sources == {invoice} and "4,318.50" in told["amount"].text
         and told["taken"].error in REFUSED and told["taken_before"].error == "SourcesGone"),
    ]  # fmt: skip


def _stands(answer: Mapping[str, Any]) -> bool:
    """Whether each sentence is where its span says."""
    return all(
        answer["answer"][one["span"]["start"] : one["span"]["end"]] == one["text"] for one in answer["citations"]
    ) and bool(answer["citations"])


def _searches(readers: Mapping[str, Reader]) -> list[tuple[str, bool]]:
    """What the same words find for two readers."""
    words = "the bridge of the project Kestrel"
    found = {name: {hit["key"] for hit in readers[name].search(words)} for name in ("dan", "eve")}
    folders = {key.removeprefix(papers.FOLDER).partition("/")[0] for key in found["eve"]}
    contracts = f"{papers.FOLDER}contracts/"
    hits = readers["ann"].search("the notice period of Sable Energy", folder=contracts)
    key = papers.key_of("contracts/sable-energy")
    page = [hit for hit in hits if hit["key"] == key]
    opened = readers["ann"].opened(key, 1)
    return [
        ("the same words find for each reader what that reader may read, and nothing else",
         papers.key_of("projects/kestrel") in found["dan"] and folders <= {"board", "handbook"}),
        ("a hit in a PDF has a box on its page for each line, and a folder keeps the others out",
         any(hit["page"] == 1 and hit["boxes"] for hit in page)
         and all(hit["key"].startswith(contracts) for hit in hits)),
        ("who may read it opens the cited page, and another gets no address of it",
         opened is not None and fetched(opened["url"]).startswith(b"%PDF")
         and readers["dan"].opened(key, 1) is None),
    ]  # fmt: skip
