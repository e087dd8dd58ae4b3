"""Textract answers, put together block by block as the API gives them: ids, relationships, geometry and confidences."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

Block = dict[str, Any]

WORDS = (
    "invoice", "patient", "total", "amount", "date", "number", "street", "clinic", "doctor", "of", "and", "the",
    "due", "paid", "balance", "account", "order", "name", "address", "city", "phone", "ward", "discharge",
    "note", "summary", "12.50", "2024", "A-17", "per", "month", "insurance",
)  # fmt: skip


class Answer:
    """Blocks in Textract's order: the page, its lines and words, then forms, tables, queries, signatures, layout."""

    def __init__(self, *, model: str = "1.0") -> None:
        self.blocks: list[Block] = []
        self.pages = 0
        self.model = model
        self._page: Block = {}
        self._down = 0.0

    def page(self) -> Answer:
        self.pages += 1
        self._down = 0.02
        self._page = self._add("PAGE", box=(0.0, 0.0, 1.0, 1.0))
        return self

    def line(self, text: str, *, confidence: float = 99.0) -> Block:
        line = self._add("LINE", Confidence=confidence, Text=text, box=(0.1, self._down, 0.8, 0.012))
        words = self.words(text)
        self._down += 0.015
        return _relate(line, "CHILD", words)

    def words(self, text: str) -> list[Block]:
        """Side by side on the current line, each letter as wide as the next."""
        found, left = [], 0.1
        for word in text.split():
            width = 0.01 * len(word)
            found.append(
                self._add("WORD", Confidence=98.5, Text=word, TextType="PRINTED", box=(left, self._down, width, 0.012))
            )
            left += width + 0.005
        return found

    def box(self, selected: bool) -> Block:
        status = "SELECTED" if selected else "NOT_SELECTED"
        return self._add(
            "SELECTION_ELEMENT", Confidence=97.0, SelectionStatus=status, box=(0.5, self._down, 0.01, 0.01)
        )

    def form(
        self, key: Sequence[Block], value: Sequence[Block], *, confidences: tuple[float, float] = (90, 80)
    ) -> Block:
        left = self._add(
            "KEY_VALUE_SET", EntityTypes=["KEY"], Confidence=confidences[0], box=(0.1, self._down, 0.2, 0.01)
        )
        right = self._add(
            "KEY_VALUE_SET", EntityTypes=["VALUE"], Confidence=confidences[1], box=(0.4, self._down, 0.2, 0.01)
        )
        _relate(left, "VALUE", [right])
        _relate(left, "CHILD", key)
        _relate(right, "CHILD", value)
        return left

    def table(self, cells: Sequence[Sequence[Sequence[Block]]], *, title: Sequence[Block] = ()) -> Block:
        table = self._add("TABLE", Confidence=96.0, EntityTypes=["STRUCTURED_TABLE"], box=(0.1, self._down, 0.8, 0.2))
        made = []
        for row, columns in enumerate(cells, 1):
            for column, content in enumerate(columns, 1):
                cell = self._add("CELL", Confidence=95.0, **_place(row, column), box=(0.1, self._down, 0.1, 0.01))
                made.append(_relate(cell, "CHILD", content))
        _relate(table, "CHILD", made)
        if title:
            block = self._add("TABLE_TITLE", Confidence=94.0, box=(0.1, self._down, 0.8, 0.01))
            _relate(table, "TABLE_TITLE", [_relate(block, "CHILD", title)])
        return table

    def merge(self, table: Block, row: int, column: int, rows: int, columns: int) -> Block:
        by_id = {block["Id"]: block for block in self.blocks}
        cells = [by_id[each] for each in ids(table, "CHILD")]
        inside = [
            cell
            for cell in cells
            if row <= cell["RowIndex"] < row + rows and column <= cell["ColumnIndex"] < column + columns
        ]
        merged = self._add(
            "MERGED_CELL", Confidence=93.0, **_place(row, column, rows, columns), box=(0.1, 0.1, 0.1, 0.1)
        )
        _relate(merged, "CHILD", inside)
        return _relate(table, "MERGED_CELL", [merged])

    def query(self, question: str, alias: str | None, *answers: str) -> Block:
        query = self._add("QUERY", Query={"Text": question, "Alias": alias})
        results = [
            self._add("QUERY_RESULT", Text=text, Confidence=80.0 + number, box=(0.1, 0.1, 0.1, 0.1))
            for number, text in enumerate(answers)
        ]
        return _relate(query, "ANSWER", results)

    def signature(self, *, confidence: float = 77.0) -> Block:
        return self._add("SIGNATURE", Confidence=confidence, box=(0.6, 0.9, 0.2, 0.05))

    def layout(self, kind: str, children: Sequence[Block]) -> Block:
        return _relate(self._add(f"LAYOUT_{kind}", Confidence=88.0, box=(0.1, 0.1, 0.8, 0.1)), "CHILD", children)

    def parts(self, size: int | None = None) -> list[dict[str, Any]]:
        """As GetDocumentAnalysis gives them, at most ``size`` blocks each; all of them in one without."""
        size = size or max(len(self.blocks), 1)
        cut = [self.blocks[start : start + size] for start in range(0, max(len(self.blocks), 1), size)]
        return [
            {"DocumentMetadata": {"Pages": self.pages}, "AnalyzeDocumentModelVersion": self.model, "Blocks": blocks}
            for blocks in cut
        ]

    def _add(self, kind: str, *, box: tuple[float, float, float, float] | None = None, **members: Any) -> Block:
        block: Block = {"BlockType": kind, "Id": f"{len(self.blocks):08x}-0000-4000-8000-{self.pages:012x}", **members}
        if box is not None:
            block["Geometry"] = _geometry(*box)
        block["Page"] = self.pages
        self.blocks.append(block)
        if kind != "PAGE" and kind not in ("WORD", "CELL", "MERGED_CELL", "QUERY_RESULT"):
            _relate(self._page, "CHILD", [block])
        return block


