"""The documents that the samples name, the steps of one of them, a job of Textract and a batch.

The samples give their documents a place after all others (`${Sequencer}`), as a new delivery would have: so it does not
matter that the pipeline has summarised each of them when it was uploaded.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping

from local.samples import quiet
from local.samples.stack import Stack, wait

BATCH, MAP_RUN = "letters-2026-07", "4f8c1d0e-0000-4000-8000-000000000001"
CHAIN = ("transform", "enrich", "summarize")


def note(name: str = "Ada Lovelace") -> bytes:
    """A text of its own, read in no time."""
    return f"Patient: {name}\nPhone: (206) 555-0147\n\nThe patient went home in good condition.\n".encode()


def page(*lines: str) -> bytes:
    """A picture of a few large lines: one page for OCR, quickly read."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (1000, 120 + 90 * len(lines)), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(44)
    for number, line in enumerate(lines):
        pen.text((60, 60 + 90 * number), line, fill=0, font=font)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(150, 150))
    return out.getvalue()


def scan() -> bytes:
    return page("Patient Name: Ada Lovelace", "The patient went home.")


def two_pages() -> bytes:
    """A TIFF of two frames, which takes a job."""
    from PIL import Image

    frames = [Image.open(io.BytesIO(page(f"Page {number}: Ada Lovelace went home."))) for number in (1, 2)]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_deflate", dpi=(150, 150))
    return out.getvalue()


DOCUMENTS: Mapping[str, Callable[[], bytes]] = {
    "notes/visit + Grüße.txt": note,
    "scans/visit.png": scan,
    "forms/intake.tiff": two_pages,
    "bad/torn.pdf": lambda: b"%PDF-1.",
    "letters/2026/packet.json": lambda: b'{"expected": []}',
    **{f"letters/2026/{name}.txt": lambda name=name: note(name) for name in ("Ada", "Grace", "Joan")},  # type: ignore[misc]
}


def seeded(stack: Stack) -> bool:
    """Whether that was done."""
    return any(stack.keys("SummariesBucketName", f"batches/{BATCH}/results/{MAP_RUN}/"))


def seed(stack: Stack) -> list[str]:
    """Puts everything there; what it put where."""
    for key, made in DOCUMENTS.items():
        stack.put("InboxBucketName", key, made())
    for name in CHAIN:
        stack.invoke(f"Documents{name.capitalize()}", stack.sample(f"documents/{name}"))
    stack.invoke("DocumentsStartAnalysis", stack.sample("documents/start_analysis"))
    job = json.loads(stack.sample("documents/finish_analysis")["Records"][0]["body"])["JobId"]
    textract = stack.client("textract")
    wait(lambda: textract.get_document_analysis(JobId=job)["JobStatus"] != "IN_PROGRESS" or None, "Textract's job")
    _batch(stack)
    queue, event = stack.outputs["DocumentsFailedQueueUrl"], stack.sample("documents/summarize_document")
    quiet.failed_execution(stack, stack.outputs["SummarizeDocumentArn"], queue, event)
    inbox, summaries = stack.outputs["InboxBucketName"], stack.outputs["SummariesBucketName"]
    return [
        *(f"documents: s3://{inbox}/{key}" for key in DOCUMENTS),
        f"documents: s3://{summaries}/steps/, what the steps before those of the samples leave",
        f"documents: job {job} of Textract",
        f"documents: s3://{summaries}/batches/{BATCH}/, a batch that is done",
        f"documents: {queue}, one aborted execution",
    ]


def _batch(stack: Stack) -> None:
    """A batch that is done, with its result under the name that batch_report.json has for it."""
    results = f"batches/{BATCH}/results/"
    machine = stack.outputs["SummarizeBatchArn"]
    if stack.run(machine, BATCH, {"prefix": "letters/2026/", "again": BATCH}) is None:
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{BATCH}"
        stack.ended(arn)
    manifest = next(key for key in stack.keys("SummariesBucketName", results) if key.endswith("/manifest.json"))
    body = stack.get("SummariesBucketName", manifest)
    stack.put("SummariesBucketName", f"{results}{MAP_RUN}/manifest.json", body, "application/json")
