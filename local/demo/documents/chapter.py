"""The documents chapter: scans, letters and broken files go in at one door, summaries with forms and flags come out."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local.demo.account import DONE, PATIENCE, Bucket, Client, DemoError, Tell, wait
from local.demo.documents import maker, office_files, pdf_writer, report, texts
from local.demo.documents.maker import PACKET_KEY, SAMPLES, Sample
from local.demo.documents.report import Result

LETTER, CLAIM, NOTE = "letters/visit letter.pdf", "packets/claim 2041/claim form.pdf", "notes/discharge note.png"
MERGED, MAIL = "letters/merged letter.docx", "mail/papers for October.eml"
ARABIC = "letters/arabic letter.pdf"
REGISTRATION = "forms/registration.jpg"
FIRST = (
    NOTE,
    "forms/intake form.pdf",
    REGISTRATION,
    LETTER,
    "letters/loan letter.pdf",
    "letters/travel note.pdf",
    "packets/claim 2041/consent form.pdf",
    ARABIC,
    MERGED,
    MAIL,
    "bad/torn.pdf",
    "bad/locked.pdf",
)


def play(client: Client, outputs: dict[str, str], folder: Path, tell: Tell) -> int:
    """Plays the chapter with clients of any account, saves what was made; returns how many promises were broken."""
    tell("\nDocuments: paper and files become summaries, forms, tables and flags\n")
    desk = Desk(client, outputs)
    desk.put(PACKET_KEY, maker.packet())
    with ThreadPoolExecutor() as pool:
        originals = dict(zip(FIRST, pool.map(lambda key: _sample(key).make(), FIRST), strict=True))
    begun = time.monotonic()
    versions = {key: desk.put(key, body) for key, body in originals.items()}
    first = {key: desk.result(_sample(key), version, originals[key]) for key, version in versions.items()}
    took = time.monotonic() - begun
    before = desk.stamp(NOTE)
    again = desk.deliver_again(first[NOTE].answer)
    claim, letter = _sample(CLAIM), Sample("the letter, corrected", LETTER, corrected_letter)
    later = [(one, desk.put(one.key, body), body) for one in (claim, letter) for body in (one.make(),)]
    new_claim, new_letter = (desk.result(*each) for each in later)
    twice = (desk.outcome(again), desk.stamp(NOTE) == before)

    results = [*first.values(), new_claim]
    for number, result in enumerate(results):
        # The letter that was replaced lies in the folder as it is in the end.
        save(new_letter if result.key == LETTER else result, folder)
        tell("\n".join([*([""] if number else []), *report.described(result)]))
    ocr = sum(result.pages for result in results if result.route != "text")
    skipped = sum(result.pages for result in results if result.route == "text")
    tell(f"\nthe first {len(first)} after {took:.1f} s; {ocr} pages went through OCR, {skipped} needed none\n")
    checks = [
        *report.promises(results),
        ("the packet's status says what is missing now", desk.missing() == ["discharge_summary"]),
        ("words that are set not to show are nowhere, but told", unseen(first[MERGED])),
        ("what is written from right to left is read in its order", desk.lines(first[ARABIC].answer) == arabic_lines()),
        ("what is attached to an e-mail is a document of its own", desk.attached(MAIL, office_files.PAPERS_NAME)),
        ("the same event delivered again does nothing", twice == ("duplicate", True)),
        ("a new version of a document replaces what was made of the old one", replaced(first[LETTER], new_letter)),
        ("what was read is kept with its place on the page", desk.has_places(first[NOTE].answer)),
        ("a deleted document takes along all that was made of it", desk.is_forgotten(first[REGISTRATION].answer)),
        ("nothing that the documents say is in a log", desk.logs_are_clean(report.NAMES)),
    ]
    for promise, kept in checks:
        tell(f"{'yes' if kept else 'NO':<4} {promise}")
    tell("\nsaved: in documents/ a folder for each, with the original, summary.json, tables and the searchable PDF;")
    tell("       of the letter the new version")
    return sum(not kept for _, kept in checks)


def corrected_letter() -> bytes:
    """The letter's first page alone, with nothing left to pay."""
    lines = texts.VISIT_LETTER[0]
    return pdf_writer.text_pdf([[line.replace("$148.50", "$0.00") for line in lines]])


