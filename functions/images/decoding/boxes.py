"""AVIF and HEIC: which of the two a file is, and its size, from the boxes of its container without a decoder.

A file's first brand does not tell: AVIF files may begin with ``mif1``, ``miaf`` or ``MA1B`` as HEIC files do. What the
primary item was coded with does (ISO 14496-12; ISO 23008-12, sections 6 and 9; AV1 Image File Format, section 2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_FULL_BOX = 4
"""Bytes of version and flags before what a full box holds."""
_CODECS = {b"av1C": "AVIF", b"hvcC": "HEIC", b"lhvC": "HEIC", b"avcC": "HEIC", b"vvcC": "HEIC", b"j2kH": "HEIC"}
"""Configuration of the decoder that an item needs. All but the first are closed here, and what to do is the same."""
_BRANDS = dict.fromkeys((b"avif", b"avis"), "AVIF") | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"), "HEIC"
)
_MOST_BOXES = 4096


@dataclass(frozen=True, slots=True)
class Container:
    """What the boxes of a file say about its primary image."""

    brands: tuple[bytes, ...]
    """The major one first, then the compatible ones."""
    kind: str | None
    """AVIF or HEIC; None where the file is of neither."""
    size: tuple[int, int] | None
    """Of the primary image before it is cropped or turned; None where no box tells it, or no item is the primary."""
    coded: tuple[tuple[int, int], ...] = ()
    """Places in the file of all data of items, first and behind the last byte; empty where they are not in the file."""
    areas: int = 0
    """Pixels of all items together: tiles, alpha and thumbnails too."""
    colours: tuple[int, int] | None = None
    """Primaries and transfer of the primary image (ITU-T H.273), where numbers tell them."""
    is_film: bool = False
    """Whether there is a track of frames in it."""


def read_container(data: bytes) -> Container | None:
    """The container; None where ``data`` do not begin with a file type box that is whole."""
    top = dict(_boxes(data, 0, len(data)))
    if b"ftyp" not in top or data[4:8] != b"ftyp":
        return None
    start, end = top[b"ftyp"]
    if end - start < 8:
        return None
    brands = (data[start : start + 4], *(data[place : place + 4] for place in range(start + 8, end - 3, 4)))
    properties = _primary_properties(data, *top[b"meta"]) if b"meta" in top else []
    coded = next((_CODECS[name] for name, _, _ in properties if name in _CODECS), None)
    branded = next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)
    size = _size(data, properties)
    if b"meta" not in top:
        return Container(brands, coded or branded, None, is_film=b"moov" in top)
    inside = dict(_boxes(data, top[b"meta"][0] + _FULL_BOX, top[b"meta"][1]))
    places = _places(data, inside[b"iloc"], inside.get(b"idat")) if b"iloc" in inside else []
    known = size if b"pitm" in inside else None
    return Container(brands, coded or branded, known, tuple(places), _areas(data, inside), _colours(data, properties))


def _colours(data: bytes, properties: list[tuple[bytes, int, int]]) -> tuple[int, int] | None:
    for name, start, end in properties:
        if name == b"colr" and data[start : start + 4] == b"nclx" and end - start >= 8:
            primaries, transfer = struct.unpack_from(">HH", data, start + 4)
            return primaries, transfer
    return None


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Name and place of what each box between two places holds, as far as they are whole."""
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        length, name = struct.unpack_from(">I4s", data, start)
        header = 8
        if length == 1 and start + 16 <= end:
            length, header = struct.unpack_from(">Q", data, start + 8)[0], 16
        elif length == 0:
            length = end - start
        if length < header or start + length > end:
            return
        yield name, (start + header, start + length)
        start += length


def _primary_properties(data: bytes, start: int, end: int) -> list[tuple[bytes, int, int]]:
    """Those of the primary item; every one of the file where nothing tells which item that is, or it is a grid.

    The tiles of a grid have the codec, the grid the size: it is the larger one.
    """
    inside = dict(_boxes(data, start + _FULL_BOX, end))
    if b"iprp" not in inside:
        return []
    folder = dict(_boxes(data, *inside[b"iprp"]))
    if b"ipco" not in folder:
        return []
    known = [(name, first, last) for name, (first, last) in _boxes(data, *folder[b"ipco"])]
    if b"pitm" in inside and b"ipma" in folder:
        primary = _number(data, inside[b"pitm"][0])
        numbers = _associations(data, *folder[b"ipma"]).get(primary, [])
        own = [known[number - 1] for number in numbers if 0 < number <= len(known)]
        if any(name in _CODECS for name, _, _ in own):
            return own
    return known


