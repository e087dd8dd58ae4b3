"""Sizes of PNG, GIF, BMP and TIFF files, and which varieties of them are closed, from their own headers.

A variety that is valid but has no decoder here is UnsupportedImage, told apart from a broken file: uploading it again
would not help.
"""

from __future__ import annotations

import struct
import zlib

from images.errors import DamagedImage, UnsupportedImage

Size = tuple[int, int]

_MOST_CHUNKS = 256
_MOST_PIECES = 65_536
"""Encoders cut pixels into pieces of 8 KB or more; more pieces than that many are no picture's."""
_OF_USE = frozenset({b"tRNS", b"eXIf"})
"""Chunks that readers may skip and that change the picture: what is transparent, which side is up."""
MOST_PROFILE_BYTES = 4_000_000
"""Of an ICC profile; the largest seen in use has 1.2 MB."""
_SAVE_AS = "save it as PNG or JPEG"


def png_size(data: bytes) -> Size:
    """Raises DamagedImage; UnsupportedImage for the variety that Apple's tools put into applications."""
    if data[12:16] == b"CgBI":
        raise UnsupportedImage("PNG files made for iOS applications are not read here; save it as a plain PNG.")
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise DamagedImage("The PNG is cut off or broken; upload it again.")
    return _positive("PNG", *struct.unpack_from(">II", data, 16))


def png_colours(data: bytes) -> tuple[int, int] | None:
    """Primaries and transfer of a ``cICP`` chunk, which stands before the pixels (PNG, third edition, 11.3.2.6)."""
    place = 33
    for _ in range(_MOST_CHUNKS):
        length, name = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if name == b"cICP" and length == 4 and len(data) >= place + 10:
            return data[place + 8], data[place + 9]
        if name in {b"IDAT", b""}:
            return None
        place += length + 12
    return None


def png_without_extras(data: bytes) -> tuple[bytes, bool]:
    """A PNG without its texts, times, sizes in print and whatever else no pixel depends on, and whether a colour
    profile was left out with them since it is broken or over MOST_PROFILE_BYTES.

    Their faults do not make a picture unreadable; readers skip them (PNG, third edition, 13.2).
    """
    kept, lost, place = [data[:8]], False, 8
    for _ in range(_MOST_PIECES):
        if place + 12 > len(data):
            break
        end = place + int.from_bytes(data[place : place + 4], "big") + 12
        name, chunk = data[place + 4 : place + 8], data[place:end]
        is_whole = chunk[-4:] == zlib.crc32(chunk[4:-4]).to_bytes(4, "big")
        if name == b"iCCP":
            lost = not (is_whole and _inflates(chunk[8:-4]))
        if _is_critical(name) or (is_whole and (name in _OF_USE or (name == b"iCCP" and not lost))):
            kept.append(chunk)
        place = end
    return b"".join(kept), lost


def _is_critical(name: bytes) -> bool:
    return not name[:1].islower()


def _inflates(profile: bytes) -> bool:
    """Of a name, a zero, the method and the compressed bytes."""
    method, compressed = profile.partition(b"\0")[2][:1], profile.partition(b"\0")[2][1:]
    reader = zlib.decompressobj()
    try:
        reader.decompress(compressed, MOST_PROFILE_BYTES)
    except zlib.error:
        return False
    return method == b"\0" and reader.eof


def gif_size(data: bytes) -> Size:
    """Of the screen that all frames lie on. Raises DamagedImage."""
    if len(data) < 13:
        raise DamagedImage("The GIF is cut off or broken; upload it again.")
    return _positive("GIF", *struct.unpack_from("<HH", data, 6))


# BMP (Microsoft: "Bitmap Header Types"; OS/2 headers differ in length)

_BMP_CORE, _BMP_HEADERS = 12, frozenset({40, 52, 56, 64, 108, 124})
_BMP_DEPTHS = frozenset({1, 4, 8, 16, 24, 32})
_RAW, _RUN_LENGTHS, _BITFIELDS = 0, frozenset({1, 2}), 3
_MASKS = {
    16: {(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)},
    24: {(0xFF0000, 0xFF00, 0xFF)},
    32: {
        (0xFF0000, 0xFF00, 0xFF),
        (0xFF000000, 0xFF0000, 0xFF00),
        (0xFF000000, 0xFF00, 0xFF),
        (0xFF, 0xFF00, 0xFF0000),
        (0, 0, 0),
    },
}
"""Red, green and blue in the places that Pillow has a way to unpack, by bits per pixel."""


