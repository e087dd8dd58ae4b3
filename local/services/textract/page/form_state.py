"""The state of looking for pairs: each rule takes the words it uses, and the next one sees what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from local.services.textract.page.model import Box, Content, Mark, Pair, Rules, Word, text_of
from local.services.textract.page.text_lines import segments

_CURRENCIES = frozenset({"$", "€", "£", "¥", "US$", "$(", "($"})


@dataclass
class Form:
    """The words of a page that are not yet part of a pair, and the pairs found so far."""

    words: Sequence[Word]
    marks: Sequence[Mark]
    rules: Rules
    height: float
    """Of the page's print, in pixels."""
    pairs: list[Pair] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    listed: set[int] = field(default_factory=set)
    """Words of tables of two columns without rulings: their rows are pairs only where the label is known as one."""

    def free(self, words: Iterable[Word]) -> list[Word]:
        return [word for word in words if id(word) not in self.taken]

    def is_heading(self, words: Sequence[Word]) -> bool:
        """Whether ``words`` are set larger than the page's print: "Table 1" over a table is no field."""
        heights = sorted(word.box.height for word in words)
        return bool(heights) and heights[len(heights) // 2] > 1.45 * self.height

    def take(
        self, key: Sequence[Word], value: Sequence[Content] = (), blank: Box | None = None, sure: float = 90.0
    ) -> None:
        """Note a pair and take its words."""
        self.pairs.append(Pair(tuple(key), tuple(value), blank, sure))
        self.taken.update(id(item) for item in (*key, *value))

    def parts(self, row: Sequence[Word], gap: float) -> list[list[Word]]:
        """A row cut at white space of ``gap`` heights, at rulings and at marks; large print has wider spaces."""
        heights = sorted(word.box.height for word in row)
        size = max(self.height, heights[len(heights) // 2]) if heights else self.height
        found: list[list[Word]] = []
        for part in segments(row, gap * size, self.rules.down, self.marks):
            if found and text_of(found[-1]) in _CURRENCIES:
                found[-1] += part  # a sign that stands at the left of its column belongs to the amount at the right
            else:
                found.append(part)
        return found
