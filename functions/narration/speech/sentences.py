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
# “ ends a quotation in German and begins one in Chinese.
_WIDE_CLOSING = "\"'”’»›)\\]}」』）】〉》"
_WIDE_OPENING = '"“‘«‹(\\[{「『（【〈《—'
_WIDE_ENDS = "。！？｡"
# Looking behind for the same characters, and never giving any back, keeps these linear in rows of thousands of marks.
_SENTENCE_END = re.compile(
    rf"(?<![.!?…؟۔।॥])[.!?…؟۔।॥]++(?P<closing>[{_CLOSING}]*+)\s+"  # scripts that put a space after a sentence
    rf"|(?<![{_WIDE_ENDS}])[{_WIDE_ENDS}]++(?P<wide>[{_WIDE_CLOSING}]*+)\s*"  # scripts that do not
)
# French puts a space inside its quotation marks: « Non merci ! » ends behind the mark. In German » begins a quotation.
_SPACED_CLOSING = re.compile(r"[»›](?:\s+|\Z)")
_CLAUSE_END = re.compile(rf"(?<![,;:–—،؛])[,;:–—،؛]++[{_CLOSING}]*+\s+|[、，；：]+\s*|\n")
_OPENING_MARKS = re.compile(rf"[\s{_OPENING}]*")
_WIDE_OPENING_MARK = re.compile(f"[{_WIDE_OPENING}]|$")
_SPACE = re.compile(r"\s+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_BEFORE_A_NUMBER = re.compile(r"[^\W\d_]{1,4}|\S*str")
"""What is shortened in front of a number in some language: "p. 12", "kl. 5", "Di. 3. März", "Hauptstr. 5"."""
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
    "approx assn ave blvd co corp dept dist est inc ltd mt univ al jan feb mar apr jun jul aug sep sept oct nov dec pm "
    # Russian, Romanian, Turkish, Danish, Icelandic, Catalan, Hindi
    "ул пр пл пер стр тел тыс млн млрд руб др пр им гг вв ред изд dl dna nr bld str dlui vd bkz dk ør skv ca þ hf ehf "
    "sbr frk pàg núm av tt bn pl डॉ श्री"
)
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())


def sentence_ends(text: str) -> list[int]:
    """Positions at which a new sentence begins, in order; never 0, never the end of ``text``."""
    found = []
    for match in _SENTENCE_END.finditer(text):
        end = _behind_closing(text, match)
        if end < len(text) and _ends_sentence(text, match, end):
            found.append(end)
    return found


def _behind_closing(text: str, match: re.Match[str]) -> int:
    """Where the next sentence begins: behind a quotation mark that stands apart, if a quotation is open."""
    spaced = _SPACED_CLOSING.match(text, match.end()) if match.end() > match.start("closing") >= 0 else None
    if spaced is None:
        return match.end()
    opening = {"»": "«", "›": "‹"}[spaced.group()[0]]
    is_open = text.count(opening, 0, match.start()) > text.count(spaced.group()[0], 0, match.start())
    return spaced.end() if is_open else match.end()


def groups(text: str) -> list[str]:
    """``text`` cut at sentence ends; the pieces' concatenation is ``text`` again, character by character.

    A very short sentence goes with a longer one that follows: "Oh." spoken alone has the melody of a whole statement.
    Whether there is a cut between two sentences depends on these two alone, and no piece holds more than two: so an
    edit costs the sentences that it touches and at most their neighbours.
    """
    parts: list[str] = []
    lead = ""
    for sentence in _sentences(text):
        if lead and _is_short(sentence):
            parts.append(lead)
            lead = ""
        if _is_short(sentence):
            lead = sentence
        else:
            parts.append(lead + sentence)
            lead = ""
    return [*parts, lead] if lead else parts


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


def _ends_sentence(text: str, match: re.Match[str], end: int) -> bool:
    start = match.start()
    if text[start] in _WIDE_ENDS:
        # 「行こう。」と彼女は言った: the sentence goes on behind its quotation, unless the next one begins there.
        return not match["wide"] or text[end - 1].isspace() or bool(_WIDE_OPENING_MARK.match(text, end))
    first = _OPENING_MARKS.match(text, end)
    following = text[first.end() : first.end() + 1] if first else ""
    if following.islower():
        return False  # "3 p.m. on", "... and then", "? — asked she": whatever follows goes on with the sentence
    if match["closing"] and following == text[end] and following.isalpha() and not following.isupper():
        return False  # a script without capitals: whether the sentence goes on behind its quotation cannot be seen
    if text[start] != "." or text[start : start + 2] == "..":
        return True
    found = _LAST_WORD.search(text, max(0, start - 40), start)
    return not _is_shortened(found.group().lower() if found else "", following)


def _is_shortened(word: str, following: str) -> bool:
    """Whether the full stop behind ``word`` belongs to it, given the first character behind the stop."""
    if _INITIALS.fullmatch(word):
        return True  # an initial, "z. B.", "U.S."
    if word.isdigit() and len(word) <= 2:
        return True  # an ordinal in many languages: "am 3. Oktober"
    if following.isdigit() and _BEFORE_A_NUMBER.fullmatch(word):
        return True
    return word in ABBREVIATIONS
