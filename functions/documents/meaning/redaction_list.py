"""What a list says is to be hidden, beside the kinds that Comprehend finds: words, and patterns that cannot run away.

``settings/redaction.json`` in the summaries bucket, which an operator puts there and no document can::

    {"words": ["Project Falcon", "4711"], "patterns": [{"name": "CASE", "pattern": "[A-Z]{2}-[0-9]{6,8}"}]}

Words are found whole, in small and capital letters, with and without accents, in wide and narrow forms, with whatever
dashes and apostrophes, over blanks, signs that do not show (soft hyphens) and the ends of lines, where a word may be
divided. In scripts that put no blanks between words, or endings behind them (Chinese, Japanese, Korean, Thai), a word
is found within others. Patterns are those of Rust's ``regex`` crate: its time grows with the text and the pattern
alone, whatever they are, for it knows no look-around and no back-references. A pattern looks at one line at a time, and
its longest find is hidden.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from common.objects import Bucket
from documents import keys
from documents.errors import RedactionListInvalid
from documents.model import Secret

MOST_BYTES: Final = 262_144
MOST_WORDS: Final = 5_000
MOST_PATTERNS: Final = 100
MOST_LETTERS: Final = 200
"""Of a word, of a pattern, and of one find of a pattern."""
MOST_FINDS: Final = 500
"""Of one pattern in one line."""

WORD: Final = "LISTED"
"""Type of a secret that a word gave."""

_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        "\u2212": "-",
        "\u00f8": "o",
        "\u0142": "l",
        "\u0111": "d",
        "\u00f0": "d",
        "\u0131": "i",
        "\u00e6": "ae",
        "\u0153": "oe",
        "\u00fe": "th",
    }
)
"""Signs that are written for one another, and letters that no normal form takes apart (o and l with a stroke)."""
_SOFT_HYPHEN: Final = "\u00ad"
Matches = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Pattern:
    """``anywhere`` in a text, ``begins`` with it, or is it ``whole``."""

    name: str
    anywhere: Matches
    begins: Matches
    whole: Matches


@dataclass(frozen=True, slots=True)
class RedactionList:
    """``tag`` changes with the list, so that what was made of an older one is made anew; empty without a list."""

    words: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    tag: str = ""


@cache
def _running_on() -> re.Pattern[str]:
    """Letters of Thai, Lao, Burmese, Khmer, Japanese and Chinese, which put no blanks between words, and of Korean
    (taken apart, as NFKD does), which puts endings behind them. Most stacks have no list, and compile nothing."""
    return re.compile(
        "[\u1100-\u11ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
        "\uf900-\ufaff\U00020000-\U0003ffff]"
    )


def of(bucket: Bucket) -> RedactionList:
    """The list that lies in the summaries bucket now, an empty one where there is none.

    Raises RedactionListInvalid: nothing is shown before it is mended.
    """
    place = keys.REDACTION_LIST
    seen = bucket.head(place)
    if seen is not None and seen.size > MOST_BYTES:
        raise _invalid(f"has more than {MOST_BYTES:,} bytes; make it shorter")
    found = bucket.get(place) if seen is not None else None
    return RedactionList() if found is None else read(found.body, found.etag)


def read(body: bytes, tag: str = "") -> RedactionList:
    """A list as a person wrote it. Raises RedactionListInvalid with what to change."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"is no JSON: {error}") from error
    if not isinstance(document, Mapping) or document.keys() - {"words", "patterns"}:
        raise _invalid('must be {"words": [...], "patterns": [...]} and nothing else')
    words, patterns = document.get("words", []), document.get("patterns", [])
    if not isinstance(words, list) or not isinstance(patterns, list):
        raise _invalid("must have lists for words and patterns")
    if len(words) > MOST_WORDS or len(patterns) > MOST_PATTERNS:
        raise _invalid(f"may have {MOST_WORDS:,} words and {MOST_PATTERNS} patterns")
    return RedactionList(tuple(map(_word, words)), tuple(map(_pattern, patterns)), tag)


def secrets(lines: Sequence[str], wanted: RedactionList) -> list[Secret]:
    """Every find of the list, one for each line that it touches."""
    found = [Secret(WORD, *place, 1.0) for place in _words_in(lines, wanted.words)]
    for number, line in enumerate(lines):
        for pattern in wanted.patterns:
            finds = dict.fromkeys([*_finds(line, pattern), *_finds_as_shown(line, pattern)])
            found += (Secret(pattern.name, number, start, end, 1.0) for start, end in finds)
    return found


def _word(word: Any) -> str:
    folded = "".join(letter for letter, _ in _folded(word)) if isinstance(word, str) else ""
    if not folded.strip() or len(word) > MOST_LETTERS:
        raise _invalid(f"has a word that is empty, no text or longer than {MOST_LETTERS} letters: {str(word)[:40]!r}")
    return " ".join(folded.split())


