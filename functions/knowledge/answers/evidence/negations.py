"""What is denied: "was signed" is not borne out by "was never signed", nor the other way round.

A "not" goes with the next word that means something, or with the last one where none follows: so a sentence may leave
out a part that is denied, and may not turn it. What is denied in other words ("failed to sign") is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.answers.evidence.nearest import Said, form, nearest, opposite, sentences
from knowledge.answers.evidence.words import IDLE, fold

_NOT: Final = frozenset(
    """
    not no never none nobody nothing neither nor without cannot hardly nowhere nicht nie niemals niemand nichts weder
    ohne kein keine keinen keinem keiner keines ne n pas jamais aucun aucune sans rien ni nunca jamas ningun ninguna
    ninguno sin
    """.split()  # noqa: SIM905
)
_BREAKS: Final = frozenset(
    "and but und aber sondern et mais pero unless until except because if when while which who weil wenn bis".split()  # noqa: SIM905
)
_IDIOM: Final = re.compile(
    r"\bno\.?\s*(?=\d)|\bnot only\b|\bnicht nur\b|\bwhether or not\b|\bnon seulement\b|\bno solo\b", re.IGNORECASE
)
"""They deny nothing: ``No. 5``, ``not only``."""
_COMPARED: Final = re.compile(
    r"\b(?:(no|not|nicht|kein)\s+)?"
    r"(later|more|less|fewer|longer|earlier|sooner|greater|higher|lower|larger|mehr|weniger|spater|fruher|langer)"
    r"\s+(?:than|als)\b"
)
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+(?:[.,]\d+)*|[,;:()\n]")


@dataclass(frozen=True, slots=True)
class _Read:
    """``affirmed`` and ``denied``: forms of words; ``whole``: the words themselves, folded. ``compared``: ``more`` with
    whether it is denied. ``denies``: whether it denies anything."""

    affirmed: frozenset[str]
    denied: frozenset[str]
    whole: dict[str, str]
    compared: dict[str, set[bool]]
    denies: bool


def turned(text: str, passages: Sequence[str]) -> list[str]:
    """Words of ``text`` that it denies and the passages say, or the other way round; as ``text`` has them, folded.

    For each word it is the sentence with it that is nearest to ``text`` that counts.
    """
    known = sentences(passages)
    read = {each: _read(each.text) for each in known}
    wrong: list[str] = []
    for said in sentences([text]):
        wrong += _turned(said, known, read)
    return list(dict.fromkeys(wrong))


def _turned(said: Said, known: Sequence[Said], read: dict[Said, _Read]) -> list[str]:
    told = _read(said.text)
    wrong = []
    for word in sorted(told.affirmed ^ told.denied):
        near = [read[each] for each in nearest(said, [each for each in known if word in each.meant])]
        says = [each.affirmed if word in told.affirmed else each.denied for each in near]
        if near and not any(word in each for each in says):
            wrong.append(told.whole[word])
    near = [read[each] for each in nearest(said, known)]
    for word, signs in told.compared.items():
        if others := {sign for each in near for sign in each.compared.get(word, ())}:
            wrong += [word] if signs.isdisjoint(others) else []
    if told.denies and not any(each.denies or each.denied for each in near):
        wrong += ["not"]
    return wrong


def _read(text: str) -> _Read:
    plain = fold(_IDIOM.sub(" ", text))
    compared: dict[str, set[bool]] = {}
    for sign, word in _COMPARED.findall(plain):
        compared.setdefault(word, set()).add(bool(sign))
    affirmed: list[str] = []
    denied: set[str] = set()
    waits = denies = False
    for sign in [*_TOKEN.findall(_COMPARED.sub(" ", plain)), "\n"]:
        if _denies(sign):
            waits = denies = True
        elif sign in _BREAKS or not sign[0].isalnum():
            if waits and sign != "," and affirmed:
                denied.add(affirmed.pop())
                waits = False
        elif sign[0].isalpha() and sign not in IDLE:
            if waits and not sign.endswith(("ly", "lich")):
                denied.add(sign)
                waits = False
            else:
                affirmed.append(sign)
    denied |= {bare for word in affirmed if (bare := opposite(word))}
    whole = {form(word): word for word in [*denied, *affirmed]}
    return _Read(
        frozenset(form(word) for word in affirmed), frozenset(form(word) for word in denied), whole, compared, denies
    )


def _denies(token: str) -> bool:
    return token in _NOT or token.endswith(("n't", "n\u2019t")) or token.startswith(("n'", "n\u2019"))
