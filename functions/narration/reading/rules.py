"""Which parts of a body are not read aloud: rules as data, and which of them hold for an element or a paragraph. Pure.

The rules of the house stand in ``rules.toml``, which says what each member means; a publisher's own are laid over them
by name (``narration.reading.profile``). Nothing here knows how a body is walked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

Guard = Literal["half", "prose", "quote", "heading", "paragraph"]
Logic = Literal["", "figure", "footnotes", "repeated"]
GUARDS: tuple[Guard, ...] = ("half", "prose", "quote", "heading", "paragraph")
LOGICS: tuple[Logic, ...] = ("", "figure", "footnotes", "repeated")

NAMING = ("class", "id", "data-component", "data-testid", "data-component-type")
"""Attributes in whose words an element says what it is for."""

AT_THE_END = "$"
"""Closes a phrase that only counts where a class ends with it: ``tag$`` is in "article-tag", not in "tag-norwick"."""

_WORDS = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"([a-z])([A-Z])")
_MOST_NAMES = 4_096
"""Different class attributes of which an answer is kept; a body of strangers may have any number."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its members are those of its table in ``rules.toml``."""

    name: str
    why: str = ""
    off: bool = False
    elements: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    epub_types: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    style: str = ""
    except_classes: tuple[str, ...] = ()
    except_attributes: tuple[str, ...] = ()
    logic: Logic = ""
    guards: tuple[Guard, ...] = ()
    pattern: str = ""
    needs: tuple[str, ...] = ()
    scope: Literal["text", "paragraph"] = "text"
    say: Literal["", "host"] = ""
    most: int = 0
    links: bool = False
    whole: bool = False
    pause: bool = False
    paragraphs: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that may hold for an element. ``by_name``: its class or id said so, which only the guards make safe;
    ``logic``: what has to be seen in the element itself."""

    rule: Rule
    by_name: bool = False
    logic: Logic = ""


@dataclass(frozen=True, slots=True)
class TextRule:
    """A rule about text with its pattern compiled."""

    rule: Rule
    pattern: re.Pattern[str]

    def asked(self, text: str) -> bool:
        """Whether the text has what the pattern cannot do without; a search for it costs far less."""
        for one in self.rule.needs:  # any() over a generator would cost as much as the pattern
            if one in text:
                return True
        return not self.rule.needs

    def takes(self, text: str, linked: float) -> bool:
        """Whether a whole paragraph goes; ``linked`` is the share of its characters that stand in links."""
        rule = self.rule
        if (rule.most and len(text) > rule.most) or (rule.links and linked < MOSTLY) or not self.asked(text):
            return False
        return (self.pattern.fullmatch(text) if rule.whole else self.pattern.match(text)) is not None


MOSTLY = 0.8
"""Share of a paragraph's characters in links from which on it is one."""