def _number(data: bytes, start: int) -> int:
    """An item's number in a ``pitm`` box: two bytes, in its version 1 four."""
    width = 4 if data[start : start + 1] != b"\x00" else 2
    return int.from_bytes(data[start + _FULL_BOX : start + _FULL_BOX + width], "big")


def _associations(data: bytes, start: int, end: int) -> dict[int, list[int]]:
    """Numbers of properties by item (``ipma``; ISO 23008-12, section 9.3)."""
    found: dict[int, list[int]] = {}
    wide_item = data[start : start + 1] != b"\x00"
    wide_property = bool(data[start + 3] & 1) if start + 3 < end else False
    place, item_bytes, property_bytes = start + 8, 4 if wide_item else 2, 2 if wide_property else 1
    for _ in range(min(_MOST_BOXES, int.from_bytes(data[start + 4 : start + 8], "big"))):
        if place + item_bytes + 1 > end:
            break
        item = int.from_bytes(data[place : place + item_bytes], "big")
        count = data[place + item_bytes]
        place += item_bytes + 1
        mask = 0x7FFF if wide_property else 0x7F  # the highest bit says that a reader must know the property
        found[item] = [
            int.from_bytes(data[at : at + property_bytes], "big") & mask
            for at in range(place, min(end, place + count * property_bytes), property_bytes)
        ]
        place += count * property_bytes
    return found


def _places(data: bytes, location: tuple[int, int], inner: tuple[int, int] | None) -> list[tuple[int, int]]:
    """Of every item's data (``iloc``; ISO 14496-12, section 8.11.3). Those in another file have none."""
    reader = _Reader(data, *location)
    version = reader.number(1)
    reader.number(3)
    sizes = reader.number(2)
    offset_bytes, length_bytes, base_bytes = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_bytes = sizes & 15 if version else 0
    found = []
    for _ in range(min(_MOST_BOXES, reader.number(4 if version == 2 else 2))):
        reader.number(4 if version == 2 else 2)
        method = reader.number(2) & 15 if version else 0
        reader.number(2)
        base = reader.number(base_bytes) + (inner[0] if method == 1 and inner else 0)
        for _ in range(min(_MOST_BOXES, reader.number(2))):
            reader.number(index_bytes)
            start, length = base + reader.number(offset_bytes), reader.number(length_bytes)
            found.append((start, start + length if length else len(data)))
        if reader.place > location[1]:
            break
    return found


class _Reader:
    """Numbers one after the other; behind the end they are zero."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data, self._end, self.place = data, end, start

    def number(self, width: int) -> int:
        self.place += width
        return int.from_bytes(self._data[self.place - width : min(self._end, self.place)], "big")


def _areas(data: bytes, inside: dict[bytes, tuple[int, int]]) -> int:
    """Pixels of every item that has a size; items may share the property that tells it."""
    if b"iprp" not in inside:
        return 0
    folder = dict(_boxes(data, *inside[b"iprp"]))
    if not {b"ipco", b"ipma"} <= set(folder):
        return 0
    known = [(name, first, last) for name, (first, last) in _boxes(data, *folder[b"ipco"])]
    sizes = [
        _size(data, [known[number - 1] for number in numbers if 0 < number <= len(known)])
        for numbers in _associations(data, *folder[b"ipma"]).values()
    ]
    return sum(size[0] * size[1] for size in sizes if size)


def _size(data: bytes, properties: list[tuple[bytes, int, int]]) -> tuple[int, int] | None:
    sizes = [
        struct.unpack_from(">II", data, start + _FULL_BOX)
        for name, start, end in properties
        if name == b"ispe" and end - start >= _FULL_BOX + 8
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)
