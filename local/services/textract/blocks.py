"""Sheets to Textract's Blocks, each as a dictionary in the member order of real answers.

Ids are UUIDs made of the document's digest and a count: the same request gives the same ids.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from local.services.textract.page.model import (
    Box,
    Cell,
    Content,
    Line,
    Mark,
    Pair,
    Region,
    Sheet,
    Table,
    around,
    text_of,
)
from local.services.textract.queries import Query, answer

Block = dict[str, Any]
_NAMESPACE = uuid.UUID("7c0b9f0a-2f0b-5d5a-9d3c-0d6d0a2f9a11")
_MARK_USERS = frozenset({"FORMS", "TABLES"})


def blocks(
    sheet: Sheet, page: int, digest: str, features: frozenset[str], queries: Sequence[Query] = ()
) -> list[Block]:
    """The blocks of one page: PAGE, LINE and WORD, and what ``features`` ask for."""
    return _Builder(sheet, page, digest).build(features, queries)


class _Builder:
    def __init__(self, sheet: Sheet, page: int, digest: str) -> None:
        self._sheet = sheet
        self._page = page
        self._digest = digest
        self._count = 0
        self._blocks: list[Block] = []
        self._ids: dict[int, str] = {}
        """Ids of the blocks of words, lines and marks, by the Python id of what they show."""
        self._children: list[str] = []

    def build(self, features: frozenset[str], queries: Sequence[Query]) -> list[Block]:
        sheet = self._sheet
        page = self._add("PAGE", Box(0, 0, sheet.width, sheet.height))
        # A page that was turned back has corners outside of itself: it is the whole image that was given.
        page["Geometry"] = _whole_page()
        self._lines(sheet.lines)
        if features & _MARK_USERS:
            self._marks(sheet.marks)
        for table in sheet.tables if "TABLES" in features else ():
            self._table(table)
        for pair in sheet.pairs if "FORMS" in features else ():
            self._pair(pair)
        for box in sheet.signatures if "SIGNATURES" in features else ():
            self._child(self._add("SIGNATURE", box, 70.0))
        for query in queries if "QUERIES" in features else ():
            if query.asks(self._page):
                self._query(query)
        for region in sheet.regions if "LAYOUT" in features else ():
            self._region(region)
        if self._children:
            page["Relationships"] = [{"Type": "CHILD", "Ids": self._children}]
        return self._blocks

    # --- pieces ---

    def _add(self, kind: str, box: Box | None, confidence: float | None = None, **members: Any) -> Block:
        self._count += 1
        block: Block = {"BlockType": kind}
        if confidence is not None:
            block["Confidence"] = round(min(100.0, max(0.0, confidence)), 4)
        block.update(members)
        if box is not None:
            block["Geometry"] = self._geometry(box, turn=kind in ("LINE", "WORD"))
        block["Id"] = str(uuid.uuid5(_NAMESPACE, f"{self._digest}/{self._page}/{self._count}"))
        block["Page"] = self._page
        self._blocks.append(block)
        return block

    def _child(self, block: Block) -> None:
        self._children.append(block["Id"])

    def _geometry(self, box: Box, turn: bool) -> dict[str, Any]:
        corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
        points = [self._point(x, y) for x, y in corners]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        shown: dict[str, Any] = {
            "BoundingBox": {
                "Width": max(xs) - min(xs),
                "Height": max(ys) - min(ys),
                "Left": min(xs),
                "Top": min(ys),
            },
            "Polygon": [{"X": x, "Y": y} for x, y in points],
        }
        if turn:
            shown["RotationAngle"] = round(self._sheet.angle, 2)
        return shown

    def _point(self, x: float, y: float) -> tuple[float, float]:
        """A place of the levelled image, on the page as it was given, in shares of its width and height."""
        sheet = self._sheet
        wide, high = sheet.source
        if sheet.angle:
            turn = math.radians(sheet.angle)
            dx, dy = x - sheet.width / 2, y - sheet.height / 2
            x = dx * math.cos(turn) - dy * math.sin(turn) + wide / 2
            y = dx * math.sin(turn) + dy * math.cos(turn) + high / 2
        return min(1.0, max(0.0, x / wide)), min(1.0, max(0.0, y / high))

    def _relate(self, block: Block, kind: str, ids: Iterable[str]) -> None:
        listed = list(ids)
        if listed:
            block.setdefault("Relationships", []).append({"Type": kind, "Ids": listed})

    def _known(self, content: Iterable[Content]) -> list[str]:
        return [self._ids[id(item)] for item in content if id(item) in self._ids]

    # --- kinds of blocks ---

    def _lines(self, lines: Sequence[Line]) -> None:
        made = []
        for line in lines:
            block = self._add("LINE", line.box, line.confidence, Text=line.text)
            self._ids[id(line)] = block["Id"]
            self._child(block)
            made.append((line, block))
        for line, block in made:
            for word in line.words:
                shown = self._add("WORD", word.box, word.confidence, Text=word.text, TextType="PRINTED")
                self._ids[id(word)] = shown["Id"]
            self._relate(block, "CHILD", self._known(line.words))

    def _marks(self, marks: Sequence[Mark]) -> None:
        for mark in marks:
            status = "SELECTED" if mark.selected else "NOT_SELECTED"
            block = self._add("SELECTION_ELEMENT", mark.box, mark.confidence, SelectionStatus=status)
            self._ids[id(mark)] = block["Id"]

    def _table(self, table: Table) -> None:
        kind = "STRUCTURED_TABLE" if table.header_rows or not table.ruled else "SEMI_STRUCTURED_TABLE"
        block = self._add("TABLE", table.box, 90.0 if table.ruled else 75.0, EntityTypes=[kind])
        self._child(block)
        cells = {(cell.row, cell.column): self._cell(cell, table) for cell in table.cells}
        self._relate(block, "CHILD", cells.values())
        merged = []
        for span in table.merged:
            inside = [
                (row, column)
                for row in range(span.row, span.row + span.rows)
                for column in range(span.column, span.column + span.columns)
            ]
            members = [cell for cell in table.cells if (cell.row, cell.column) in inside]
            header = {"EntityTypes": ["COLUMN_HEADER"]} if span.row <= table.header_rows else {}
            whole = self._add(
                "MERGED_CELL",
                around(cell.box for cell in members),
                85.0,
                RowIndex=span.row,
                ColumnIndex=span.column,
                RowSpan=span.rows,
                ColumnSpan=span.columns,
                **header,
            )
            self._relate(whole, "CHILD", [cells[place] for place in inside])
            merged.append(whole["Id"])
        self._relate(block, "MERGED_CELL", merged)
        if table.title:
            title = self._add("TABLE_TITLE", around(word.box for word in table.title), 75.0)
            self._relate(title, "CHILD", self._known(table.title))
            self._relate(block, "TABLE_TITLE", [title["Id"]])

    def _cell(self, cell: Cell, table: Table) -> str:
        header = {"EntityTypes": ["COLUMN_HEADER"]} if cell.row <= table.header_rows else {}
        words = [item.confidence for item in cell.content]
        block = self._add(
            "CELL",
            cell.box,
            min(95.0, sum(words) / len(words)) if words else 90.0,
            RowIndex=cell.row,
            ColumnIndex=cell.column,
            RowSpan=1,
            ColumnSpan=1,
            **header,
        )
        self._relate(block, "CHILD", self._known(cell.content))
        return str(block["Id"])

    def _pair(self, pair: Pair) -> None:
        key = self._add("KEY_VALUE_SET", around(w.box for w in pair.key), pair.confidence, EntityTypes=["KEY"])
        at = around(item.box for item in pair.value) if pair.value else pair.blank or around(w.box for w in pair.key)
        value = self._add("KEY_VALUE_SET", at, pair.confidence, EntityTypes=["VALUE"])
        self._child(key)
        self._child(value)
        self._relate(key, "VALUE", [value["Id"]])
        self._relate(key, "CHILD", self._known(pair.key))
        self._relate(value, "CHILD", self._known(pair.value))

    def _query(self, query: Query) -> None:
        alias = {"Alias": query.alias} if query.alias else {}
        block = self._add("QUERY", None, None, Query={"Text": query.text, **alias})
        self._child(block)
        found = answer(query.text, self._sheet)
        if found is None:
            return
        text = text_of(found.content)
        shown = self._add("QUERY_RESULT", around(item.box for item in found.content), found.confidence, Text=text)
        self._relate(block, "ANSWER", [shown["Id"]])
        self._child(shown)

    def _region(self, region: Region) -> str:
        block = self._add(region.kind, region.box, region.confidence)
        self._child(block)
        if region.parts:
            self._relate(block, "CHILD", [self._region(part) for part in region.parts])
        else:
            self._relate(block, "CHILD", [self._ids[id(line)] for line in region.lines])
        return str(block["Id"])


def _whole_page() -> dict[str, Any]:
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    return {
        "BoundingBox": {"Width": 1.0, "Height": 1.0, "Left": 0.0, "Top": 0.0},
        "Polygon": [{"X": x, "Y": y} for x, y in corners],
    }
