"""Textract's Blocks as text, forms, tables, queries and signatures: a plain walk with the standard library alone.

The shapes are those of the API reference (Block, Relationship; "Text Detection and Document Analysis Response
Objects") and of the files that Textract writes itself, where any member may be null. Types of blocks, relationships and
members that are not known here are passed over: new ones come with new models of Textract. A check box reads "[X]" or
"[ ]", a signature within a form's value or a table's cell "[SIGNATURE]".

Nothing is left out in silence: an id that points nowhere, a block that comes twice or a page that is missing makes the
whole answer ``AnalysisIncomplete``. Parts of an answer are read one at a time, and of a part only texts, ids and the
lines' places stay in memory: blocks refer to blocks of other parts.
"""

from __future__ import annotations

import gc
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from documents.errors import AnalysisIncomplete
from documents.model import (
    NOT_SELECTED,
    SELECTED,
    Box,
    CellPlace,
    Extraction,
    Form,
    FormPlaces,
    LaidLine,
    Layout,
    Line,
    Place,
    Query,
    Signature,
    Table,
    Word,
)

Block = Mapping[str, Any]

SIGNED = "[SIGNATURE]"

_POLYGON = re.compile(rb'"Polygon"\s*:\s*\[[^\]]*\]')
_PARENTS = frozenset({"PAGE", "LINE", "KEY_VALUE_SET", "TABLE", "CELL", "MERGED_CELL", "TABLE_TITLE", "QUERY"})
_RELATIONS = frozenset({"CHILD", "VALUE", "MERGED_CELL", "TABLE_TITLE", "ANSWER"})


def load(body: bytes) -> dict[str, Any]:
    """A part from its JSON. Reading that is most of the work, so the polygons, of which nothing here makes use and
    which are a third of the bytes, are cut out first, and the parser is pydantic's.

    In JSON a quotation mark within a text has a backslash before it: nothing but a key can look like ``"Polygon": [``.
    """
    from pydantic_core import from_json

    # What a parser makes has no cycles; the collector would only walk over all of it, again and again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        part = from_json(_POLYGON.sub(b'"Polygon":null', body))
    except ValueError:
        # Half a surrogate pair, or a shape that no polygon has had so far: slower, but read all the same.
        part = json.loads(body)
    finally:
        if collecting:
            gc.enable()
    if not isinstance(part, dict):
        raise AnalysisIncomplete("A part of Textract's answer is no JSON object; put the document in the inbox again.")
    return part


def extract(parts: Iterable[Mapping[str, Any]]) -> Extraction:
    """Everything in an answer, given as its parts in order; pages in order too, whatever order they came in.

    Raises AnalysisIncomplete, with counts, for an answer that is not whole.
    """
    graph = _read(parts)
    return Extraction(
        pages=graph.pages,
        lines=tuple(
            Line(_page(line), line.get("Text") or "", line.get("Confidence"), _box(line))
            for line in _reading_order(graph)
        ),
        forms=tuple(_form(graph, key) for key in graph.of("KEY_VALUE_SET") if "KEY" in (key.get("EntityTypes") or ())),
        tables=tuple(_table(graph, table) for table in graph.of("TABLE")),
        queries=tuple(answer for query in graph.of("QUERY") for answer in _answers(graph, query)),
        signatures=tuple(Signature(_page(each), each.get("Confidence"), _box(each)) for each in graph.of("SIGNATURE")),
    )


def layout(parts: Iterable[Mapping[str, Any]]) -> Layout:
    """Where all that ``extract`` gives stands, in its order and number: lines by words, forms, cells, queries.

    Raises AnalysisIncomplete as ``extract`` does.
    """
    places = _Places()
    graph = _read(parts, places)
    return Layout(
        lines=tuple(_laid(places, line) for line in _reading_order(graph)),
        forms=tuple(
            FormPlaces(tuple(places.at([key])), tuple(places.at(graph.at(_related(key, "VALUE")))))
            for key in graph.of("KEY_VALUE_SET")
            if "KEY" in (key.get("EntityTypes") or ())
        ),
        tables=tuple(_cell_places(graph, places, table) for table in graph.of("TABLE")),
        queries=tuple(place for query in graph.of("QUERY") for place in _answer_places(graph, places, query)),
    )


class _Places:
    """Words with their boxes, and the boxes of what is made of words, by id: as much geometry as is of use."""

    __slots__ = ("boxes", "words")

    KINDS = frozenset({"KEY_VALUE_SET", "CELL", "QUERY_RESULT"})

    def __init__(self) -> None:
        self.words: dict[str, Word] = {}
        self.boxes: dict[str, Box] = {}

    def at(self, blocks: Iterable[Block]) -> Iterator[Place]:
        for block in blocks:
            box = self.boxes.get(block.get("Id") or "")
            if box is not None:
                yield Place(_page(block), box)


def _laid(places: _Places, line: Block) -> LaidLine:
    found = (places.words.get(child) for child in _related(line, "CHILD"))
    return LaidLine(_page(line), line.get("Text") or "", tuple(word for word in found if word))