def bmp_size(data: bytes) -> Size:
    """Raises DamagedImage; UnsupportedImage for run lengths, odd bit fields, and JPEG or PNG inside."""
    length = int.from_bytes(data[14:18], "little")
    if len(data) < 26 or len(data) < 14 + min(length, 124):
        raise DamagedImage("The BMP is cut off or broken; upload it again.")
    if length == _BMP_CORE:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = _RAW
    elif length in _BMP_HEADERS:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    else:
        raise UnsupportedImage(f"BMP files with a header of {length} bytes are not read here; {_SAVE_AS}.")
    if compression in _RUN_LENGTHS:
        raise UnsupportedImage("Run-length encoded BMP files are not read here; save the image as PNG.")
    if compression not in {_RAW, _BITFIELDS}:
        raise UnsupportedImage(f"BMP files of compression {compression} are not read here; {_SAVE_AS}.")
    if bits not in _BMP_DEPTHS:
        raise UnsupportedImage(f"BMP files with {bits} bits per pixel are not read here; {_SAVE_AS}.")
    if compression == _BITFIELDS and len(data) >= 66:
        masks = struct.unpack_from("<III", data, 54)
        if masks not in _MASKS.get(bits, set()):
            raise UnsupportedImage(f"BMP files with these bit fields are not read here; {_SAVE_AS}.")
    return _positive("BMP", width, abs(height))


# TIFF (TIFF 6.0, section 2; BigTIFF has addresses of eight bytes)

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLE_FORMAT = 256, 257, 258, 259, 262, 339
_SUBFILE, _SUB_DIRECTORIES, _DNG = 254, 330, 50706
_NUMBERS = {1: 1, 3: 2, 4: 4, 16: 8}
"""Bytes of the types that hold whole numbers: BYTE, SHORT, LONG, LONG8."""
_TIFF_COMPRESSIONS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34925, 50000})
"""That libtiff in Pillow's wheel decodes: none, CCITT, LZW, JPEG, deflate, packbits, LZMA, Zstandard."""
_CAMERA_PHOTOMETRICS = frozenset({32803, 34892})
_UNSIGNED = frozenset({1, 4})
_MOST_TAGS, _MOST_VALUES = 4096, 64


def tiff_size(data: bytes) -> Size:
    """Of the first image. Raises DamagedImage; UnsupportedImage for camera raw files and samples without a white."""
    tags = _tiff_tags(data)
    is_preview = bool(tags.get(_SUBFILE, (0,))[0] & 1) and _SUB_DIRECTORIES in tags
    photometric = tags.get(_PHOTOMETRIC, (1,))[0]
    if _DNG in tags or is_preview or photometric in _CAMERA_PHOTOMETRICS or data[8:10] == b"CR":
        raise UnsupportedImage("This is a camera's raw file, which is not read here; develop it, and save it as JPEG.")
    if _WIDTH not in tags or _HEIGHT not in tags:
        raise DamagedImage("The TIFF is cut off or broken; upload it again.")
    if not set(tags.get(_SAMPLE_FORMAT, (1,))) <= _UNSIGNED:
        raise _undefined("signed or floating-point numbers")
    if max(tags.get(_BITS, (1,))) > 16:
        raise _undefined("wider than 16 bits")
    compression = tags.get(_COMPRESSION, (1,))[0]
    if compression not in _TIFF_COMPRESSIONS:
        raise UnsupportedImage(f"TIFF files of compression {compression} are not read here; {_SAVE_AS}.")
    return _positive("TIFF", tags[_WIDTH][0], tags[_HEIGHT][0])


def _undefined(samples: str) -> UnsupportedImage:
    return UnsupportedImage(
        f"The image cannot be shown: its samples are {samples}, and nothing says which of them is white; save it with "
        "8 or 16 bits as grey or RGB."
    )


def _tiff_tags(data: bytes) -> dict[int, tuple[int, ...]]:
    """Whole numbers of the first directory, by tag."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in {b"+\x00", b"\x00+"}
    count_format, entry, address = (f"{order}Q", f"{order}HHQ", f"{order}Q") if big else (
        f"{order}H", f"{order}HHI", f"{order}I"
    )  # fmt: skip
    try:
        start = struct.unpack_from(address, data, 8 if big else 4)[0]
        count = struct.unpack_from(count_format, data, start)[0]
        place, found = start + struct.calcsize(count_format), {}
        for _ in range(min(count, _MOST_TAGS)):
            tag, kind, values = struct.unpack_from(entry, data, place)
            inline = place + struct.calcsize(entry)
            found[tag] = _values(data, order, kind, values, inline, address)
            place = inline + struct.calcsize(address)
    except (struct.error, OverflowError):
        raise DamagedImage("The TIFF is cut off or broken; upload it again.") from None
    return {tag: numbers for tag, numbers in found.items() if numbers}


def _values(data: bytes, order: str, kind: int, count: int, inline: int, address: str) -> tuple[int, ...]:
    width = _NUMBERS.get(kind)
    if width is None or not count:
        return (1,) if count else ()  # that the tag is there is all that is asked of it
    count = min(count, _MOST_VALUES)
    place = inline if width * count <= struct.calcsize(address) else struct.unpack_from(address, data, inline)[0]
    raw = data[place : place + width * count]
    code = {1: "B", 2: "H", 4: "I", 8: "Q"}[width]
    return struct.unpack_from(f"{order}{len(raw) // width}{code}", raw)


def _positive(kind: str, *sides: int) -> Size:
    if not all(side > 0 for side in sides):
        raise DamagedImage(f"The {kind} says that it has no pixels; save the image anew.")
    width, height = sides
    return width, height
