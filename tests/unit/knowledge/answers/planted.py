"""Facts planted in a hundred documents, questions about them in the text's words and in others, and questions about
what is in none of them. All of it is made up, from a seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.model import Hit
from tests.unit.knowledge.answers.builders import hit

_FIRST = [
    "Ada",
    "Bruno",
    "Carla",
    "Dario",
    "Elena",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Katya",
    "Liam",
    "Mira",
    "Noel",
    "Olga",
    "Pavel",
    "Quinn",
    "Rosa",
    "Samir",
    "Tilda",
]
_LAST = "Adler Brandt-Weiss Castell Dunmore Eklund Farrow Grimaldi Hollis Ibarra Jansson".split()  # noqa: SIM905
_FIRMS = "Norvant Kelbrook Ostrava Pellinor Quarrell Rivendahl Sorbonne-Kaye Tarkwell Umbrecht Vexford".split()  # noqa: SIM905
_WORK = "Werke Logistics Holdings Partners Foundry Textiles Shipping Instruments Brewery Orchards".split()  # noqa: SIM905
_PLACES = "Lindau Porto Trieste Malmo Ghent Tartu Cork Graz Vigo Brno".split()  # noqa: SIM905
_FILLER = (
    "The parties agree that notices are sent in writing to the address on the first page.",
    "Neither side may hand its duties to somebody else without consent.",
    "The schedule at the end is part of this document and may be changed by both sides together.",
    "Changes are valid when they are signed by both sides.",
    "The law of the place of performance applies.",
    "Costs of transport are borne by whoever orders it.",
)
"""Of every document: words that say nothing of the one that is looked for."""


@dataclass(frozen=True)
class Planted:
    """``plain``: asked in the text's words, ``other``: in other words; ``value``: what an answer has to hold.

    ``reworded``: an answer in other words; ``turned``: one that says something else with the same words and numbers.
    """

    passages: list[Hit]
    plain: str
    other: str
    value: str
    reworded: str
    turned: str


def documents(seed: int = 7) -> list[Planted]:
    """A hundred documents, each with a fact of its own."""
    chosen = random.Random(seed)
    return [_document(number, chosen) for number in range(100)]


def _document(number: int, chosen: random.Random) -> Planted:
    firm = f"{_FIRMS[number % 10]} {_WORK[number // 10]}"
    person = f"{_FIRST[number % 20]} {_LAST[(number * 7) // 20 % 10]}"
    place, code = (
        chosen.choice(_PLACES),
        f"{chosen.choice('ABCDEF')}{chosen.choice('XYZ')}-{chosen.randint(1000, 9999)}",
    )
    amount, days = f"{chosen.randint(10, 999)},{chosen.randint(100, 999)}", str(chosen.randint(11, 89))
    year, month, day = chosen.randint(2015, 2026), chosen.randint(1, 12), chosen.randint(1, 28)
    kinds = (
        (
            f"The yearly fee of {firm} is EUR {amount}, payable in advance.",
            f"What is the yearly fee of {firm}?",
            f"How much does {firm} cost per year?",
            amount,
            f"For {firm} EUR {amount} per year are payable in advance.",
            f"The fee of {firm} is EUR {amount}, payable in advance per month.",
        ),
        (
            f"The contract with {firm} was signed on {year:04}-{month:02}-{day:02} in {place}.",
            f"When was the contract with {firm} signed?",
            f"On which date did {firm} put its name under the contract?",
            f"{year:04}-{month:02}-{day:02}",
            f"{firm}'s contract was signed in {place} on {day:02}.{month:02}.{year:04}.",
            f"The contract with {firm} was never signed in {place}.",
        ),
        (
            f"{person} is the contact for deliveries of {firm}.",
            f"Who is the contact for deliveries of {firm}?",
            f"Whom do I call about deliveries from {firm}?",
            person,
            f"The contact of {firm} is {person}, who is asked about deliveries.",
            f"{person} is not the contact for deliveries of {firm}.",
        ),
        (
            f"{firm} may end the agreement with a notice of {days} days.",
            f"With what notice may {firm} end the agreement?",
            f"How many days ahead does {firm} have to cancel the agreement?",
            days,
            f"With {days} days of notice {firm} may end the agreement.",
            f"{firm} may end the agreement with a notice of {days} weeks.",
        ),
        (
            f"The machine of {firm} stands in {place} and has the serial number {code}.",
            f"What is the serial number of the machine of {firm}?",
            f"Which number does the machine at {firm} carry?",
            code,
            f"In {place} stands the machine of {firm}, its serial number is {code}.",
            f"The machine of {firm} stands in {place} without the serial number {code}.",
        ),
    )
    fact, plain, other, value, reworded, turned = kinds[number % len(kinds)]
    filler = chosen.sample(_FILLER, 4)
    key = f"contracts/{number:03}.pdf"
    texts = (f"{filler[0]} {fact} {filler[1]}", f"{filler[2]} {filler[3]}")
    return Planted([hit(text, key=key, n=n) for n, text in enumerate(texts)], plain, other, value, reworded, turned)


def absent(seed: int = 11) -> Iterator[str]:
    """A hundred questions about what no document holds: other firms, other codes and dates, other matters."""
    chosen = random.Random(seed)
    strangers = ["Zarkov Mining", "Oberlin-Pratt Hotels", "Wexley Airlines", "Yttrium Labs", "Hokusai Ferries"]
    for number in range(100):
        firm, stranger = f"{chosen.choice(_FIRMS)} {chosen.choice(_WORK)}", strangers[number % 5]
        yield (
            f"What is the yearly fee of {stranger}?",
            f"When was the contract with {stranger} signed?",
            f"Which machine has the serial number QQ-{chosen.randint(1000, 9999)}?",
            f"What did {firm} sign on 1987-{chosen.randint(1, 12):02}-13?",
            f"What does {firm} pay for its insurance against floods?",
            f"Which colour are the trucks of {firm}?",
            f"Why was {chosen.choice(_FIRST)} Zimmerwald dismissed by {firm}?",
            "how high is the dog tax",
            "which planets have rings and how many moons",
            f"Did {firm} lay off staff during the pandemic?",
        )[number % 10]
