"""Statements that are a row of words and names: SHOW, DESCRIBE, ALTER, DROP... read word by word."""

from __future__ import annotations

from collections.abc import Sequence

from local.services.athena.catalog import NAME
from local.services.athena.errors import Refused, syntax
from local.services.athena.sql.text import Statement


class Words:
    """The words of a statement, from the left."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.at = 0

    @property
    def _word(self) -> str:
        return self.statement.words[self.at] if self.at < len(self.statement.words) else ""

    def take(self, *words: str) -> bool:
        """Whether these words are next; they are passed then."""
        found = " ".join(self.statement.words[self.at :])
        wanted = " ".join(words)
        if found == wanted or found.startswith(wanted + " "):
            count = 0
            while len(" ".join(self.statement.words[self.at : self.at + count])) < len(wanted):
                count += 1
            self.at += count
            return True
        return False

    def want(self, *words: str) -> None:
        """Raises Refused unless these words are next."""
        if not self.take(*words):
            raise self.unexpected(" ".join(words).upper())

    def done(self) -> bool:
        return not self._word

    def end(self) -> None:
        """Raises Refused unless all words are passed."""
        if not self.done():
            raise self.unexpected("<EOF>")

    def unexpected(self, expected: str) -> Refused:
        """The next word is none that may be here."""
        tokens = self.statement.tokens
        if self.at >= len(tokens):
            return syntax(
                f"mismatched input '<EOF>'. Expecting: {expected}", self.statement.place(len(self.statement.text))
            )
        token = tokens[self.at]
        return syntax(f"mismatched input '{token.text}'. Expecting: {expected}", self.statement.place(token.start))

    def name(self) -> str:
        """A name, in small letters. Raises Refused where there is none."""
        word = self._word
        if not word or word.startswith("'") or not (word[0].isalnum() or word[0] in "_$"):
            raise self.unexpected("<identifier>")
        self.at += 1
        return word.lower()

    def string(self) -> str:
        """A text in single quotes. Raises Refused where there is none."""
        if not self._word.startswith("'"):
            raise self.unexpected("<string>")
        self.at += 1
        return self.statement.tokens[self.at - 1].text

    def value(self) -> str:
        """A text, number or word as it stands."""
        if self.done():
            raise self.unexpected("<value>")
        self.at += 1
        return self.statement.tokens[self.at - 1].text

    def table(self, database: str) -> tuple[str, str]:
        """Database and name of a table: ``t``, ``d.t`` or ``awsdatacatalog.d.t``."""
        parts = [self.name()]
        while self.take("."):
            parts.append(self.name())
        if len(parts) == 3 and parts[0] == NAME:
            parts = parts[1:]
        if len(parts) > 2:
            raise self.unexpected("<table name>")
        return (database, parts[0]) if len(parts) == 1 else (parts[0], parts[1])

    def rest(self) -> str:
        """The text from the next word on."""
        if self.done():
            raise self.unexpected("<query>")
        return self.statement.text[self.statement.tokens[self.at].start :]

    def mapping(self) -> dict[str, str]:
        """``(a = 'x', b = 'y')``; values as they stand, lists in brackets with commas between."""
        found: dict[str, str] = {}
        self.want("(")
        while True:
            key = self.value()
            self.want("=")
            found[key.lower()] = ",".join(self._items()) if self.take("array", "[") or self.take("[") else self.value()
            if self.take(")"):
                return found
            self.want(",")

    def _items(self) -> Sequence[str]:
        items = []
        while not self.take("]"):
            items.append(self.value())
            if not self.take("]"):
                self.want(",")
            else:
                break
        return items