@dataclass(frozen=True)
class Rules:
    """Rules in the order in which they are asked; each is asked only where its own data says that it may hold."""

    rules: tuple[Rule, ...]
    _names: dict[str, tuple[Match, ...]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def by_element(self) -> Mapping[str, tuple[Match, ...]]:
        found = self._index("elements")
        for rule in self._on:
            if rule.logic == "figure":
                found["figure"] = (*found.get("figure", ()), Match(rule, logic="figure"))
        return found

    @cached_property
    def by_role(self) -> Mapping[str, tuple[Match, ...]]:
        return self._index("roles")

    @cached_property
    def by_epub_type(self) -> Mapping[str, tuple[Match, ...]]:
        return self._index("epub_types")

    @cached_property
    def texts(self) -> tuple[TextRule, ...]:
        """Rules whose pattern is taken out of the text."""
        return tuple(self._patterns("text"))

    @cached_property
    def paragraphs(self) -> tuple[TextRule, ...]:
        """Rules that take whole paragraphs."""
        return tuple(self._patterns("paragraph"))

    @cached_property
    def footnotes(self) -> Rule | None:
        """The rule about marks and the notes that they lead to."""
        return next((rule for rule in self._on if rule.logic == "footnotes"), None)

    def of(self, tag: str, attributes: Mapping[str, str | None]) -> Sequence[Match]:
        """The rules that an element asks for by its tag and attributes, in their order; guards are not looked at."""
        found = self.by_element.get(tag, ())
        return found if not attributes else self._with_attributes(found, attributes)

    def _with_attributes(self, found: tuple[Match, ...], attributes: Mapping[str, str | None]) -> Sequence[Match]:
        more = [*found, *self._by_attribute(attributes)]
        if role := attributes.get("role"):
            more += [match for word in role.lower().split() for match in self.by_role.get(word, ())]
        if kinds := attributes.get("epub:type"):
            more += [match for word in kinds.lower().split() for match in self.by_epub_type.get(word, ())]
        if style := attributes.get("style"):
            more += [match for match, pattern in self._styles if pattern.search(style)]
        for name in NAMING:
            if value := attributes.get(name):
                more += self._named(value)
        more = [match for match in more if not self._excepted(match.rule, attributes)]
        return more if len(more) < 2 else sorted(more, key=lambda match: self._order[match.rule.name])

    def _by_attribute(self, attributes: Mapping[str, str | None]) -> Iterator[Match]:
        for name, value, match in self._attributes:
            if name in attributes and (value is None or (attributes[name] or "").strip().lower() == value):
                yield match

    def _excepted(self, rule: Rule, attributes: Mapping[str, str | None]) -> bool:
        for one in rule.except_attributes:
            name, _, value = one.partition("=")
            if name in attributes and (attributes[name] or "").strip().lower() == value:
                return True
        return bool(rule.except_classes) and any(
            f" {phrase} " in f" {' '.join(_words_of(token))} "
            for name in NAMING
            for token in (attributes.get(name) or "").split()
            for phrase in rule.except_classes
        )

    def _named(self, value: str) -> tuple[Match, ...]:
        known = self._names.get(value)
        if known is None:
            known = tuple(_match(rule, by_name=True) for rule in dict.fromkeys(self._phrases_in(value)))
            if len(self._names) < _MOST_NAMES:
                self._names[value] = known
        return known

    def _phrases_in(self, value: str) -> Iterator[Rule]:
        for token in value.split():
            words = _words_of(token)
            for start in range(len(words)):
                for end in range(start + 1, min(len(words), start + self._longest) + 1):
                    phrase = tuple(words[start:end])
                    if rule := self._phrases.get(phrase):
                        yield rule
                    if end == len(words) and (rule := self._phrases.get((*phrase, AT_THE_END))):
                        yield rule

    @cached_property
    def _on(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if not rule.off)

    @cached_property
    def _order(self) -> Mapping[str, int]:
        return {rule.name: place for place, rule in enumerate(self.rules)}

    @cached_property
    def _styles(self) -> tuple[tuple[Match, re.Pattern[str]], ...]:
        return tuple((_match(rule), re.compile(rule.style, re.IGNORECASE)) for rule in self._on if rule.style)

    @cached_property
    def _attributes(self) -> tuple[tuple[str, str | None, Match], ...]:
        found = [(*one.partition("="), _match(rule)) for rule in self._on for one in rule.attributes]
        return tuple((name.lower(), value.lower() if sign else None, match) for name, sign, value, match in found)

    @cached_property
    def _phrases(self) -> Mapping[tuple[str, ...], Rule]:
        found: dict[tuple[str, ...], Rule] = {}
        for rule in self._on:
            for phrase in rule.classes:
                found.setdefault(tuple(phrase.lower().replace(AT_THE_END, f" {AT_THE_END}").split()), rule)
        return found

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._phrases), default=0)

    def _index(self, member: str) -> dict[str, tuple[Match, ...]]:
        found: dict[str, tuple[Match, ...]] = {}
        for rule in self._on:
            for value in getattr(rule, member):
                found[value.lower()] = (*found.get(value.lower(), ()), _match(rule))
        return found

    def _patterns(self, scope: str) -> Iterator[TextRule]:
        for rule in self._on:
            if rule.pattern and rule.scope == scope:
                yield TextRule(rule, re.compile(rule.pattern, re.IGNORECASE))


@cache
def table() -> Mapping[str, Any]:
    """The whole of ``rules.toml``."""
    import tomllib  # late: importing a handler need not pay for it

    return tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))


@cache
def own() -> Rules:
    """The rules of the house."""
    return merged(Rules(()), table()["rule"])


def merged(house: Rules, tables: Mapping[str, Mapping[str, Any]]) -> Rules:
    """A publisher's ``tables`` laid over ``house`` by name, member by member; a new rule comes last."""
    by_name = {rule.name: rule for rule in house.rules}
    for name, members in tables.items():
        by_name[name] = replace(by_name.get(name, Rule(name)), **_members(members))
    return Rules(tuple(by_name.values()))


def _members(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _words_of(token: str) -> list[str]:
    return _WORDS.findall(_CAMEL.sub(r"\1 \2", token).lower())


def _match(rule: Rule, *, by_name: bool = False) -> Match:
    return Match(rule, by_name, "repeated" if rule.logic == "repeated" else "")
