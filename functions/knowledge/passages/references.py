"""What vectors miss half of: numbers, codes, days and names that stand in a text, folded so that they can be compared.

The same function cuts a passage and a question: what both have, they have word for word. Forms are several where
people write the same thing in several ways: ``INV-2041`` is ``inv-2041``, ``inv2041`` and ``2041``; ``1.234,50`` is
``1234.5``.
Names are words with capitals, so a script without capitals has none; its numbers, codes and days are found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import Final

from common.content.text_cuts import clean
from knowledge.passages import days

MOST_REFERENCE: Final = 64
"""Characters; a longer one (an address of the web, a key) is cut, in passages and questions alike."""
MOST_RUN: Final = 34
"""Characters of groups that are one code together, such as an IBAN, without their spaces."""
_LEAST_PART: Final = 3
"""Digits of a part of a code that can stand for it."""

_WORDS: Final = """
    a aan aber about after al all als also am an and any are as at au auf aus aux avec be because been before bei
    bis but by can ce ces cette combien comment como con could cual cuando cuanto cuál cuánto da dal dalla dans das
    dat de dei del della dem den der des di did die dies diese dieser dieses dit do does donde dont dos dov dove du
    durch e each een ein eine einem einen einer either el ella elle em en er era es est et every few find first for
    from fue für get gibt give gli had has hat have he her here het his hoe hoeveel how however i ich if ihr ik il
    im in into is ist it its ja kann la las last le les let leur list lo lors los ma maar mais man many may me met
    might mit more most much must my na naar nach ne nein neither new next nicht niet no non nos not nous now nur o
    ob oder of om on once one only ook op or os other our out over où par para pas per pero please por porque pour
    pourquoi qu qual quale quali quand quando quanto quantos que quel quelle quelles quels qui quien quién quoi qué
    sa same say se see sein ser ses shall she should show si sich sie sin since sind so sobre some son sont su such
    sur sus te tell than that the their them then there these they this those through to tot two uit um uma un una
    und under une uno uns unter until up us van vom von voor vor vous waar waarom wann wanneer war was wat we welche
    welchem welchen welcher welches welk welke wem wen wenn wer werd werden were what when where whether which while
    who whom whose why wie wieviel wij will wir wird with within without wo worin would wurde yes you your zijn zu
    zum zur zwischen über
