"""Prompts and completions like real ones: the project's labelled lines, joined to the lengths that answers have.

Words drawn by lot flatter a reader of texts: they have none of the words that set off a search. Here each sentence is
a person's, or of an article. Lengths, the share of answers that speak of nothing near a refusal, and the time that a
verdict takes were held against 1,800 answers of ten models.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from bench.narration.texts import article

LINES = Path(__file__).resolve().parent.parent / "tests" / "unit" / "llm" / "refusals"
MEDIAN, SPREAD, LEAST, MOST = 900, 0.7, 30, 4000
"""Characters of an answer, as a lognormal distribution has them."""
ONE_REFUSES_IN = 12
ONE_BRINGS_TEXT_IN = 3
"""Prompts with a passage that is asked about."""
BEGINS = ("manners_of_answering", "borderline_compliance", "law_and_safety", "written_for_the_user", "definitions")
REFUSES = ("plain_refusals", "explained_refusals", "manners_of_refusing", "moralising", "missing_knowledge")
CODE = "```python\nfor place, row in enumerate(rows):\n    if row.total > limit:\n        print(place, row.name)\n```"

Row = tuple[str, str, bool]
"""Completion, prompt, whether it refuses."""


def rows(path: Path) -> list[Row]:
    """The rows of a file of labelled lines."""
    read = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [(row["completion"], row.get("prompt", ""), row["label"] == "refused") for row in read]


@cache
def corpus() -> tuple[Row, ...]:
    """All labelled lines."""
    return tuple(row for name in _files() for row in rows(_files()[name]))


def pairs(number: int, seed: int = 20) -> Iterator[tuple[str, str]]:
    """``number`` pairs (prompt, completion), the same ones for each seed."""
    chance = random.Random(seed)
    prompts = [prompt for _, prompt, _ in corpus() if prompt]
    refusals = [row for name in REFUSES for row in rows(_files()[name]) if row[2]]
    for place in range(number):
        prompt = chance.choice(prompts)
        if place % ONE_BRINGS_TEXT_IN == 0:
            prompt = f"{prompt}\n\n{_told(chance, _length(chance))}"
        if place % ONE_REFUSES_IN == 0:
            completion, own, _ = chance.choice(refusals)
            yield own or prompt, completion
        else:
            kind = chance.choices(list(KINDS), weights=list(KINDS.values()))[0]
            yield prompt, kind(chance, _length(chance))


@cache
def _files() -> dict[str, Path]:
    return {
        path.stem: path for folder in ("completions", "classes") for path in sorted((LINES / folder).glob("*.jsonl"))
    }


@cache
def _answers(*names: str) -> tuple[str, ...]:
    return tuple(completion for name in names for completion, _, refuses in rows(_files()[name]) if not refuses)


def _told(chance: random.Random, length: int) -> str:
    """Help as a model gives it."""
    return _prose(chance, _answers("plain_help"), length)


def _turned(chance: random.Random, length: int) -> str:
    """The same behind a beginning that could be that of a refusal."""
    begin = chance.choice(_answers(*BEGINS))
    return f"{begin}\n\n{_told(chance, length - len(begin))}"


def _reported(chance: random.Random, length: int) -> str:
    """A text of facts: an article, a summary."""
    return _prose(chance, [" ".join(sentences) for sentences in article(chance, 6)], length)


def _listed(chance: random.Random, length: int) -> str:
    items = enumerate(_told(chance, length).split(". "), 1)
    return "\n".join(["Here is how:", "", *(f"{place}. **Step {place}**: {item}" for place, item in items)])


def _coded(chance: random.Random, length: int) -> str:
    return f"{chance.choice(_answers('plain_help'))}\n\n{CODE}\n\n{_told(chance, length - len(CODE))}"


def _json(chance: random.Random, length: int) -> str:
    return json.dumps({"summary": _reported(chance, length // 2), "topics": ["a", "b"], "score": 0.7})


def _abroad(chance: random.Random, length: int) -> str:
    return _prose(chance, _answers("other_languages"), length)


KINDS: dict[Callable[[random.Random, int], str], int] = {
    _told: 45,
    _turned: 5,
    _reported: 32,
    _listed: 10,
    _coded: 4,
    _json: 2,
    _abroad: 2,
}
"""Kinds of answers, and the percentage of each."""


def _prose(chance: random.Random, paragraphs: Sequence[str], length: int) -> str:
    """About ``length`` characters of paragraphs: whole sentences, one at least."""
    text = chance.choice(paragraphs)
    while len(text) < length:
        text = f"{text}\n\n{chance.choice(paragraphs)}"
    end = text.find(". ", max(length - 80, 0))
    return text[: end + 1] if end > 0 else text


def _length(chance: random.Random) -> int:
    return round(min(MOST, max(LEAST, MEDIAN * chance.lognormvariate(0, SPREAD))))
