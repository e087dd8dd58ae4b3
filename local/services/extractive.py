"""An extractive summariser: the sentences of a text that are most like all the others (LexRank, Erkan and Radev 2004).

It stands in for a language model where the wire is what counts. What it says is always in the text, word for word; it
neither understands nor follows anything, so it shows nothing about how good a prompt is.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

MOST_SENTENCES = 300
"""Sentences that are compared, spread over the text: the work grows with their square."""
_LONGEST = 400
_ROUNDS = 30
_DAMPING = 0.85
_FENCE = re.compile(r"<(document[\w-]*)>\n?(.*?)</\1>", re.DOTALL)
_END = re.compile(r"(?<=[.!?])(?<!\b(?:Dr|Mr|Ms|St|No)\.)(?<!\b(?:Mrs|Inc)\.)(?<!\b[A-Z]\.)\s+(?=[\"'(\[]?[^\W_a-z])")
_WORDED = re.compile(r"[^\W\d_]{2}")
_KEY_VALUE = re.compile(r"^\s*[-*]?\s*[^:]{1,60}:\s*\S")


def source(prompt: str) -> str:
    """The document in a prompt: what stands in the last ``<document...>`` fence, or the whole prompt."""
    fenced = _FENCE.findall(prompt)
    return str(fenced[-1][1]) if fenced else prompt


def summarise(text: str, most: int) -> list[str]:
    """At most ``most`` sentences of ``text``, in its order; lines of ``key: value`` count as sentences."""
    found = sentences(text)
    if len(found) > MOST_SENTENCES:
        step = len(found) / MOST_SENTENCES
        found = [found[int(index * step)] for index in range(MOST_SENTENCES)]
    if len(found) <= most:
        return found
    ranks = _ranks([_vector(sentence) for sentence in found])
    # The beginning says what a document is: as in every extractive baseline, it weighs more.
    scores = [rank * (1 + 1 / (1 + index)) for index, rank in enumerate(ranks)]
    order = sorted(range(len(found)), key=lambda index: (_place(index, found[index]), -scores[index]))
    best = order[:most]
    return [found[index] for index in sorted(best)]


def classify(text: str, names: Sequence[str]) -> str:
    """The name whose words the text uses most; the last one (by custom ``other``) where it uses none of any."""
    words = Counter(_words(text))
    scores = [sum(math.log1p(words[word]) for word in _words(name.replace("_", " "))) for name in names]
    best = max(range(len(names)), key=lambda index: scores[index])
    return names[best] if scores[best] > 0 else names[-1]


def sentences(text: str) -> list[str]:
    """Each once, in the text's order, whole: lines that were broken for the page only are joined."""
    found: dict[str, None] = {}
    for block in _blocks(text):
        for part in _END.split(block):
            sentence = " ".join(part.split())
            label = sentence.endswith(":")  # of a field that is empty, or whose value stands elsewhere
            least = 3 if found else 2  # a title may be short
            worded = len(_words(sentence)) >= least and _WORDED.search(sentence)
            if not label and (worded or _KEY_VALUE.match(sentence)):
                found.setdefault(_finished(sentence[:_LONGEST]))
    return list(found)


def _blocks(text: str) -> list[str]:
    """Lines that were broken for the page only are joined again; form lines and headings stay by themselves."""
    blocks: list[str] = []
    for line in text.splitlines():
        joins = blocks and not re.search(r"[.!?:]\s*$", blocks[-1]) and re.match(r"\s*[a-zà-öø-ÿ]", line)
        if joins:
            blocks[-1] = f"{blocks[-1]} {line.strip()}"
        else:
            blocks.append(line)
    return blocks


def _finished(sentence: str) -> str:
    sentence = sentence.lstrip("-* ")
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _place(index: int, sentence: str) -> int:
    """Where there are too few sentences, the title and form lines come in; bits without context last."""
    if _is_prose(sentence):
        return 0
    return 1 if index == 0 or _KEY_VALUE.match(sentence) else 2


def _is_prose(sentence: str) -> bool:
    """Whether a sentence has the length and the small letters of one; what stands beside a check box is shorter."""
    words = sentence.split()
    small = sum(word[:1].islower() for word in words)
    return len(words) >= 7 and small * 2 >= len(words) and not _KEY_VALUE.match(sentence)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _vector(sentence: str) -> dict[str, float]:
    counts = Counter(_words(sentence))
    length = math.sqrt(sum(count * count for count in counts.values())) or 1.0
    return {word: count / length for word, count in counts.items()}


def _ranks(vectors: list[dict[str, float]]) -> list[float]:
    """The stationary distribution of a walk from sentence to similar sentence."""
    size = len(vectors)
    holders: dict[str, list[tuple[int, float]]] = {}
    for index, vector in enumerate(vectors):
        for word, weight in vector.items():
            holders.setdefault(word, []).append((index, weight))
    rows: list[dict[int, float]] = [{} for _ in vectors]
    for index, vector in enumerate(vectors):
        for word, weight in vector.items():
            rarity = math.log(1 + size / len(holders[word]))
            for other, its in holders[word]:
                rows[index][other] = rows[index].get(other, 0.0) + weight * its * rarity
    totals = [sum(row.values()) or 1.0 for row in rows]
    ranks = [1 / size] * size
    for _ in range(_ROUNDS):
        moved = [0.0] * size
        for index, row in enumerate(rows):
            share = ranks[index] / totals[index]
            for other, weight in row.items():
                moved[other] += share * weight
        ranks = [(1 - _DAMPING) / size + _DAMPING * rank for rank in moved]
    return ranks
