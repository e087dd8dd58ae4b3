"""Markdown: front matter as forms, then what a renderer would show; a form feed begins a page."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from documents.model import Extraction, Form, Line
from documents.reading import plain_text

MOST_PARAGRAPH: Final = 50_000
"""Characters without an empty line; brackets in longer ones can keep a Markdown parser busy for minutes."""
MOST_MATTER: Final = 20_000
"""Characters of front matter."""

_MATTER = re.compile(
    r"\s*\A(?P<fence>---|\+\+\+)[ \t]*\n(?P<inner>.*?)^(?P=fence)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_ENTRY = re.compile(r"(?P<indent> *)(?P<key>[^\s#:\-\[\]{}\"'][^:#\n]*?)[ \t]*:(?:[ \t]+(?P<value>.*))?$")
_ITEM = re.compile(r"\s*-[ \t]+(?P<value>.+)$")


def read(text: str) -> Extraction:
    matter, body = split(text)
    forms = [Form(1, key, value, source="text") for key, value in matter]
    lines = [Line(1, f"{key}: {value}".strip()) for key, value in matter]
    pages = plain_text.pages_of(body)
    read_pages = [_page(page.replace("\f", "\n"), number) for number, page in enumerate(pages, 1)]
    return Extraction(
        pages=len(pages),
        lines=(*lines, *(line for each in read_pages for line in each.lines)),
        forms=(*forms, *(form for each in read_pages for form in each.forms)),
        tables=tuple(table for each in read_pages for table in each.tables),
        flags=tuple(flag for each in read_pages for flag in each.flags),
    )


def split(text: str) -> tuple[list[tuple[str, str]], str]:
    """The front matter's pairs (YAML between ``---``, TOML between ``+++``) and the text behind it.

    Only what is plainly such a list of names and values: a rule above a first paragraph is none, and then stays text.
    """
    head = text[:MOST_MATTER].lstrip("\ufeff")
    match = _MATTER.match(head)
    if match is None:
        return [], text
    pairs = _toml(match["inner"]) if match["fence"] == "+++" else _yaml(match["inner"])
    return (pairs, text.lstrip("\ufeff")[match.end() :]) if pairs else ([], text)


def _toml(inner: str) -> list[tuple[str, str]]:
    try:
        return list(_flat(tomllib.loads(inner), ""))
    except (tomllib.TOMLDecodeError, RecursionError):
        return []


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name} {key}".strip())
    elif isinstance(value, list):
        yield name, ", ".join(str(each) for each in value)
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def _yaml(inner: str) -> list[tuple[str, str]]:
    """The part of YAML that front matter is written in: names, values, lists and one level of names below a name.

    Nothing at all where a line is none of these: half of a list would be a wrong one.
    """
    found: list[tuple[str, list[str]]] = []
    above = ""
    for line in inner.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        entry, item = _ENTRY.match(line), _ITEM.match(line)
        if item and found:
            found[-1][1].append(_scalar(item["value"]))
        elif entry:
            key, told = entry["key"].strip(), (entry["value"] or "").strip()
            above = above if entry["indent"] else key
            found.append((f"{above} {key}" if entry["indent"] else key, _values(told)))
        elif found and line[0] == " ":
            found[-1][1].append(line.strip())  # a text that goes on below its name
        else:
            return []
    parents = {name for name, _ in found if any(other.startswith(f"{name} ") for other, _ in found)}
    return [(name, _joined(values)) for name, values in found if values or name not in parents]


def _joined(values: list[str]) -> str:
    return ", ".join(values)


def _values(told: str) -> list[str]:
    told = re.sub(r"\s+#.*$", "", told)
    if told in {"", "|", ">", "|-", ">-", "~", "null"}:
        return []
    if told.startswith("[") and told.endswith("]"):
        return [_scalar(each) for each in told[1:-1].split(",") if each.strip()]
    return [_scalar(told)]


def _scalar(told: str) -> str:
    told = told.strip()
    return told[1:-1] if len(told) > 1 and told[0] == told[-1] and told[0] in "\"'" else told


def _page(text: str, number: int) -> Extraction:
    from documents.reading import written

    if any(len(paragraph) > MOST_PARAGRAPH for paragraph in re.split(r"\n[ \t]*\n", text)):
        found = plain_text.read(text)  # read as the plain text that it is, too
    else:
        from markdown_it import MarkdownIt

        # Raw HTML within Markdown shows, as in any renderer; the reader of HTML then drops what does not.
        found = written.of_html(str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)))
    return replace(
        found,
        lines=tuple(replace(each, page=number) for each in found.lines),
        forms=tuple(replace(each, page=number) for each in found.forms),
        tables=tuple(replace(each, page=number) for each in found.tables),
        flags=tuple(replace(each, page=each.page and number) for each in found.flags),
    )