def arabic_lines() -> list[str]:
    return [line for line in texts.ARABIC_LETTER if line]


def unseen(letter: Result) -> bool:
    """Whether the letter's second balance is nowhere in what was made of it."""
    hidden = office_files.HIDDEN.rpartition(" ")[2]
    return letter.codes() == ["TEXT_HIDDEN"] and hidden not in json.dumps(letter.answer)


def replaced(old: Result, new: Result) -> bool:
    """Whether the summary is of the new letter, and of it alone."""
    forms = report.forms(new.answer)
    return (
        new.accepted
        and new.answer["document"]["version_id"] != old.answer["document"].get("version_id")
        and new.pages == 1
        and forms.get("Balance Due") == "$0.00"
        and "Next Visit" not in forms
    )


class Desk:
    """The two buckets and the state machine, through AWS's own APIs."""

    def __init__(self, client: Client, outputs: dict[str, str]) -> None:
        self._client = client
        self._inbox = Bucket(client, outputs["InboxBucketName"])
        self._summaries = Bucket(client, outputs["SummariesBucketName"])
        self._machine = outputs["SummarizeDocumentArn"]
        self._failed_before = set(self._failed())

    def put(self, key: str, body: bytes) -> str:
        """Uploads a document; the id of its version."""
        return self._inbox.put(key, body)

    def result(self, sample: Sample, version: str, original: bytes) -> Result:
        """What became of a version, waited for. Raises DemoError when nothing does, or it is refused without need."""
        result = wait(lambda: self._result(sample, version, original), 0.5)
        if result is None:
            raise DemoError(f"nothing has become of {sample.key} in {PATIENCE} s.")
        return result

    def _result(self, sample: Sample, version: str, original: bytes) -> Result | None:
        made = self._summaries
        if (summary := made.json(f"summaries/{sample.key}.json")) and summary["document"]["version_id"] == version:
            copy = summary["outputs"]["searchable"]
            tables = tuple(made.get(table["csv"]) or b"" for table in summary["tables"])
            return Result(sample, original, summary, True, tables, (made.get(copy) or b"") if copy else b"")
        if rejected := made.json(f"rejected/{sample.key}.json"):
            if sample.expected == "summarized":
                raise DemoError(f"{sample.key} was refused under {rejected['error']}: {rejected['message']}")
            return Result(sample, original, rejected, accepted=False)
        if failed := set(self._failed()) - self._failed_before:
            raise DemoError(f"an execution failed: {self._why(min(failed))}.")
        return None

    def attached(self, mail: str, name: str) -> bool:
        """Whether the first attachment of a mail was summarised as what it is, waited for."""
        key = f"{mail}.attachments/01 {name}"
        found = wait(lambda: self._summaries.json(f"summaries/{key}.json"), 0.5)
        return found is not None and report.forms(found) == report.pairs(office_files.PAPERS)

    def stamp(self, key: str) -> tuple[Any, ...]:
        """Another one once the summary was written again."""
        head = self._summaries.head(f"summaries/{key}.json")
        return head["LastModified"], head["ETag"]

    def deliver_again(self, summary: dict[str, Any]) -> str:
        """Starts the machine with EventBridge's event of a version that was summarised; the execution."""
        about = summary["document"]
        head = self._inbox.head(about["key"], VersionId=about["version_id"])
        body = {
            "key": about["key"],
            "size": head["ContentLength"],
            "etag": about["etag"],
            "version-id": about["version_id"],
            "sequencer": about["sequencer"],
        }
        event = {
            "id": "the same once more",
            "source": "aws.s3",
            "detail-type": "Object Created",
            "time": head["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "detail": {"bucket": {"name": self._inbox.name}, "object": body},
        }
        states = self._client("stepfunctions")
        return str(states.start_execution(stateMachineArn=self._machine, input=json.dumps(event))["executionArn"])

    def outcome(self, execution: str) -> str:
        """How an execution ended, waited for. Raises DemoError when it does not."""

        def ended() -> str | None:
            described = self._client("stepfunctions").describe_execution(executionArn=execution)
            if described["status"] not in DONE:
                return None
            return str(json.loads(described.get("output") or "{}").get("outcome", described["status"]))

        outcome = wait(ended, 0.2)
        if outcome is None:
            raise DemoError(f"an execution has not ended in {PATIENCE} s.")
        return outcome

    def missing(self) -> list[str] | None:
        """Types of documents that the packet lacks; the status is written after the summary, and so waited for."""

        def of_the_claim() -> list[str] | None:
            status = self._summaries.json(f"packets/{PACKET_KEY}")
            return list(status["missing"]) if status and CLAIM in status["documents"] else None

        return wait(of_the_claim, 0.2)

    def lines(self, summary: dict[str, Any]) -> list[str]:
        """The lines of a document in the order in which they were read."""
        text = self._unpacked(summary["outputs"]["text"])
        return [line for page in text["pages"] for line in page["lines"]]

    def has_places(self, summary: dict[str, Any]) -> bool:
        """Whether each form that has a value has a box for it, and each line of the text its words' boxes."""
        boxes, text = (self._unpacked(summary["outputs"][name]) for name in ("boxes", "text"))
        lines = {word[0] for page in boxes["pages"] for word in page["words"]}
        placed = all(
            place["value"] for form, place in zip(summary["forms"], boxes["forms"], strict=True) if form["value"]
        )
        return placed and len(lines) == sum(len(page["lines"]) for page in text["pages"]) > 0

    def _unpacked(self, key: str) -> Any:
        return json.loads(gzip.decompress(self._summaries.get(key) or b""))

    def is_forgotten(self, summary: dict[str, Any]) -> bool:
        """Deletes a document; whether nothing of it is left, which is waited for."""
        key, copies = summary["document"]["key"], [copy for copy in summary["outputs"].values() if copy]
        made = [f"summaries/{key}.json", *copies, *(table["csv"] for table in summary["tables"])]
        self._inbox.delete(key)
        return bool(wait(lambda: not any(self._summaries.keys(each) for each in made) or None, 0.2))

    def logs_are_clean(self, words: Iterable[str]) -> bool:
        """Whether there are logs of this pipeline, and none of them holds one of these words."""
        logs, written = self._client("logs"), False
        for page in logs.get_paginator("describe_log_groups").paginate():
            for name in (group["logGroupName"] for group in page["logGroups"]):
                if "Documents" not in name:
                    continue
                written = written or bool(logs.filter_log_events(logGroupName=name, limit=1)["events"])
                for word in words:
                    matches = logs.get_paginator("filter_log_events").paginate(
                        logGroupName=name, filterPattern=f'"{word}"'
                    )
                    if any(one["events"] for one in matches):
                        return False
        return written

    def _failed(self) -> Sequence[str]:
        states = self._client("stepfunctions")
        answer = states.list_executions(stateMachineArn=self._machine, statusFilter="FAILED", maxResults=100)
        return [one["executionArn"] for one in answer["executions"]]

    def _why(self, execution: str) -> str:
        failed = self._client("stepfunctions").describe_execution(executionArn=execution)
        return f"{failed.get('error')}, {failed.get('cause')}"


def _sample(key: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.key == key)


def save(result: Result, folder: Path) -> None:
    """The original, and beside it what was made of it; JSON on many lines, for people."""
    original = Path(result.key)
    place = folder / original.stem
    place.mkdir()
    (place / original.name).write_bytes(result.original)
    name = "summary.json" if result.accepted else "rejected.json"
    (place / name).write_text(json.dumps(result.answer, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for number, table in enumerate(result.tables, 1):
        (place / f"table {number}.csv").write_bytes(table)
    if result.searchable:
        (place / "searchable.pdf").write_bytes(result.searchable)
