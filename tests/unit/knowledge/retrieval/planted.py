"""A hundred facts, each in one of four hundred pages of text of the same kind, with a question that names what it is
about and one that says it in other words.

Every name of a fact also stands in other pages, in sentences about something else; so do the nouns of its question.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

PLACES = [
    "Aachen",
    "Bremen",
    "Chemnitz",
    "Dresden",
    "Erfurt",
    "Freiburg",
    "Giessen",
    "Hamburg",
    "Ingolstadt",
    "Jena",
    "Kassel",
    "Leipzig",
    "Mainz",
    "Nancy",
    "Oldenburg",
    "Passau",
    "Quedlinburg",
    "Rostock",
    "Stuttgart",
    "Trier",
    "Ulm",
    "Verona",
    "Wismar",
    "Xanten",
    "Zwickau",
]
FIRST = [
    "Anna",
    "Boris",
    "Carla",
    "Dmitri",
    "Elena",
    "Farid",
    "Greta",
    "Hakan",
    "Ingrid",
    "Jonas",
    "Katja",
    "Lukas",
    "Mira",
    "Nils",
    "Olga",
    "Pavel",
]
LAST = [
    "Albrecht",
    "Brandt",
    "Conrad",
    "Dorn",
    "Engel",
    "Falk",
    "Grimm",
    "Hauser",
    "Iversen",
    "Jansen",
    "Keller",
    "Lorenz",
    "Mertens",
    "Nolte",
    "Ott",
    "Petri",
]
FIRMS = [
    "Alvera",
    "Borealis",
    "Cantor",
    "Dynavit",
    "Eskimo",
    "Faraday",
    "Galanto",
    "Helvex",
    "Intarsia",
    "Juneberg",
    "Korvin",
    "Lumatec",
    "Meridia",
]

FACTS = (
    ("The monthly rent of the warehouse in {place} is {money} euros.",
     "How much is the monthly rent of the warehouse in {place}?",
     "What does renting the storage house cost us every month?"),
    ("{person} signed the delivery contract with {firm} on {day}.",
     "When did {person} sign the delivery contract with {firm}?",
     "On which day were the contracts about deliveries signed?"),
    ("Order {code} was returned because the pump was leaking.",
     "Why was order {code} returned?",
     "Which orders came back because of a leak in a pump?"),
    ("The guarantee that {firm} gives on heat exchangers lasts {number} months.",
     "How long does the guarantee of {firm} on heat exchangers last?",
     "For how many months are exchangers of heat guaranteed?"),
    ("{person} keeps the spare key of the laboratory in {place}.",
     "Who keeps the spare key of the laboratory in {place}?",
     "With whom are spare keys of the labs?"),
    ("Invoice {code} of {firm} was paid twice by mistake.",
     "What went wrong with invoice {code}?",
     "Which invoices were mistakenly paid two times?"),
    ("The meeting of the works council in {place} was moved to {day}.",
     "To which day was the meeting of the works council in {place} moved?",
     "When do the councils of the workers meet now?"),
    ("Machine {code} may not run above {number} degrees.",
     "How hot may machine {code} become?",
     "What is the limit in degrees of running machines?"),
)  # fmt: skip

FILLER = (
    "The office in {place} was painted in the spring and has a new floor.",
    "{person} has worked for the firm for {number} years.",
    "{firm} delivers gaskets and valves within two weeks.",
    "Please send the forms of the travel costs to the accounts department.",
    "The canteen in {place} offers a vegetarian dish every day.",
    "{person} wrote the minutes, and {other} read them.",
    "With {firm} we agreed on quarterly talks about quality.",
    "Order {code} was delivered in full and on time.",
    "Invoice {code} was booked to the cost centre of the workshop.",
    "Machine {code} was serviced by the manufacturer.",
    "The warehouse was counted at the end of the year, and {number} pieces were missing.",
    "A guarantee does not cover what wears out in normal use.",
    "The works council agreed to the new shifts in {place}.",
    "The laboratory measures hardness, roughness and weight of each lot.",
    "Rent and heating are paid by the central office.",
    "The contract may be ended by either side with a notice of three months.",
    "Spare parts lie in the second aisle behind the press.",
)
LINES_PER_PAGE, PAGES, DOCUMENTS = 20, 4, 100


@dataclass(frozen=True, slots=True)
class Fact:
    """``sentence`` stands in one passage of ``key``."""

    key: str
    page: int
    sentence: str
    named: str
    paraphrased: str


def planted(seed: int = 7) -> tuple[dict[str, list[list[str]]], list[Fact]]:
    """Pages of lines by key, and what is planted in them."""
    chance = random.Random(seed)

    def words() -> dict[str, str]:
        place = chance.choice(PLACES)
        return {
            "place": place,
            "person": f"{chance.choice(FIRST)} {chance.choice(LAST)}",
            "other": f"{chance.choice(FIRST)} {chance.choice(LAST)}",
            "firm": chance.choice(FIRMS),
            "code": f"{chance.choice('ABCKRT')}{chance.choice('EMNP')}-{chance.randrange(1000, 9999)}",
            "number": str(chance.randrange(11, 99)),
            "money": f"{chance.randrange(1, 9)},{chance.randrange(100, 999)}",
            "day": f"{chance.randrange(1, 28)} {chance.choice(['March', 'May', 'July'])} 20{chance.randrange(18, 26)}",
        }

    documents = {
        f"folder {number % 10}/document {number:03}.txt": [
            [chance.choice(FILLER).format(**words()) for _ in range(LINES_PER_PAGE)] for _ in range(PAGES)
        ]
        for number in range(DOCUMENTS)
    }
    facts: dict[str, Fact] = {}
    while len(facts) < 100:
        sentence, named, paraphrased = FACTS[len(facts) % len(FACTS)]
        filled = words()
        key, page = chance.choice(sorted(documents)), chance.randrange(PAGES)
        fact = Fact(key, page + 1, *(text.format(**filled) for text in (sentence, named, paraphrased)))
        if fact.named not in facts:  # two answers to one question are no question
            facts[fact.named] = fact
            documents[key][page].insert(chance.randrange(LINES_PER_PAGE), fact.sentence)
    return documents, list(facts.values())