def _pattern(entry: Any) -> Pattern:
    name, pattern = (entry.get("name"), entry.get("pattern")) if isinstance(entry, Mapping) else (None, None)
    if not (isinstance(name, str) and name.isidentifier() and name.isupper() and len(name) <= 40):
        raise _invalid(f'needs a name in capital letters for each pattern, such as "CASE", not {str(name)[:40]!r}')
    if not (isinstance(pattern, str) and 0 < len(pattern) <= MOST_LETTERS):
        raise _invalid(f"needs a pattern of 1 to {MOST_LETTERS} letters for {name}")
    try:
        made = Pattern(name, *(_matcher(form.format(pattern)) for form in ("(?:{})", r"\A(?:{})", r"\A(?:{})\z")))
    except Exception as error:  # pydantic's SchemaError, which is no ValueError
        raise _invalid(f"has a pattern that cannot be used ({name}): {str(error)[:300]}") from error
    if made.whole(""):
        raise _invalid(f"has a pattern that finds nothing everywhere ({name}); let it need a letter at least")
    return made


def _matcher(pattern: str) -> Matches:
    from pydantic_core import SchemaValidator, core_schema

    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")).isinstance_python


def _finds(line: str, pattern: Pattern) -> Iterator[tuple[int, int]]:
    """From left to right, each as long as it can be; most lines have none, and cost one look.

    The whole line where there is more than that: a find longer than ``MOST_LETTERS``, or more than ``MOST_FINDS``.
    """
    if not pattern.anywhere(line):
        return
    found: list[tuple[int, int]] = []
    start, left = 0, line
    while start < len(line) and len(found) <= MOST_FINDS:
        piece = line[start : start + MOST_LETTERS]
        if pattern.begins(piece):
            end = start + next((end for end in range(len(piece), 0, -1) if pattern.whole(piece[:end])), 1)
            found.append((start, end))
            left = left[:start] + " " * (end - start) + left[end:]
            start = end
        else:
            start += 1
    yield from [(0, len(line))] if pattern.anywhere(left) else found


def _finds_as_shown(line: str, pattern: Pattern) -> Iterator[tuple[int, int]]:
    """In the line as a reader sees it: without what shows nothing, with one kind of dash, blank and digit."""
    if line.isascii():
        return
    shown = [(letter, place) for place, each in enumerate(line) for letter in _as_shown(each)]
    text = "".join(letter for letter, _ in shown)
    if text != line:
        for start, end in _finds(text, pattern):
            yield shown[start][1], shown[end - 1][1] + 1


def _as_shown(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind in {"Cf", "Mn"} and not unicodedata.normalize("NFKC", letter).isspace():
        return ""
    if kind == "Pd" or letter == "\u2212":
        return "-"
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    return " " if letter.isspace() else unicodedata.normalize("NFKC", letter)


def _words_in(lines: Sequence[str], words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Line, start and end of each part of each find, all lines being one text with single blanks; and once more with
    words put together again that the end of a line divides, where there are any."""
    texts = _texts(lines) if words else ()
    found = (part for text, places in texts for word in words for part in _finds_of(word, text, places))
    yield from dict.fromkeys(found)


def _finds_of(word: str, text: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (_joins(text, at) or _joins(text, end)):
            yield from _parts(places[at:end])
        at = text.find(word, at + 1)


def _texts(lines: Sequence[str]) -> Iterator[tuple[str, Sequence[tuple[int, int]]]]:
    """Texts to look into, with line and place of each of their letters: as it stands, and where a line may end within
    a word also without its end, and without the hyphen there."""
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    ends: set[int] = set()
    hyphens: set[int] = set()
    for number, line in enumerate(lines):
        for letter, place in (*_folded(line), (" ", len(line))):
            if letter != " " or (letters and letters[-1] != " "):
                letters.append(letter)
                places.append((number, place))
        last = letters[-2] if len(letters) > 1 else " "
        if last == "-" or _running_on().match(last) or line.rstrip().endswith(_SOFT_HYPHEN):
            ends.add(len(letters) - 1)
            hyphens |= {len(letters) - 2} if last == "-" else set()
    for left_out in (set(), ends, ends | hyphens)[: 1 + bool(ends) + bool(hyphens)]:
        kept = [at for at in range(len(letters)) if at not in left_out]
        yield "".join(letters[at] for at in kept), [places[at] for at in kept]


def _parts(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    by_line: dict[int, list[int]] = {}
    for number, place in places:
        by_line.setdefault(number, []).append(place)
    for number, found in by_line.items():
        yield number, found[0], found[-1] + 1


def _folded(text: str) -> Iterator[tuple[str, int]]:
    """Letters as they are compared, with the place of the letter that each comes from."""
    for place, letter in enumerate(text):
        for folded in unicodedata.normalize("NFKD", letter).casefold().translate(_ALIKE):
            kind = unicodedata.category(folded)
            if kind != "Cf" and not unicodedata.combining(folded):  # Cf: soft hyphens, joiners, marks of direction
                yield (" " if folded.isspace() else "-" if kind == "Pd" else folded), place


def _joins(text: str, at: int) -> bool:
    """Whether a word goes on over this place."""
    if not 0 < at < len(text) or _running_on().match(text[at - 1]) or _running_on().match(text[at]):
        return False
    return text[at - 1].isalnum() and text[at].isalnum()


def _invalid(what: str) -> RedactionListInvalid:
    return RedactionListInvalid(f"{keys.REDACTION_LIST} in the summaries bucket {what}; then redrive.")
