"""Where a text may be cut so that the cut is not heard: at a sentence end, else at a clause, else at a space.

Not a grammar of any language: a few rules that hold for the scripts Polly speaks, and that rather miss a sentence end
than invent one in the middle of "Dr. Weber" or "z. B.".
"""
# ruff: noqa: RUF001  (the quotation marks and full stops of other scripts are meant as they stand)

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise

SHORT = 10
"""Letters, digits and symbols from which a sentence stands alone: "Das war alles." does, "Er kam." does not."""
WIDE_WEIGHT = 3
"""What one ideograph or syllable of East Asian scripts counts: about as much is said with it as with three letters."""

_CLOSING = "\"'”’»“‘«›)\\]}」』）】〉》"
_OPENING = "\"'“‘«»„‚‹›(\\[{¿¡「『（【〈《–—-"
# Looking behind for the same characters, and never giving any back, keeps these linear in rows of thousands of marks.
_SENTENCE_END = re.compile(
    rf"(?<![.!?…؟۔।॥])[.!?…؟۔।॥]++[{_CLOSING}]*+\s+"  # scripts that put a space after a sentence
    rf"|(?<![。！？｡])[。！？｡]++[{_CLOSING}]*+\s*"  # scripts that do not
)
_CLAUSE_END = re.compile(rf"(?<![,;:–—،؛])[,;:–—،؛]++[{_CLOSING}]*+\s+|[、，；：]+\s*")
_OPENING_MARKS = re.compile(f"[{_OPENING}]*")
_SPACE = re.compile(r"\s+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_LAST_WORD = re.compile(r"[^\s(\[„“\"«»]*\Z")

_ABBREVIATIONS = (
    # Titles and references
    "adm capt col dr drs eng fr gen gov hon ing insp jr lt maj mag messrs mgr mlle mme mr mrs ms nos nr op pp prof "
    "rep rev sen sgt sr sra srta st ste str vol vs fig figs tab kap art abs aufl bd ed eds hrsg "
    # German
    "bspw bzw ca dgl dipl etc evtl exkl frl ggf geb gest hl inkl insb jh jhd lfd max min mio mrd mwst sog std tel "
    "tsd u ua usf usw vgl zb zzgl "
    # French, Spanish, Italian, Portuguese, Dutch, Scandinavian, Polish, Czech
    "av bld boul cf ch env ex qqch qqn apdo avda dña dpto ej excmo núm pág págs sig ud uds dott ecc gent pag "
    "dra exmo sra bijv blz dhr evt enz mevr mw bl kl osv resp dvs tj tzn np ul mgr inż "
    # English
    "approx assn ave blvd co corp dept dist est inc ltd mt univ jan feb mar apr jun jul aug sep sept oct nov dec pm"
)
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())


def sentence_ends(text: str) -> list[int]:
    """Positions at which a new sentence begins, in order; never 0, never the end of ``text``."""
    return [
        match.end()
        for match in _SENTENCE_END.finditer(text)
        if match.end() < len(text) and _ends_sentence(text, match.start(), match.end())
    ]


def groups(text: str) -> list[str]:
    """``text`` cut at sentence ends; the pieces' concatenation is ``text`` again, character by character.

    A very short sentence goes with the one that follows, and at the end of the text with the one before: "Oh." spoken
    alone has the melody of a whole statement. Whether there is a cut behind a sentence depends on that sentence alone
    (and on the short ones that end the text), so an edit moves no cut elsewhere.
    """
    parts: list[str] = []
    joined = ""
    for sentence in _sentences(text):
        joined += sentence
        if not _is_short(sentence):
            parts.append(joined)
            joined = ""
    if not joined:
        return parts
    if parts and _is_short(joined):
        return [*parts[:-1], parts[-1] + joined]
    return [*parts, joined]


def split(text: str, reach: Callable[[int], int]) -> list[str]:
    """Cut ``text`` into pieces that fit; their concatenation is ``text`` again, character by character.

    ``reach(start)`` gives the largest end of a piece that begins at ``start``, always beyond it. Within that reach
    the last sentence end is taken, else the last end of a clause, else the last space, else the text is cut hard,
    though not between a letter and the marks that belong to it.
    """
    pieces = []
    start = 0
    cuts: list[list[int]] | None = None
    while (end := reach(start)) < len(text):
        if cuts is None:
            cuts = [sentence_ends(text), _ends(_CLAUSE_END, text), _ends(_SPACE, text)]
        end = _best_cut(cuts, start, end) or _whole_character(text, start, end)
        pieces.append(text[start:end])
        start = end
    pieces.append(text[start:])
    return pieces


def _sentences(text: str) -> list[str]:
    positions = [0, *sentence_ends(text), len(text)]
    return [text[start:end] for start, end in pairwise(positions) if start < end]


def _is_short(sentence: str) -> bool:
    weight = 0
    for character in sentence:
        if unicodedata.category(character)[0] in "LNS":
            weight += WIDE_WEIGHT if unicodedata.east_asian_width(character) in "WF" else 1
            if weight >= SHORT:
                return False
    return True


def _best_cut(cuts: list[list[int]], start: int, end: int) -> int | None:
    for positions in cuts:
        index = bisect_right(positions, end)
        if index and positions[index - 1] > start:
            return positions[index - 1]
    return None


def _ends(pattern: re.Pattern[str], text: str) -> list[int]:
    return [match.end() for match in pattern.finditer(text)]


def _whole_character(text: str, start: int, end: int) -> int:
    """The nearest position before ``end`` that does not tear a mark or a joined emoji off its base."""
    for position in range(end, max(start, end - 32), -1):
        if not _continues(text, position):
            return position
    return end


def _continues(text: str, position: int) -> bool:
    joiner = "\u200d"
    return unicodedata.category(text[position])[0] == "M" or joiner in (text[position], text[position - 1])


def _ends_sentence(text: str, start: int, end: int) -> bool:
    first = _OPENING_MARKS.match(text, end)
    following = text[first.end() : first.end() + 1] if first else ""
    if text[start] in "。！？｡":
        return True
    if following.islower():
        return False  # "3 p.m. on", "... and then": whatever follows goes on with the sentence
    if text[start] != "." or text[start : start + 2] == "..":
        return True
    found = _LAST_WORD.search(text, max(0, start - 40), start)
    word = found.group().lower() if found else ""
    if _INITIALS.fullmatch(word):
        return False  # an initial, "z. B.", "U.S."
    if word.isdigit() and len(word) <= 2:
        return False  # an ordinal in many languages: "am 3. Oktober"
    return word not in ABBREVIATIONS