def _cell_places(graph: _Graph, places: _Places, table: Block) -> tuple[CellPlace, ...]:
    """Each cell where it stands in ``_table``'s rows; those that a merged cell covers have places of their own."""
    cells = [cell for cell in graph.at(_related(table, "CHILD")) if cell.get("BlockType") == "CELL"]
    found = []
    for cell in cells:
        row, column = _place(cell)
        spans = cell.get("RowSpan") or 1, cell.get("ColumnSpan") or 1
        found += [CellPlace(row, column, *spans, place) for place in places.at([cell])]
    return tuple(found)


def _answer_places(graph: _Graph, places: _Places, query: Block) -> Iterator[Place | None]:
    results = graph.at(_related(query, "ANSWER"))
    for result in results:
        yield next(places.at([result]), None)
    if not results:
        yield None


class _Graph:
    """The blocks of all parts by id: leaves as the text that they stand for, the rest without their geometry."""

    __slots__ = ("_places", "blocks", "by_type", "declared", "leaves", "pages", "seen")

    def __init__(self) -> None:
        self.leaves: dict[str, str] = {}
        self.blocks: dict[str, Block] = {}
        self.by_type: defaultdict[str, list[Block]] = defaultdict(list)
        self.declared: set[int] = set()
        self.seen = 0
        self.pages = 0
        self._places: dict[str, int] = {}

    def of(self, kind: str) -> list[Block]:
        """Blocks of a type, page by page, in the answer's order within a page."""
        found = self.by_type.get(kind, [])
        return found if self.pages == 1 else sorted(found, key=_page)

    def text(self, ids: Iterable[str]) -> str:
        leaves = self.leaves
        return " ".join([text for each in ids if (text := leaves.get(each))])

    def in_order(self, ids: Iterable[str]) -> list[str]:
        """Leaves in the answer's order, which is that of reading; each once."""
        if not self._places:
            self._places = {each: place for place, each in enumerate(self.leaves)}
        return sorted({each for each in ids if each in self._places}, key=self._places.__getitem__)

    def at(self, ids: Iterable[str]) -> list[Block]:
        return [self.blocks[each] for each in ids if each in self.blocks]


def _read(parts: Iterable[Mapping[str, Any]], places: _Places | None = None) -> _Graph:
    graph = _Graph()
    for part in parts:
        _refuse_failed(part)
        pages = (part.get("DocumentMetadata") or {}).get("Pages")
        if pages is not None:
            graph.declared.add(pages)
        _read_blocks(graph, part.get("Blocks") or (), places)
        del part  # before the next one is read
    _refuse_incomplete(graph)
    return graph


def _read_blocks(graph: _Graph, blocks: Sequence[Block], places: _Places | None) -> None:
    leaves, others, by_type = graph.leaves, graph.blocks, graph.by_type
    for block in blocks:
        graph.seen += 1
        kind = block.get("BlockType")
        # Without an id nothing can refer to it, but it can still be a line.
        name = block.get("Id") or f"\0{graph.seen}"
        if kind == "WORD":
            leaves[name] = text = block.get("Text") or ""
            if places is not None and (box := _box(block)) and text:
                places.words[name] = Word(text, box)
            continue
        if kind == "SELECTION_ELEMENT":
            leaves[name] = SELECTED if block.get("SelectionStatus") == "SELECTED" else NOT_SELECTED
            continue
        slim = dict(block)
        if kind == "SIGNATURE":
            leaves[name] = SIGNED
        else:
            others[name] = slim
            if places is not None and kind in places.KINDS and (box := _box(block)):
                places.boxes[name] = box
            if kind != "LINE":
                slim.pop("Geometry", None)
        by_type[str(kind)].append(slim)


def _refuse_failed(part: Mapping[str, Any]) -> None:
    status = part.get("JobStatus")
    if status not in (None, "SUCCEEDED"):
        raise AnalysisIncomplete(f"Textract's job ended as {status}; put the document in the inbox again.")


def _refuse_incomplete(graph: _Graph) -> None:
    doubled = graph.seen - len(graph.leaves) - len(graph.blocks)
    if doubled:
        raise AnalysisIncomplete(f"{doubled} of {graph.seen} blocks of Textract's answer came twice.")
    referred = set().union(*_references(graph))
    missing = len(referred - graph.leaves.keys() - graph.blocks.keys())
    if missing:
        raise AnalysisIncomplete(
            f"{missing} of the {len(referred)} ids that blocks of Textract's answer refer to are not in it."
        )
    found = {_page(page) for page in graph.by_type.get("PAGE", ())}
    graph.pages = max(graph.declared, default=len(found))
    if not found or len(graph.declared) > 1 or found != set(range(1, graph.pages + 1)):
        told = " or ".join(map(str, sorted(graph.declared))) or "no number of"
        raise AnalysisIncomplete(f"Textract announced {told} pages, and its answer holds {len(found)}.")