def ids(block: Block, kind: str) -> list[str]:
    return [each for relation in block.get("Relationships", ()) if relation["Type"] == kind for each in relation["Ids"]]


def document(
    pages: int, seed: int = 0, *, lines: int = 50, tables: Sequence[tuple[int, int]] = ((6, 4), (10, 3))
) -> Answer:
    """As busy as a real form: 66 lines, 15 pairs and two tables a page, whose words are those of the last lines."""
    chance = random.Random(seed)

    def text(most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, most)))

    def row(answer: Answer, cells: list[str]) -> list[list[Block]]:
        """The words of a line, cell by cell."""
        answer.line(" ".join(cells))
        words = iter(answer.blocks[-sum(len(cell.split()) for cell in cells) :])
        return [[next(words) for _ in cell.split()] for cell in cells]

    answer = Answer()
    for _ in range(pages):
        answer.page()
        written = [answer.line(text(9)) for _ in range(lines)]
        by_id = {block["Id"]: block for block in answer.blocks}
        for line in written[:15]:
            words = [by_id[each] for each in ids(line, "CHILD")]
            half = (len(words) + 1) // 2
            answer.form(words[:half], words[half:])
        for rows, columns in tables:
            table = answer.table([row(answer, [text(3) for _ in range(columns)]) for _ in range(rows)])
            answer.merge(table, 1, 1, 1, 2)
        answer.layout("TITLE", written[:1])
        answer.layout("TEXT", written[1:])
    return answer


def _relate(block: Block, kind: str, to: Sequence[Block]) -> Block:
    if to:
        known = block.setdefault("Relationships", [])
        found = next((relation for relation in known if relation["Type"] == kind), None)
        if found is None:
            known.append(found := {"Type": kind, "Ids": []})
        found["Ids"] += [each["Id"] for each in to]
    return block


def _place(row: int, column: int, rows: int = 1, columns: int = 1) -> dict[str, int]:
    return {"RowIndex": row, "ColumnIndex": column, "RowSpan": rows, "ColumnSpan": columns}


def _geometry(left: float, top: float, width: float, height: float) -> dict[str, Any]:
    corners = ((left, top), (left + width, top), (left + width, top + height), (left, top + height))
    return {
        "BoundingBox": {"Width": width, "Height": height, "Left": left, "Top": top},
        "Polygon": [{"X": x, "Y": y} for x, y in corners],
        "RotationAngle": 0.0,
    }
