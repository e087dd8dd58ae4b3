"""Words folded, words that mean little, and the stems by which two forms of one word are taken for the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019.\-\u2010\u2011&][^\W\d_]+)*")
"""A word, with what joins its parts: ``Karl-Heinz``, ``O'Neill``, ``A.B.``."""
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_MONEY = {
    "\u20ac": ("eur", "euro", "euros"),
    "$": ("usd", "dollar", "dollars"),
    "\u00a3": ("gbp", "pound", "pounds"),
    "\u00a5": ("jpy", "yen"),
}
_STEM = 5
"""Characters that decide whether two words are forms of one."""
_SHORT = 3
"""Characters of a word that is too short to mean much, unless it is in capitals."""

_IDLE = """
    a about above compare describe explain summarise summarize according across after again against ago all almost
    along already also although always am among an and another any anyone anything are around as ask at away back be
    because been before being below between beyond both but by can cannot could did do does doing done down during
    each either else ever every everyone everything few find first following for found from further gave general get
    give given gives go goes had has have having he hence her here hers him his how however i if in including
    instead into is it its itself just last let like list long made main make makes many may me mean means might
    mine more most much must my name named near need neither never no nobody none nor not nothing now of off often
    on once one only onto or other others our ours out over own per perhaps please put quite rather said same say
    says see shall she should show since so some someone something soon still such take tell than that the their
    theirs them then there therefore these they thing things this those though through thus to together told too
    toward under until up upon us use used uses using usually very was way we well were what whatever when where
    whether which while who whom whose why will with within without would yes yet you your yours aber als am an auch
    konnen fur uber auf aus bei bin bis bist da damit dann das dass dein dem den der des die dies diese dieser
    dieses doch dort du durch ein eine einem einen einer eines er es euer fuer gibt haben hat hatte ich ihr im in
    ist ja jede jeder kann kein keine koennen man mehr mein mit muss nach nicht noch nur ob oder ohne sehr sein
    seine sich sie sind so soll ueber um und uns unser unter vom von vor wann war waren warum was weil welche
    welcher welches wenn wer werden wie wir wird wo zu zum zur alors au aux avec ce cela ces cette comment combien
    dans de des donc du elle elles en est et etait etre eux il ils la le les leur lui mais ne nous ou par pas pour
    quand que quel quelle quels qui sa sans se ses son sont sur tous tout un une vous al como con cual cuando cuanto
    del donde el ella ellos era es esta este esto fue hay las lo los mas muy no o para pero por porque que quien se
    ser si sin sobre su sus una uno y mr mrs ms dr prof sir herr frau mme mlle monsieur madame
"""
IDLE: Final = frozenset(_IDLE.split())
"""Of English, German, French and Spanish, folded: they tell nothing of what a sentence is about."""


def fold(text: str) -> str:
    """Without case and accents: ``Müller`` and ``muller`` are one, as are wide and plain letters."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKC", "".join(sign for sign in apart if not unicodedata.combining(sign)))


@lru_cache(maxsize=20_000)
def folded(word: str) -> str:
    """The same of a word, which comes again and again."""
    return fold(word)


def parts(word: str) -> list[str]:
    """A word's parts, folded: ``Karl-Heinz`` is ``karl`` and ``heinz``; what belongs to somebody is without its s."""
    plain = re.sub(r"['\u2019]s$", "", word)
    return [piece for part in re.split(r"[\W_]+", plain) if part for piece in _pieces(folded(part))]


def stem(word: str) -> str:
    """Of a folded word: ``payments`` and ``payment``, ``insured`` and ``insurance`` have one."""
    return word[:_STEM]


def meant(text: str) -> list[str]:
    """The words that say what a text is about, folded, each once, in their order."""
    found = [part for word in WORD.findall(text) for part in parts(word) if not _is_idle(part, word)]
    return list(dict.fromkeys(found))


def all_of(text: str) -> set[str]:
    """Every word of a text, folded, whole, in parts and joined: ``U.S.`` is ``us``; signs of money by their names."""
    found = set()
    for word in WORD.findall(text):
        pieces = parts(word)
        found |= {folded(word), *pieces, "".join(pieces)}
    return found | {name for names in money(text).values() for name in names}


def money(text: str) -> dict[str, tuple[str, ...]]:
    """Signs of money in a text, with their names, folded."""
    return {sign: names for sign, names in _MONEY.items() if sign in text}


def _pieces(part: str) -> list[str]:
    """A word; of a script that writes no spaces, each two signs that follow each other."""
    if len(part) < 3 or not _UNSPACED.search(part):
        return [part]
    return [part[at : at + 2] for at in range(len(part) - 1)]


def _is_idle(part: str, word: str) -> bool:
    return part in IDLE or (len(part) <= _SHORT and not (len(part) > 1 and word.isupper()) and part.isascii())