def _references(graph: _Graph) -> Iterator[Sequence[str]]:
    for kind, blocks in graph.by_type.items():
        if kind in _PARENTS or kind.startswith("LAYOUT_"):
            for block in blocks:
                for relation in block.get("Relationships") or ():
                    if relation.get("Type") in _RELATIONS:
                        yield relation.get("Ids") or ()


def _related(block: Block, kind: str) -> Sequence[str]:
    """Ids of all relationships of a type: as good as always there is one, and this is called for every block."""
    relations = block.get("Relationships")
    if not relations:
        return ()
    found: Sequence[str] = ()
    for relation in relations:
        if relation.get("Type") == kind and (ids := relation.get("Ids")):
            found = [*found, *ids] if found else ids
    return found


def _page(block: Block) -> int:
    return block.get("Page") or 1


def _box(block: Block) -> Box | None:
    box = (block.get("Geometry") or {}).get("BoundingBox")
    if not box:
        return None
    return Box(box.get("Left") or 0.0, box.get("Top") or 0.0, box.get("Width") or 0.0, box.get("Height") or 0.0)


def _reading_order(graph: _Graph) -> list[Block]:
    """Lines as the LAYOUT blocks order them, each once; a line in none of them follows the one before it."""
    lines = graph.of("LINE")
    if not any(kind.startswith("LAYOUT_") for kind in graph.by_type):
        return lines
    layouts = [block for block in graph.blocks.values() if str(block.get("BlockType")).startswith("LAYOUT_")]
    rank: dict[int, int] = {}
    for block in layouts:
        for line in _laid_lines(graph, block, set()):
            rank.setdefault(id(line), len(rank))
    places, last, last_page = [], -1, 0
    for number, line in enumerate(lines):
        page = line.get("Page") or 1
        if page != last_page:
            last, last_page = -1, page
        last = rank.get(id(line), last)
        places.append((page, last, number))
    return [lines[number] for _, _, number in sorted(places)]


def _laid_lines(graph: _Graph, block: Block, above: set[int]) -> Iterator[Block]:
    """A list's children are LAYOUT blocks themselves; ``above`` guards against a ring of them."""
    if id(block) in above:
        return
    above.add(id(block))
    for child in graph.at(_related(block, "CHILD")):
        kind = str(child.get("BlockType"))
        if kind == "LINE":
            yield child
        elif kind.startswith("LAYOUT_"):
            yield from _laid_lines(graph, child, above)


def _form(graph: _Graph, key: Block) -> Form:
    values = graph.at(_related(key, "VALUE"))
    confidences = [found for each in (key, *values) if (found := each.get("Confidence")) is not None]
    texts = [text for value in values if (text := graph.text(_related(value, "CHILD")))]
    name = graph.text(_related(key, "CHILD"))
    return Form(_page(key), name, " ".join(texts), min(confidences) if confidences else None)


def _table(graph: _Graph, table: Block) -> Table:
    cells = [cell for cell in graph.at(_related(table, "CHILD")) if cell.get("BlockType") == "CELL"]
    texts: dict[tuple[int, int], str] = {}
    for cell in cells:
        own = texts[_place(cell)] = graph.text(_related(cell, "CHILD"))
        if cell.get("RowSpan") != 1 or cell.get("ColumnSpan") != 1:
            for place in _covered(cell):
                texts.setdefault(place, own)
    for merged in graph.at(_related(table, "MERGED_CELL")):
        covered = graph.at(_related(merged, "CHILD"))
        # Read in one go: cell by cell, two lines over three columns would give "Three Months June Ended 30,".
        text = graph.text(graph.in_order(leaf for cell in covered for leaf in _related(cell, "CHILD")))
        texts.update((_place(cell), text) for cell in covered)
    titles = graph.at(_related(table, "TABLE_TITLE"))
    rows, columns = (max((place[axis] for place in texts), default=0) for axis in (0, 1))
    return Table(
        page=_page(table),
        rows=tuple(
            tuple(texts.get((row, column), "") for column in range(1, columns + 1)) for row in range(1, rows + 1)
        ),
        title=" ".join(filter(None, (graph.text(_related(title, "CHILD")) for title in titles))),
        confidence=table.get("Confidence"),
    )


def _place(cell: Block) -> tuple[int, int]:
    return cell.get("RowIndex") or 1, cell.get("ColumnIndex") or 1


def _covered(cell: Block) -> Iterator[tuple[int, int]]:
    row, column = _place(cell)
    for down in range(cell.get("RowSpan") or 1):
        for right in range(cell.get("ColumnSpan") or 1):
            yield row + down, column + right


def _answers(graph: _Graph, query: Block) -> Iterator[Query]:
    """One for each answer, and one without where there is none."""
    asked = query.get("Query") or {}
    question, alias = asked.get("Text") or "", asked.get("Alias")
    results = graph.at(_related(query, "ANSWER"))
    for result in results:
        yield Query(_page(query), question, alias, result.get("Text") or "", result.get("Confidence"))
    if not results:
        yield Query(_page(query), question, alias)
