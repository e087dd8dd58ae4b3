"""A question being read: what is taken of it is blanked out, and what is left at the end was not understood."""

from __future__ import annotations

import re
from collections.abc import Callable

from local.services.bedrock.sql import words
from local.services.bedrock.sql.plan import name
from local.services.bedrock.sql.prompt import Column, Table

TAKEN = " | "
_ARTICLES = r"(?:\s+(?:the|a|an|of|all|our|different|distinct|unique|each))*\s+"
_POINTS = re.compile(r"[?!;]+|[.](?=\s|$)|,(?!\d)")
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


class Reading:
    """``written``: each column's name as a statement writes it."""

    def __init__(self, question: str, table: Table) -> None:
        self.table = table
        self.written = {column.name: name(column.name) for column in table.columns}
        plain = " ".join(question.translate(_QUOTES).split())
        self.question = plain
        self.text = f" {' '.join(_POINTS.sub(' ', plain).split())} "

    def take(self, pattern: str | re.Pattern[str]) -> re.Match[str] | None:
        """The first match, which is then gone from the text."""
        found = re.compile(pattern, re.IGNORECASE).search(self.text)
        if found is not None:
            self.blank(*found.span())
        return found

    def has(self, pattern: str) -> bool:
        return re.search(pattern, self.text, re.IGNORECASE) is not None

    def blank(self, start: int, end: int) -> None:
        self.text = f"{self.text[:start]}{TAKEN}{self.text[end:]}"

    def phrase(self, at: int) -> tuple[int, str]:
        """Where the words behind a place begin, articles left out, and the words up to what was taken before."""
        found = re.compile(_ARTICLES).match(self.text, at)
        start = found.end() if found else at
        return start, self.text[start:].partition("|")[0]

    def column(self, at: int, fits: Callable[[Column], bool] = lambda _: True) -> Column | None:
        """The column that the words behind a place mean, which are then gone; a table's name before them too."""
        start, phrase = self.phrase(at)
        found = words.column(phrase, self.table, fits)
        first = re.match(r"\w+", phrase)
        if found is None and first and words.names_table(first[0], self.table):
            found = words.column(phrase[first.end() :], self.table, fits)
            start += first.end()
            phrase = phrase[first.end() :]
        if found is None:
            return None
        ends = [word.end() for word in re.finditer(r"[^\W_]+", phrase)]
        self.blank(start, start + ends[found[1] - 1])
        return found[0]

    def column_before(self, at: int, fits: Callable[[Column], bool]) -> Column | None:
        """The column that the last words before a place mean, at most four, which are then gone."""
        before = self.text[:at].rpartition("|")[2]
        begins = [word.start() for word in re.finditer(r"[^\W_]+", before)][-4:]
        for begin in begins:
            phrase = re.sub(r"\s+(?:is|are|was|were|of|equals?|has|have|number)\s*$", "", before[begin:].rstrip(" ="))
            found = words.column(phrase, self.table, fits)
            if found is not None and found[1] == len(re.findall(r"[^\W_]+", phrase)):
                start = at - len(before) + begin
                self.blank(start, start + len(phrase))
                return found[0]
        return None

    def left(self) -> list[str]:
        """Words that nobody has taken and that mean something."""
        found = re.findall(r"[\w'-]*[^\W_][\w'-]*", self.text)
        return [
            word
            for word in found
            if word.lower() not in words.IDLE and not words.names_table(word, self.table) and word.lower() != "'s"
        ]
