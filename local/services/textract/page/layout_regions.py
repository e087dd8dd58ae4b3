"""The page's layout: titles, headings, paragraphs, lists, tables and forms, as Textract's LAYOUT_ blocks name them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from local.services.textract.page.model import Box, Line, Pair, Region, Table, around
from local.services.textract.page.text_lines import box_of

_PAGE_NUMBER = re.compile(r"(?:page\s*)?[-\u2013]?\s*\d{1,4}\s*[-\u2013]?(?:\s*(?:/|of)\s*\d{1,4})?", re.IGNORECASE)
_ITEM = re.compile(r"(?:[•·●▪■◦‣*\u2013-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])\s*\S", re.IGNORECASE)
_EDGE = 0.07  # of the page's height: what stands there alone is a header or footer


def regions(
    lines: Sequence[Line],
    tables: Sequence[Table],
    pairs: Sequence[Pair],
    pictures: Sequence[Box],
    page: tuple[int, int, float],
) -> list[Region]:
    """All regions in reading order; each line is in one. ``page`` is its width, height and print height in pixels."""
    width, height, print_height = page
    left = list(lines)
    found: list[Region] = []
    for table in tables:
        inside = [line for line in left if table.box.grown(2).holds(line.box)]
        left = [line for line in left if line not in inside]
        found.append(Region("LAYOUT_TABLE", table.box, tuple(inside), confidence=85.0))
    keyed = _keyed(left, pairs)
    blocks = _blocks(left, keyed, print_height)
    found += [_named(block, keyed, height, print_height, blocks) for block in blocks]
    found = _lists(_merged_pairs(found, print_height))
    found += [
        Region("LAYOUT_FIGURE", box)
        for box in pictures
        if box.width * box.height > 0.01 * width * height and box.width * box.height < 0.8 * width * height
    ]
    return sorted(found, key=lambda region: (round(region.box.top / print_height), region.box.left))


def _keyed(lines: Sequence[Line], pairs: Sequence[Pair]) -> set[int]:
    """The lines that are made of keys and values, by their Python ids."""
    words = {id(item) for pair in pairs for item in (*pair.key, *pair.value)}
    return {id(line) for line in lines if 2 * sum(id(word) in words for word in line.words) > len(line.words)}


def _blocks(lines: Sequence[Line], keyed: set[int], height: float) -> list[list[Line]]:
    """Lines that follow one another closely in one column and one size of print."""
    blocks: list[list[Line]] = []
    for line in lines:
        best = None
        for block in reversed(blocks[-12:]):
            if _follows(block, line, height) and (id(block[-1]) in keyed) == (id(line) in keyed):
                best = block
                break
        if best is None:
            blocks.append([line])
        else:
            best.append(line)
    return blocks


def _follows(block: Sequence[Line], line: Line, height: float) -> bool:
    last, box = block[-1].box, line.box
    size = max(last.height, box.height) / max(1.0, min(last.height, box.height))
    gap = box.top - last.bottom
    if size > 1.45 or not -0.6 * height < gap < 0.75 * height:
        return False
    if _ITEM.match(line.text) and gap > 0.4 * height:
        return False
    aligned = abs(box.left - last.left) < 2.5 * height or abs(box.middle[0] - last.middle[0]) < height
    return aligned and last.shared_width(box) > 0.3 * min(last.width, box.width)


def _named(
    block: Sequence[Line], keyed: set[int], height: int, size: float, blocks: Sequence[Sequence[Line]]
) -> Region:
    box = around(line.box for line in block)
    text = " ".join(line.text for line in block)
    tallest = max(line.box.height for line in block)
    highest = max(line.box.height for other in blocks for line in other)
    kind, confidence = "LAYOUT_TEXT", 85.0
    near_edge = box.top > (1 - _EDGE) * height or box.bottom < _EDGE * height
    if _PAGE_NUMBER.fullmatch(text.strip()) and (box.top > 0.85 * height or box.bottom < 0.12 * height):
        kind = "LAYOUT_PAGE_NUMBER"
    elif id(block[0]) in keyed:
        kind = "LAYOUT_KEY_VALUE"
    elif tallest > 1.4 * size and tallest >= 0.85 * highest and box.top < 0.5 * height:
        kind, confidence = "LAYOUT_TITLE", 75.0
    elif _is_heading(block, text, tallest, size):
        kind, confidence = "LAYOUT_SECTION_HEADER", 70.0
    elif near_edge:
        kind = "LAYOUT_FOOTER" if box.top > 0.5 * height else "LAYOUT_HEADER"
    return Region(kind, box, tuple(block), confidence=confidence)


def _is_heading(block: Sequence[Line], text: str, tallest: float, size: float) -> bool:
    words = len(text.split())
    if len(block) > 2 or words > 10 or text.rstrip().endswith((".", ",", ";")) or not any(c.isalpha() for c in text):
        return False
    return tallest > 1.25 * size or (text.isupper() and words <= 8 and len(text) > 5)


def _merged_pairs(found: Sequence[Region], height: float) -> list[Region]:
    """Neighbouring blocks of keys and values as one."""
    done: list[Region] = []
    pairs: list[Region] = []
    for region in sorted(found, key=lambda region: region.box.top):
        if region.kind != "LAYOUT_KEY_VALUE":
            done.append(region)
            continue
        near = next((other for other in pairs if _near(other.box, region.box, height)), None)
        if near is None:
            pairs.append(region)
            continue
        lines = sorted((*near.lines, *region.lines), key=lambda line: (round(line.box.top / height), line.box.left))
        pairs[pairs.index(near)] = Region(near.kind, around((near.box, region.box)), tuple(lines), confidence=80.0)
    return [*done, *pairs]


def _near(one: Box, other: Box, height: float) -> bool:
    below = -height < other.top - one.bottom < 2.5 * height and one.shared_width(other) > 0
    beside = one.shared_height(other) > 0
    return below or beside


def _lists(found: Sequence[Region]) -> list[Region]:
    """Paragraphs that begin with bullets or numbers, two or more in a row, as one list with its items."""
    done: list[Region] = []
    run: list[Region] = []

    def finish() -> None:
        items = [item for region in run for item in _items(region)]
        if len(items) >= 2:
            done.append(Region("LAYOUT_LIST", around(item.box for item in items), parts=tuple(items), confidence=75.0))
        else:
            done.extend(run)
        run.clear()

    for region in sorted(found, key=lambda region: (region.box.top, region.box.left)):
        listed = region.kind == "LAYOUT_TEXT" and _ITEM.match(region.lines[0].text)
        if not listed or (run and abs(region.box.left - run[-1].box.left) > 2 * run[-1].lines[0].box.height):
            finish()
        if listed:
            run.append(region)
        else:
            done.append(region)
    finish()
    return done


def _items(region: Region) -> list[Region]:
    items: list[list[Line]] = []
    for line in region.lines:
        if not items or _ITEM.match(line.text):
            items.append([line])
        else:
            items[-1].append(line)
    return [Region("LAYOUT_TEXT", box_of([w for line in item for w in line.words]), tuple(item)) for item in items]
