"""OLE compound files ([MS-CFB]) made by hand, and Outlook's messages in them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
CUTOFF = 4096

Tree = Mapping[str, Any]
"""Names to bytes (streams) or to further trees (storages)."""


def compound(tree: Tree) -> bytes:
    """Every stream is padded beyond the cutoff of small ones, its true size kept where it is larger than that."""
    entries: list[list[Any]] = [["Root Entry", 5, FREE, FREE, FREE, b""]]
    _add(entries, 0, tree)
    sectors: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        first = len(sectors)
        count = -(-len(data) // SECTOR)
        for number in range(count):
            sectors.append(data[number * SECTOR : (number + 1) * SECTOR].ljust(SECTOR, b"\0"))
            fat.append(first + number + 1 if number + 1 < count else END)
        return first if count else END

    mini = bytearray()
    minifat: list[int] = []
    places: list[tuple[int, int]] = []
    for entry in entries:
        data = entry[5]
        if entry[1] != 2:
            places.append((0, 0))
        elif len(data) >= CUTOFF:
            places.append((put(data), len(data)))
        else:
            first, count = len(minifat), max(1, -(-len(data) // 64))
            minifat += [first + number + 1 if number + 1 < count else END for number in range(count)]
            mini += data.ljust(count * 64, b"\0")
            places.append((first, len(data)))
    places[0] = (put(bytes(mini)) if mini else END, len(mini))
    minifat_start = put(struct.pack(f"<{len(minifat)}I", *minifat).ljust(SECTOR, b"\xff")) if minifat else END
    directory = b"".join(_entry(entry, place) for entry, place in zip(entries, places, strict=True))
    empty = _entry(["", 0, FREE, FREE, FREE, b""], (0, 0))
    directory += empty * (-len(entries) % 4)
    directory_start = put(directory)
    fats = 1
    while fats * (SECTOR // 4) < len(sectors) + fats:
        fats += 1
    fat_places = [len(sectors) + number for number in range(fats)]
    fat += [FAT] * fats
    fat += [FREE] * (fats * SECTOR // 4 - len(fat))
    table = struct.pack(f"<{len(fat)}I", *fat)
    sectors += [table[n * SECTOR : (n + 1) * SECTOR] for n in range(fats)]
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\0" * 16, 0x3E, 3, 0xFFFE, 9, 6, 0, fats,
        directory_start, 0, CUTOFF, minifat_start, -(-len(minifat) * 4 // SECTOR), END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *(fat_places + [FREE] * (109 - fats)))
    return header + b"".join(sectors)


def _add(entries: list[list[Any]], parent: int, tree: Tree) -> None:
    """Children as a chain to the right: readers that only walk need no balance."""
    names = sorted(tree, key=lambda name: (len(name), name.upper()))
    before = None
    for name in names:
        inner = tree[name]
        storage = isinstance(inner, Mapping)
        entries.append([name, 1 if storage else 2, FREE, FREE, FREE, b"" if storage else inner])
        here = len(entries) - 1
        if before is None:
            entries[parent][4] = here
        else:
            entries[before][3] = here
        before = here
        if storage:
            _add(entries, here, inner)


def _entry(entry: Sequence[Any], place: tuple[int, int]) -> bytes:
    name = (entry[0] + "\0").encode("utf-16-le") if entry[0] else b""
    return struct.pack(
        "<64sHBBIII16sIQQIQ", name, len(name), entry[1], 1, entry[2], entry[3], entry[4], b"\0" * 16, 0, 0, 0, *place
    )


def text(number: str, value: str) -> dict[str, bytes]:
    return {f"__substg1.0_{number}001F": value.encode("utf-16-le")}


def properties(numbers: Mapping[int, int], header: int = 32) -> dict[str, bytes]:
    rows = b"".join(struct.pack("<IIQ", tag << 16, 6, value) for tag, value in numbers.items())
    return {"__properties_version1.0": b"\0" * header + rows}


def attachment(name: str, data: bytes, kind: str = "application/pdf") -> dict[str, Any]:
    return {**properties({}, 8), **text("3707", name), **text("370E", kind), "__substg1.0_37010102": data}


def message(*parts: Tree, attachments: Sequence[Tree] = (), numbers: Mapping[int, int] | None = None) -> dict[str, Any]:
    tree: dict[str, Any] = dict(properties(numbers or {}))
    for part in parts:
        tree |= part
    for number, each in enumerate(attachments):
        tree[f"__attach_version1.0_#{number:08X}"] = each
    return tree
