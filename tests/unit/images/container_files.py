"""Containers with any brands and boxes, and files of kinds that are closed: made from their headers, without pixels."""

from __future__ import annotations

import struct


def box(name: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return struct.pack(">I4s", len(body) + 8, name) + body


def full_box(name: bytes, *contents: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, bytes([version]) + flags.to_bytes(3, "big"), *contents)


def still(
    major: bytes,
    compatible: tuple[bytes, ...],
    properties: list[bytes],
    *,
    primary: int = 1,
    associations: dict[int, list[int]] | None = None,
    wide: bool = False,
    coded: bytes = bytes(64),
) -> bytes:
    """An ISO 23008-12 file; without ``associations`` every property is of item 1. ``wide``: long numbers everywhere."""
    associations = associations or {1: list(range(1, len(properties) + 1))}
    item, number = (">I", ">H") if wide else (">H", ">B")
    listed = b"".join(
        struct.pack(item, name) + bytes([len(numbers)]) + b"".join(struct.pack(number, each) for each in numbers)
        for name, numbers in associations.items()
    )
    meta = full_box(
        b"meta",
        full_box(b"hdlr", bytes(4) + b"pict" + bytes(13)),
        full_box(b"pitm", struct.pack(item, primary), version=int(wide)),
        full_box(b"iloc", struct.pack(">HHHHHHII", 0x4400, 1, 1, 1, 0, 1, 0, len(coded)), version=1),
        box(b"idat", coded),
        box(
            b"iprp",
            box(b"ipco", *properties),
            full_box(b"ipma", struct.pack(">I", len(associations)), listed, version=int(wide), flags=int(wide)),
        ),
    )
    return box(b"ftyp", major, bytes(4), *compatible) + meta


def size_property(width: int, height: int) -> bytes:
    return full_box(b"ispe", struct.pack(">II", width, height))


HEVC, AV1 = box(b"hvcC", b"\x01" + bytes(22)), box(b"av1C", b"\x81\x00\x0c\x00")
HEIC = still(b"mif1", (b"mif1", b"heic"), [HEVC, size_property(64, 48)])


def relabelled(avif: bytes, major: bytes) -> bytes:
    """The same AVIF with another brand in front."""
    return avif[:8] + major + avif[12:]


def av1_header(width: int, height: int, *, reduced: bool = True) -> bytes:
    """A sequence header unit, as far as the sides (AV1 Bitstream Specification, section 5.5.1); nothing follows."""
    bits = "000" + "1" + ("1" + "00000" if reduced else "0" + "0" + "0" + "00000" + "0" * 12 + "00000")
    bits += f"{15:04b}{15:04b}{width - 1:016b}{height - 1:016b}"
    bits = bits.ljust(-(-len(bits) // 8) * 8 + 16, "0")
    payload = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return b"\x12\x00" + bytes([0x0A, len(payload)]) + payload


def lying_avif(coded: tuple[int, int], said: tuple[int, int], *, reduced: bool = True) -> bytes:
    """Its boxes say one size, its data another."""
    properties = [AV1, size_property(*said)]
    return still(b"avif", (b"mif1", b"miaf"), properties, coded=av1_header(*coded, reduced=reduced))


def bmp(bits: int, *, compression: int = 0, masks: tuple[int, int, int] | None = None, header: int = 40) -> bytes:
    """8 x 8 black pixels."""
    extra = struct.pack("<III", *masks) if masks else b""
    palette = bytes(4 * (1 << bits)) if bits <= 8 else b""
    start = 14 + header + len(extra) + len(palette)
    rows = bytes(8 * 4 * -(-8 * bits // 32))
    info = struct.pack("<IiiHHIIiiII", header, 8, 8, 1, bits, compression, len(rows), 0, 0, 0, 0)[:header]
    return (
        b"BM"
        + struct.pack("<IHHI", start + len(rows), 0, 0, start)
        + info.ljust(header, b"\x00")
        + extra
        + palette
        + rows
    )


def tiff(tags: dict[int, tuple[int, ...]], *, order: str = "<", big: bool = False) -> bytes:
    """An 8 x 8 grey TIFF whose directory is changed by ``tags`` (all LONG; in BigTIFF too)."""
    entries = {
        256: (8,),
        257: (8,),
        258: (8,),
        259: (1,),
        262: (1,),
        273: (0,),
        277: (1,),
        278: (8,),
        279: (64,),
        **tags,
    }
    head, address, count, entry = (16, "Q", "Q", "HHQ") if big else (8, "I", "H", "HHI")
    width = struct.calcsize(address)
    directory = head + 64
    values_at = directory + struct.calcsize(f"<{count}") + len(entries) * struct.calcsize(f"<{entry}{address}") + width
    entries[273] = (head,)
    written, values = struct.pack(f"{order}{count}", len(entries)), b""
    for tag, numbers in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(numbers)}I", *numbers)
        if len(packed) <= width:
            inline = packed.ljust(width, b"\x00")
        else:
            inline = struct.pack(f"{order}{address}", values_at + len(values))
            values += packed
        written += struct.pack(f"{order}{entry}", tag, 4, len(numbers)) + inline
    mark = {"<": b"II", ">": b"MM"}[order]
    version = struct.pack(f"{order}HHH", 43, 8, 0) if big else struct.pack(f"{order}H", 42)
    return mark + version + struct.pack(f"{order}{address}", directory) + bytes(64) + written + bytes(width) + values
