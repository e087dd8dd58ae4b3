"""Builders for calls to the local Textract, and a reading of its answers that knows nothing of how they are made."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from local.cloud.http import Request, Response
from local.services.textract import service
from tests.local.textract.pages import PAGES, Drawn

ALL = ("FORMS", "TABLES", "LAYOUT", "SIGNATURES")
_accounts = itertools.count(200_000_000_000)


def request(operation: str, body: object, *, account: str | None = None, region: str = "us-east-1") -> Request:
    """A request as the front door hands it over; each caller is another account, so throttles start full."""
    return Request(
        method="POST",
        path="/",
        query={},
        headers={"x-amz-target": f"Textract.{operation}", "content-type": "application/x-amz-json-1.1"},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        region=region,
        account=account or str(next(_accounts)),
    )


def call(operation: str, body: object, **options: str) -> Response:
    return service.handle(request(operation, body, **options))


def analyze(data: bytes, features: Sequence[str] = ALL, **members: object) -> Response:
    """AnalyzeDocument of bytes."""
    document = {"Bytes": base64.b64encode(data).decode()}
    return call("AnalyzeDocument", {"Document": document, "FeatureTypes": list(features), **members})


def error(response: Response) -> str:
    """The error's name; its body, header and status must agree, and its message be one for a person."""
    body = json.loads(response.body)
    assert response.headers["x-amzn-errortype"] == body["__type"]
    assert len(body["message"]) > 10
    assert response.status in (400, 500, 501)
    assert response.headers["x-millrace-engine"].startswith("millrace-local")
    return str(body["__type"])


class Answer:
    """The blocks of an answer, with the questions that tests ask of them."""

    def __init__(self, blocks: Sequence[dict[str, Any]]) -> None:
        self.blocks = list(blocks)
        self.by_id = {block["Id"]: block for block in self.blocks}
        assert len(self.by_id) == len(self.blocks), "two blocks have one Id"

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [block for block in self.blocks if block["BlockType"] == kind]

    def related(self, block: dict[str, Any], kind: str = "CHILD") -> list[dict[str, Any]]:
        ids = [i for link in block.get("Relationships", ()) if link["Type"] == kind for i in link["Ids"]]
        return [self.by_id[i] for i in ids]

    def text(self, block: dict[str, Any]) -> str:
        """The words below a block; a check box is [X] or [ ]."""
        shown = {"SELECTED": "[X]", "NOT_SELECTED": "[ ]", None: ""}
        parts = [child.get("Text") or shown[child.get("SelectionStatus")] for child in self.related(block)]
        return " ".join(part for part in parts if part)

    def words(self) -> list[str]:
        return [block["Text"] for block in self.of("WORD")]

    def pairs(self) -> dict[str, str]:
        found = {}
        for block in self.of("KEY_VALUE_SET"):
            if block["EntityTypes"] == ["KEY"]:
                (value,) = self.related(block, "VALUE")
                assert value["EntityTypes"] == ["VALUE"]
                found[self.text(block)] = self.text(value)
        return found

    def tables(self) -> list[list[list[str]]]:
        found = []
        for table in self.of("TABLE"):
            cells = self.related(table)
            rows, columns = max(c["RowIndex"] for c in cells), max(c["ColumnIndex"] for c in cells)
            grid = [["" for _ in range(columns)] for _ in range(rows)]
            for cell in cells:
                grid[cell["RowIndex"] - 1][cell["ColumnIndex"] - 1] = self.text(cell)
            found.append(grid)
        return found


def answer(response: Response) -> Answer:
    assert response.status == 200, response.body
    return Answer(json.loads(response.body)["Blocks"])


@cache
def drawn(name: str) -> Drawn:
    """A page of textract_pages, drawn once."""
    return PAGES[name]()


@cache
def analysed(name: str) -> Answer:
    """The answer for a drawn page with all features: reading it takes seconds, so it is read once."""
    return answer(analyze(drawn(name).png()))


def pdf_of(*lines: str, pages: int = 1, size: tuple[int, int] = (595, 842)) -> bytes:
    """A PDF with text of its own: ``lines`` on each page."""
    stream = "BT /F1 12 Tf 60 780 Td 18 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for index in range(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents {5 + 2 * index} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    return _assembled(objects)


def _assembled(objects: Sequence[str]) -> bytes:
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    tail = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF"
    return data + (head + tail).encode()


def waited(done: Callable[[], Any], seconds: float = 120.0) -> Any:
    """What ``done`` gives once it gives something."""
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = done()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing came in {seconds} s")