"""
_STOP: Final = frozenset(_WORDS.split())
"""Begin sentences and questions, and so have capitals; folded."""

_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-") | dict.fromkeys(
    map(ord, "\u2018\u2019\u02bc\u0060"), "'"
)


_POSSESSIVE: Final = re.compile(r"(?<=\w)'s$")


def of(text: str) -> tuple[str, ...]:
    """All references of a text, each once, what tells most first. Never raises, whatever the text holds."""
    return tuple(dict.fromkeys(form for forms in mentions(text) for form in forms))


def mentions(text: str) -> Iterator[tuple[str, ...]]:
    """The same by what is mentioned: each with all its forms, of which any one stands for it."""
    shown = normal(text)
    tokens = list(_tokens(shown))
    for day in dict.fromkeys(days.of(folded(shown))):
        yield (day,)
    yield from _runs(shown, tokens)
    yield from (_coded(token.group()) for token in tokens if _is_coded(token.group()))
    yield from _names(shown, tokens)


def normal(text: str) -> str:
    """One sign for signs that look or mean the same: width, digits of other scripts, dashes, apostrophes, spaces."""
    text = unicodedata.normalize("NFKC", clean(text).replace("\u00ad", "")).translate(_DASHES)
    if not text.isascii():
        text = "".join(_plain(sign) for sign in text)
    return re.sub(r"\s+", " ", text)


def folded(text: str) -> str:
    """A normal text without capitals."""
    return unicodedata.normalize("NFKC", text.casefold())


def _plain(sign: str) -> str:
    number = unicodedata.decimal(sign, None)
    return sign if number is None else str(number)


@cache
def _token() -> re.Pattern[str]:
    return re.compile(r"[^\W_]+(?:(?:[-./_:'&@+]|(?<=\d),(?=\d))[^\W_]+)*")


def _tokens(shown: str) -> Iterator[re.Match[str]]:
    """Words, numbers and codes. Letters without capitals (Chinese, Arabic, Thai) only part them: where such a script
    has no spaces, a code may stand in the middle of a sentence."""
    if not shown.isascii():
        shown = "".join(" " if unicodedata.category(sign) in ("Lo", "Lm") else sign for sign in shown)
    return _token().finditer(shown)


def _is_coded(token: str) -> bool:
    """Has a digit, and more than that."""
    return len(token) > 1 and any(sign.isdigit() for sign in token)


def _coded(token: str) -> tuple[str, ...]:
    """The forms of a number or a code."""
    written = folded(token)
    forms = [written]
    if number := re.fullmatch(r"\d[\d.,']*\d", written):
        forms += _numbers(number.group())
    elif measure := re.fullmatch(r"(\d[\d.,']*)[^\W\d_]+", written):
        forms += [measure.group(1), *_numbers(measure.group(1))]
    parts = re.split(r"[\W_]", written)
    if len(parts) > 1:
        forms.append("".join(parts))
    if not number:
        forms += [part for run in parts for part in re.findall(r"\d+", run) if len(part) >= _LEAST_PART]
    return _short(forms)


def _numbers(written: str) -> Iterator[str]:
    """A number without separators of thousands and with a point before its decimals, in every way to read it."""
    marks = re.findall(r"[.,']", written)
    if not marks or re.search(r"[.,'][.,']|[.,']$", written):
        return
    *groups, rest = re.split(r"[.,']", written)
    whole = "".join(groups)
    in_thousands = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    if in_thousands and len(rest) == 3 and len(set(marks)) == 1:
        yield whole + rest
    if marks[-1] != "'" and in_thousands and marks[-1] not in marks[:-1] and len(set(marks[:-1])) <= 1:
        decimals = rest.rstrip("0")
        yield f"{whole}.{decimals}" if decimals else whole


def _runs(shown: str, tokens: list[re.Match[str]]) -> Iterator[tuple[str, ...]]:
    """Groups with a space between them that may be one code or number: ``DE89 3704 0044``, ``1 234 567,80``."""
    run: list[re.Match[str]] = []
    for token in [*tokens, None]:
        if token and any(map(str.isdigit, token.group())) and (not run or shown[run[-1].end() : token.start()] == " "):
            run.append(token)
            continue
        if len(run) > 1:
            yield from _run(folded(" ".join(each.group() for each in run)))
        run = [token] if token and any(map(str.isdigit, token.group())) else []


def _run(written: str) -> Iterator[tuple[str, ...]]:
    joined = re.sub(r"[\W_]", "", written)
    if len(joined) <= MOST_RUN:
        yield (joined,)
    for number in re.findall(r"(?<!\S)\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\S)", written):
        whole, _, decimals = number.replace(" ", "").replace(",", ".").partition(".")
        yield ((f"{whole}.{decimals.rstrip('0')}").rstrip("."),)


def _names(shown: str, tokens: list[re.Match[str]]) -> Iterator[tuple[str, ...]]:
    """Words with capitals; two that follow each other also as a pair, which tells more. Pairs come first."""
    names = [token for token in tokens if _is_name(token.group())]
    for one, other in pairwise(names):
        if shown[one.end() : other.start()] in (" ", ". "):
            yield _short([_POSSESSIVE.sub("", folded(f"{one.group()} {other.group()}"))])
    for name in names:
        written = _POSSESSIVE.sub("", folded(name.group()))
        parts = [part for part in re.split(r"[\W_]", written) if len(part) > 1 and part not in _STOP]
        yield _short([written, *(parts if len(parts) > 1 or parts[:1] != [written] else ())])


def _is_name(token: str) -> bool:
    letters = sum(sign.isalpha() for sign in token)
    if letters < 2 or any(sign.isdigit() for sign in token) or not any(sign.isupper() for sign in token):
        return False
    return folded(token) not in _STOP


def _short(forms: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form[:MOST_REFERENCE] for form in forms if form))
