"""The documents searched, or asked a question that is waited for, and what they say told with its sources; a page that
is cited opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from operate import amounts
from operate.clients import Target
from operate.errors import OperateError
from operate.questions import command as questions
from operate.questions.calls import Door

MOST_TEXT = 300
"""Characters of a passage that are printed."""


@dataclass(frozen=True)
class Search:
    """``filters``: of the request; an empty one is left out."""

    query: str
    top: int = 10
    filters: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    as_json: bool = False


@dataclass(frozen=True)
class Page:
    """``version``: that of a citation; empty for the one that counts."""

    key: str
    number: int = 1
    version: str = ""
    token: str = ""
    as_json: bool = False


def door_of(target: Target, token: str = "") -> Door:
    """The address of knowledge, with the caller's own credentials or the local cloud's root user."""
    return questions.door_at(target, target.output("KnowledgeUrl", "deploy it with UseKnowledge=true"), token)


def search(target: Target, wish: Search) -> Iterator[str]:
    """Lines. Raises OperateError where the search is refused."""
    filters = {name: value for name, value in wish.filters.items() if value}
    body = {"query": wish.query, "top": wish.top, **({"filters": filters} if filters else {})}
    found = door_of(target, wish.token).send("POST", "/search", body)
    if found.status != 200:
        raise OperateError(questions.refused(found, wish.token, "KnowledgeApiId"))
    if wish.as_json:
        return iter([json.dumps(found.document, indent=2, ensure_ascii=False)])
    return _shown(_hits(found.document["hits"]))


def opened(target: Target, wish: Page) -> Iterator[str]:
    """A cited page: its address, or its text. Raises OperateError where it is not opened."""
    wanted = {"key": wish.key, "page": wish.number, **({"version": wish.version} if wish.version else {})}
    found = door_of(target, wish.token).send("GET", f"/documents?{urlencode(wanted, quote_via=quote)}")
    if found.status != 200:
        raise OperateError(questions.refused(found, wish.token, "KnowledgeApiId"))
    if wish.as_json:
        return iter([json.dumps(found.document, indent=2, ensure_ascii=False)])
    return _shown(_page(found.document))


def ask(target: Target, wish: questions.Wish) -> Iterator[str]:
    """A question to the documents. Raises OperateError where it is not taken, or not answered in time."""
    door = door_of(target, wish.token)
    body = {"question": wish.question, "session_id": wish.session}
    taken = door.send("POST", "/ask", {name: value for name, value in body.items() if value})
    if taken.status != 202:
        raise OperateError(questions.refused(taken, wish.token, "KnowledgeApiId"))
    answer = questions.waited(door, f"/ask/{taken.document['id']}", wish, "KnowledgeApiId")
    return iter([json.dumps(answer, indent=2, ensure_ascii=False)]) if wish.as_json else _shown(_answer(answer))


def _shown(lines: Iterator[str]) -> Iterator[str]:
    from operate.models.judge import clean

    for line in lines:
        yield clean(line)  # documents are strangers', and a terminal obeys


def _hits(hits: list[dict[str, Any]]) -> Iterator[str]:
    if not hits:
        yield "Nothing is found that you may read. An operator may ask: python -m operate why KEY --as USER"
    for number, hit in enumerate(hits, 1):
        yield f"{number}. {_place(hit)} ({hit['score']:.2f})"
        yield f"   {_short(hit['text'])}"


def _page(page: Mapping[str, Any]) -> Iterator[str]:
    yield f"{page['key']}, page {page['page']} of {page['pages']}, version {page['version']}"
    yield from page["lines"] or ()
    if page["cut"]:
        yield "... the rest of the page is left out here; the address has all of it."
    yield f"{page['media_type']}, until {page['expires']}, for whoever holds this address:"
    yield page["url"]


def _answer(answer: Mapping[str, Any]) -> Iterator[str]:
    if answer["state"] == "refused":
        yield f"Refused: {answer['reason']['error']}: {answer['reason']['message']}"
        return
    yield str(answer["answer"])
    references = (each for citation in answer["citations"] for each in citation["references"])
    yield ""
    yield from (f"Source: {place}" for place in dict.fromkeys(map(_place, references)))
    if answer.get("tokens"):
        yield f"{amounts.of(answer['tokens'], 'token')} of {answer['model']}"
    yield f"Ask on with --documents --session {answer['session_id']}"


def _place(reference: Mapping[str, Any]) -> str:
    """Where a passage stands: on a page of a document, or where a knowledge base has it from."""
    if "location" in reference:
        return f"{reference['location']['uri'] or 'a place that is not told'} (knowledge base)"
    return f"{reference['key']}, page {reference['page']}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= MOST_TEXT else f"{plain[: MOST_TEXT - 3]}..."
