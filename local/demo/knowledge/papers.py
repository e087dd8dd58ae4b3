"""Thirty documents in five folders, as text, Markdown and PDF, and an access file per folder; the same each time."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from local.demo.documents import pdf_writer

READERS = ("ann", "ben", "cleo", "dan", "eve")
FOLDER = "library/"
KINDS = ("txt", "md", "pdf")
LINE = 86
"""Characters of a line on a page."""

CONTRACTS = (
    ("Brixham Freight", "carries our parcels", "Plymouth", "ninety", "12,400", "Odile Marchetti", "3 May 2026"),
    ("Quillon Cleaning", "cleans the offices", "Exeter", "thirty", "3,150", "Tomas Verbeek", "18 March 2026"),
    ("Sable Energy", "delivers electricity", "Bristol", "sixty", "27,900", "Odile Marchetti", "9 January 2026"),
    ("Fenwick Archive", "keeps paper files", "Bath", "fifteen", "1,080", "Ruth Abasi", "22 June 2026"),
    ("Larkspur Travel", "books our journeys", "Truro", "forty-five", "640", "Tomas Verbeek", "7 April 2026"),
    ("Ostrava Print", "prints the annual report", "Cardiff", "twenty", "8,730", "Ruth Abasi", "30 July 2026"),
)
INVOICES = (
    ("INV-20417", "Mellor Optics", "4,318.50", "forty lenses for the survey camera", "14 September 2026"),
    ("INV-20418", "Sable Energy", "27,900.00", "electricity in August", "20 September 2026"),
    ("INV-20533", "Harrow Timber", "9,760.25", "oak boards for the hall", "2 October 2026"),
    ("INV-20561", "Pellworm Marine", "15,205.00", "repairs to the tender boat", "11 October 2026"),
    ("INV-20602", "Ostrava Print", "8,730.00", "eight hundred annual reports", "25 October 2026"),
    ("INV-20648", "Quillon Cleaning", "3,150.00", "cleaning in October", "5 November 2026"),
)
PROJECTS = (
    ("Kestrel", "Ines Okoro", "replaces the bridge over the mill race", "5 December 2026", "the spring flood"),
    ("Lantern", "Bo Lindqvist", "lights the towpath with solar lamps", "28 February 2027", "thefts of copper"),
    ("Marigold", "Ines Okoro", "plants eleven hundred trees along the weir", "15 March 2027", "a dry April"),
    ("Osprey", "Piet Janssen", "films the nests from a mast", "1 June 2027", "storms that shake the mast"),
    ("Pumice", "Bo Lindqvist", "grinds the old kerb into gravel", "30 January 2027", "dust in the school yard"),
    ("Quartz", "Piet Janssen", "maps the cellar of the mill by laser", "20 May 2027", "water behind the north wall"),
)
MINUTES = (
    ("2026-02", "sell the warehouse in Harbour Street", "five to two", "Greta Solheim", "1.2 million euros"),
    ("2026-03", "close the branch in Falmouth", "six to one", "Amadou Keita", "310,000 euros a year"),
    ("2026-04", "buy the patent of Professor Ilves", "four to three", "Greta Solheim", "86,000 euros"),
    ("2026-06", "raise the dividend to two euros per share", "seven to none", "Lucia Ferrante", "940,000 euros"),
    ("2026-08", "look for another auditor", "five to one", "Lucia Ferrante", "45,000 euros"),
    ("2026-10", "move the head office to Gloucester", "four to two", "Amadou Keita", "2.7 million euros"),
)
RULES = (
    ("holidays", "Everybody has twenty-eight days of holiday.", "Ask your lead three weeks before you go."),
    ("expenses", "Meals on a journey are paid up to 42 euros a day.", "Send the receipts within ten days."),
    ("laptops", "A laptop is replaced after four years.", "Lost ones are reported to the desk in room 114."),
    ("parking", "The yard has thirty-six places.", "The two beside the gate are kept for visitors."),
    ("illness", "Call the front desk before nine in the morning.", "A doctor's note is needed from the third day."),
    ("kitchen", "The kitchen is cleaned at five in the afternoon.", "Label what you put into the refrigerator."),
)


@dataclass(frozen=True)
class Paper:
    """``key``: in the inbox."""

    key: str
    body: bytes


def documents() -> list[Paper]:
    """All thirty; every third one is a PDF."""
    made = list(_texts())
    return [_paper(name, sentences, KINDS[number % len(KINDS)]) for number, (name, sentences) in enumerate(made)]


def key_of(name: str) -> str:
    """The key of the document with this name, ``contracts/brixham-freight``."""
    return next(paper.key for paper in documents() if paper.key.rpartition(".")[0] == f"{FOLDER}{name}")


def access(name_of: Callable[[str], str]) -> dict[str, bytes]:
    """Access files by their keys. ``name_of``: how a reader is called by the door."""
    readers: Mapping[str, Sequence[str]] = {
        "contracts": ("ann", "ben"),
        "invoices": ("ann", "cleo"),
        "projects": ("ben", "cleo", "dan"),
        "board": ("eve",),
    }
    found = {f"{FOLDER}{folder}/access.json": users([name_of(one) for one in who]) for folder, who in readers.items()}
    everyone = {"schema": 1, "everyone": True, "denied_users": [name_of("ben")]}
    one_more = users([name_of("eve"), name_of("ann")])
    return {
        **found,
        f"{FOLDER}handbook/access.json": json.dumps(everyone).encode(),
        f"{key_of('board/2026-06')}.access.json": one_more,
    }


def users(names: Sequence[str]) -> bytes:
    """An access file for these users and nobody else."""
    return json.dumps({"schema": 1, "users": list(names)}).encode()


def _texts() -> Iterator[tuple[str, list[str]]]:
    for partner, does, city, notice, fee, signer, day in CONTRACTS:
        yield (
            f"contracts/{_slug(partner)}",
            [
                f"Contract with {partner}",
                f"{partner} {does} and works from {city}.",
                f"The notice period of the contract with {partner} is {notice} days.",
                f"{partner} is paid {fee} euros per month.",
                f"The contract with {partner} was signed by {signer} on {day}.",
            ],
        )
    for number, supplier, amount, what, due in INVOICES:
        yield (
            f"invoices/{number.lower()}",
            [
                f"Invoice {number}",
                f"{supplier} sent the invoice {number} for {what}.",
                f"The invoice {number} amounts to {amount} euros.",
                f"The invoice {number} is due on {due}.",
            ],
        )
    for name, lead, does, day, risk in PROJECTS:
        yield (
            f"projects/{name.lower()}",
            [
                f"Project {name}",
                f"The project {name} {does}.",
                f"{lead} leads the project {name}.",
                f"The project {name} has to be finished on {day}.",
                f"What endangers the project {name} most is {risk}.",
            ],
        )
    for month, decision, votes, chair, cost in MINUTES:
        yield (
            f"board/{month}",
            [
                f"Minutes of the board, {month}",
                f"The board decided to {decision}, by {votes} votes.",
                f"{chair} was in the chair of the meeting in {month}.",
                f"To {decision} is about {cost}.",
            ],
        )
    for topic, first, second in RULES:
        yield f"handbook/{topic}", [f"Handbook: {topic}", first, second, f"Questions about {topic}: the front desk."]


def _paper(name: str, sentences: Sequence[str], kind: str) -> Paper:
    title, *rest = sentences
    lines = textwrap.wrap(" ".join(rest), LINE)
    key = f"{FOLDER}{name}.{kind}"
    if kind == "pdf":
        return Paper(key, pdf_writer.text_pdf([[f"# {title}", "", *lines]]))
    head = f"# {title}\n\n" if kind == "md" else f"{title}\n\n"
    return Paper(key, (head + "\n".join(lines) + "\n").encode())


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
