"""Bytes of text -> letters: what the bytes announce, else what fits them best, and then always marked as guessed.

The order is: a byte order mark, UTF-8 where the bytes are that (no other encoding is so by chance), escapes of
ISO-2022-JP, what the text itself declares, detection. Detection is charset-normalizer's among the encodings of the web;
where it sees no difference, the letters that languages write decide. No score of it bounds the error, so a guess is
always told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

MOST_LOOKED_AT: Final = 32 << 10
"""Bytes of lines beyond ASCII by which an encoding is guessed; more tell nothing new and cost time."""
_HEAD: Final = 2048
"""Bytes in which a declaration is looked for; browsers look into 1,024."""

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
MARKS: Final = tuple(mark for mark, _ in _MARKS)
_DECLARED = (
    re.compile(rb"""\A\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']"""),
    re.compile(rb"""<meta[^>]{0,300}?\bcharset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE),
)
_ESCAPES = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")

_WEB_NAMES = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
"""What senders mean by a name (WHATWG, "Encoding Standard", section 4.2): its superset of today."""
_NO_TEXT = frozenset(
    {"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7", "idna", "punycode"}
)
"""A declaration that can be read is none of the wide ones; the others are no encodings of documents."""

_LATIN = ("cp1254", "cp1252", "cp1250", "iso8859_2", "cp1257")
"""Turkish first: its own six letters are Icelandic's in cp1252, and an Icelandic text has others besides."""
_SCRIPTS = {
    "cp1251": "\u0400-\u052f",
    "cp1253": "\u0370-\u03ff",
    "cp1255": "\u0590-\u05ff",
    "koi8_r": "\u0400-\u052f",
    "cp866": "\u0400-\u052f",
    "cp1256": "\u0600-\u06ff",
    "cp874": "\u0e00-\u0e7f",
    "cp949": "\uac00-\ud7a3",
    "cp932": "\u3040-\u30ff\u4e00-\u9fff\uff66-\uff9f",
    "euc_jp": "\u3040-\u30ff\u4e00-\u9fff",
    "gb18030": "\u4e00-\u9fff",
    "big5": "\u4e00-\u9fff",
}
_KANA = re.compile("[\u3040-\u30ff\uff66-\uff9f]")
_LETTERS = {
    "cp1252": (
        "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíóúüñ", "áâãàçéêíóôõú", "åäöé", "æøåé", "àèéìòù", "áðéíóúýþæö", "ëéïóèü",
        "àçèéíïòóúü",
    ),
    "cp1250": ("áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "iso8859_2": ("áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "cp1254": ("çğıöşüâîû",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"),
}  # fmt: skip
"""Letters beyond ASCII of the languages that are written in an encoding, each for itself."""
_WITHIN_WORD = re.compile(r"(?<=[^\W\d_])[^\w\s'\u2019.\-&/@:,;()\u00ad](?=[^\W\d_])")
_BEYOND = re.compile(r"[^\W\d_]", re.UNICODE)
_FINAL_WITHIN = re.compile("[\u05da\u05dd\u05df\u05e3\u05e5](?=[\u05d0-\u05ea])")
SOUND: Final = 8
"""Letters of UTF-8 beyond ASCII for each wrong byte among them, from which on a text is taken for damaged UTF-8."""
_CLOSE: Final = 0.02
"""Of charset-normalizer's chaos: what lies closer together it cannot tell apart."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """``encoding`` is Python's name. ``guessed``: nothing told it. ``lost``: bytes that have no character in it."""

    text: str
    encoding: str
    guessed: bool = False
    lost: int = 0


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """``declared``: what something outside of the text says, such as a header of an e-mail; the text's own word else.

    Raises UnicodeDecodeError where a byte order mark announces what the bytes are not.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(data.decode(encoding), encoding)
    if _ESCAPES.search(data) and (text := _strict(data, "iso2022_jp_2")) is not None:
        return Decoded(text, "iso2022_jp_2")
    if (text := _strict(data, "utf-8")) is not None:
        return _wide(data) or Decoded(text, "utf-8")
    name = known(declared or _declaration(data[:_HEAD]))
    if name and (text := _strict(data, name)) is not None:
        return Decoded(text, name)
    return _wide(data) or _damaged(data) or _guessed(data)


def known(name: str | None) -> str | None:
    """Python's name of an encoding of text, None for anything else."""
    import codecs

    try:
        found = codecs.lookup(name or "").name
    except (LookupError, ValueError):
        return None
    found = _WEB_NAMES.get(found, found)
    return None if found in _NO_TEXT or not _is_of_text(found) else found


def _is_of_text(name: str) -> bool:
    """Python counts compression and the like among its codecs."""
    try:
        return isinstance(b"a".decode(name), str)
    except (LookupError, UnicodeError, ValueError):
        return False


def _declaration(head: bytes) -> str | None:
    found = next((match for pattern in _DECLARED if (match := pattern.search(head))), None)
    return found[1].decode("ascii") if found else None


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _wide(data: bytes) -> Decoded | None:
    """UTF-16 without a mark: in texts of most scripts every other byte is zero or nearly so."""
    sample = data[: 1 << 12]
    if len(sample) < 4 or sample.count(0) * 4 < len(sample) or len(data) % 2:
        return None
    encoding = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    text = _strict(data, encoding)
    return None if text is None or "\0" in text else Decoded(text, encoding, guessed=True)


def _damaged(data: bytes) -> Decoded | None:
    """UTF-8 with a few wrong bytes: cut within a letter, or with a line of another text in it. No other encoding makes
    many letters of UTF-8 by chance."""
    text = data.decode("utf-8", errors="replace")
    lost = text.count("\ufffd")
    return Decoded(text, "utf-8", guessed=True, lost=lost) if _beyond_ascii(text) - lost >= SOUND * lost else None


def _beyond_ascii(text: str) -> int:
    return sum(not letter.isascii() for letter in text)


def _guessed(data: bytes) -> Decoded:
    encoding = _likeliest(_sample(data))
    text = data.decode(encoding, errors="replace")
    return Decoded(text, encoding, guessed=True, lost=text.count("\ufffd"))


def _sample(data: bytes) -> bytes:
    """Lines that hold more than ASCII: only these tell one encoding from the other."""
    lines: list[bytes] = []
    room = MOST_LOOKED_AT
    for line in data.split(b"\n"):
        if not line.isascii():
            lines.append(line[:room])
            room -= len(line)
            if room <= 0:
                break
    return b"\n".join(lines)


def _likeliest(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    found = list(from_bytes(sample, cp_isolation=[*_LATIN, *_SCRIPTS], enable_fallback=False))
    if not found:
        return "cp1252"
    least = min(match.chaos for match in found)
    close = {match.encoding: match.coherence for match in found if match.chaos <= least + _CLOSE}
    if "cp1250" in close:
        # Left out by charset-normalizer as too much like another that it found.
        close |= {name: close["cp1250"] for name in _LATIN if name not in close and _strict(sample, name) is not None}
    order = [*_LATIN, *_SCRIPTS]
    best = max(close, key=lambda name: (_fit(sample, name), name not in _LATIN and close[name], -order.index(name)))
    return "cp1252" if best == "cp1254" and _strict(sample, "cp1252") == _strict(sample, best) else best


def _fit(sample: bytes, encoding: str) -> float:
    """How much of what an encoding makes of the bytes is letters that are written together, 0 to 1."""
    text = sample.decode(encoding, errors="replace")
    beyond = [letter for letter in _BEYOND.findall(text) if not letter.isascii()]
    strange = len(_WITHIN_WORD.findall(text))
    if not beyond:
        return 0.0
    fitting = _latin(encoding)(beyond) if encoding in _LATIN else _scripted(text, beyond, encoding)
    return round(fitting / (len(beyond) + strange), 2)


@cache
def _latin(encoding: str) -> Callable[[list[str]], int]:
    languages = [frozenset(letters + letters.upper()) for letters in _LETTERS[encoding]]
    return lambda beyond: max(sum(letter in language for letter in beyond) for language in languages)


def _scripted(text: str, beyond: list[str], encoding: str) -> int:
    pattern = re.compile(f"[{_SCRIPTS[encoding]}]")
    fitting = sum(pattern.match(letter) is not None for letter in beyond)
    # No language writes a sign of its own between two Latin letters.
    fitting -= 2 * len(re.findall(rf"(?<=[A-Za-z]){pattern.pattern}(?=[A-Za-z])", text))
    if encoding in ("cp932", "euc_jp") and len(beyond) > 8 and not _KANA.search(text):
        fitting //= 2
    if encoding == "cp1255":
        fitting -= len(_FINAL_WITHIN.findall(text))
    elif encoding == "cp1251" and not re.search("[\u0410-\u042f\u044b-\u044fё]", text):
        fitting -= 1  # no capital and none of the last five letters: more likely Hebrew in its own bytes
    return max(fitting, 0)
