"""Drawn pages of tables without walls, and of what stands in columns and is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.local.textract.pages import SCALE, Drawn, Pen

Grid = Sequence[Sequence[str]]


def _grid(pen: Pen, y: float, step: float, lefts: Sequence[float], rows: Grid, rights: Sequence[int] = ()) -> None:
    """Rows of texts at ``lefts``; those of the columns ``rights`` (0, 1, ...) end there instead."""
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            if text:
                pen.text(lefts[column], y + step * number, text, right=column in rights)
    pen.page.cells += [list(row) for row in rows]


def _shade(pen: Pen, x0: float, y0: float, x1: float, y1: float, fill: str) -> None:
    pen.draw.rectangle([point * SCALE for point in (x0, y0, x1, y1)], fill=fill)


STAFF = (("Harbor", "Ingrid"), ("Market", "Tomas"), ("Station", "Amara"), ("Airport", "Lucien"), ("Campus", "Noor"))
PRICES = (("Green tea", "2.50"), ("Black coffee", "3.10"), ("Apple cake", "4.75"), ("Walnut bread", "5.20"))


def lists() -> Drawn:
    """Two columns of words at one distance, and a price list."""
    pen = Pen()
    pen.text(120, 100, "Shops and who keeps them", 40)
    _grid(pen, 220, 62, (140, 620), STAFF)
    pen.text(120, 700, "What is on the counter today", 40)
    _grid(pen, 820, 62, (140, 1100), PRICES, rights=(1,))
    return pen.page


REPORT = (
    ("", "First half", "", "Second half", ""),
    ("", "Budget", "Actual", "Budget", "Actual"),
    ("Wages", "1,200", "1,180", "1,250", "1,302"),
    ("Rent", "400", "400", "420", "420"),
    ("Power and water", "96", "118", "101", "99"),
    ("Total", "1,696", "1,698", "1,771", "1,821"),
)
_EDGES = (140, 720, 940, 1240, 1460)


def report() -> Drawn:
    """Level rulings only, and headings over two columns each."""
    pen = Pen()
    pen.text(120, 100, "What the shop spent, in thousands", 40)
    pen.rule(140, 225, 1470)
    pen.text(650, 240, "First half")
    pen.text(1160, 240, "Second half")
    _grid(pen, 300, 60, _EDGES, REPORT[1:], rights=(1, 2, 3, 4))
    for y in (350, 540, 600):
        pen.rule(140, y, 1470)
    pen.page.cells.insert(0, list(REPORT[0]))
    return pen.page


SHADED = (
    ("Route", "Condition of the road", "Open from"),
    ("North ridge", "Snow and ice above the tree line", "May"),
    ("River path", "Dry gravel", "March"),
    ("Old quarry", "Closed after the landslide", "June"),
    ("South gate", "Paved", "March"),
)


def shaded() -> Drawn:
    """Every second row shaded, one cell of two lines."""
    pen = Pen()
    pen.text(120, 100, "Paths around the lake", 40)
    tops = (220, 290, 390, 460, 530)
    for number, (top, bottom) in enumerate(zip(tops, (*tops[1:], 600), strict=True)):
        if number % 2 == 0:
            _shade(pen, 130, top, 1400, bottom, "#e4e9f0")
    for row, top in zip(SHADED, tops, strict=True):
        for x, text in zip((150, 520, 1150), row, strict=True):
            head, sep, tail = text.partition(" above ")
            pen.text(x, top + 18, head)
            if sep:
                pen.text(x, top + 54, sep.strip() + " " + tail)
    pen.page.cells = [list(row) for row in SHADED]
    return pen.page


def letter() -> Drawn:
    """A letter: letterhead at both sides, an address, paragraphs, a closing."""
    pen = Pen()
    for number, (left, right) in enumerate(
        (("Blue Lake Supplies", "March 3, 2025"), ("48 Mill Street", "By courier"), ("Springfield, IL 62701", ""))
    ):
        pen.text(120, 120 + 40 * number, left)
        pen.text(1180, 120 + 40 * number, right)
    for number, line in enumerate(("Harbor Cafe", "Ms. Ann Lee", "7 Quay Lane", "Portland, OR 97201")):
        pen.text(120, 360 + 40 * number, line)
    body = (
        "Thank you for your letter of last week. We were glad to hear that the machines run well,",
        "and that your guests like the new coffee. The filters you asked for will be sent on Monday,",
        "together with the spare cups that were missing from the last delivery in January.",
        "As to the grinder, our workshop can have a look at it when our driver comes by. Please let",
        "us know which day would suit you, so that nobody has to wait for him in front of the door.",
    )
    for number, line in enumerate(body):
        pen.text(120, 620 + 40 * number, line, 26)
    pen.text(120, 880, "With kind regards,")
    return pen.page


def newspaper() -> Drawn:
    """Two columns of prose whose lines stand level with one another."""
    pen = Pen()
    pen.text(420, 100, "The Harbor Gazette", 52)
    left = (
        "The old ferry came back on Sunday",
        "after two years in the dockyard and", "was met by half of the town. The",
        "mayor spoke for a short time, then",
        "the band played until it was dark.", "Tickets for the first trip had been",
        "sold out within an hour, as many", "families wanted to be on board.",
    )  # fmt: skip
    right = (
        "Rain is expected from Tuesday on,", "with strong wind along the coast.", "Fishing boats should stay inside",
        "until the warning has been lifted.", "The market moves into the hall for", "as long as the weather lasts, and",
        "the school run will start from the", "north gate instead of the square.",
    )  # fmt: skip
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        pen.text(120, 300 + 40 * number, one)
        pen.text(860, 300 + 40 * number, other)
    return pen.page


def addresses() -> Drawn:
    """Two addresses side by side, and a form of labels without colons."""
    pen = Pen()
    pen.text(120, 100, "Delivery note", 48)
    for number, (one, other) in enumerate(
        (("Blue Lake Supplies", "Harbor Cafe"), ("Attn. Sales", "Ms. Ann Lee"), ("48 Mill Street", "7 Quay Lane"),
         ("Springfield, IL 62701", "Portland, OR 97201"))
    ):  # fmt: skip
        pen.text(120, 260 + 42 * number, one)
        pen.text(860, 260 + 42 * number, other)
    for number, (key, value) in enumerate(
        (("First Name", "Ingrid"), ("Last Name", "Solberg"), ("Occupation", "Baker"), ("Nationality", "Norwegian"))
    ):
        pen.text(120, 640 + 60 * number, key)
        pen.text(560, 640 + 60 * number, value)
        pen.page.keys[key] = value
    return pen.page


def survey() -> Drawn:
    """Radio buttons with labels, and blanks of underscores that touch their keys."""
    pen = Pen()
    pen.text(120, 100, "How was your stay?", 48)
    for y, options in (
        (260, (("Excellent", False), ("Fair", True), ("Poor", False))),
        (340, (("Yes", True), ("No", False))),
    ):
        x = 140.0
        for label, chosen in options:
            _radio(pen, x, y, chosen)
            x = pen.text(x + 50, y - 2, label) + 90
            pen.page.keys[label] = "X" if chosen else ""
    for y, key, value in ((480, "Name:", "Maria Keller"), (570, "Room:", "")):
        edge = pen.text(140, y, key)
        pen.draw.text((edge * SCALE, y * SCALE), "_" * 28, font=pen.font(28), fill="black")
        if value:
            pen.text(edge + 40, y - 4, value)
        pen.page.keys[key] = value
    return pen.page


def _radio(pen: Pen, x: float, y: float, chosen: bool, side: int = 30) -> None:
    pen.draw.ellipse([point * SCALE for point in (x, y, x + side, y + side)], outline="black", width=2)
    if chosen:
        inner = (x + 9, y + 9, x + side - 9, y + side - 9)
        pen.draw.ellipse([point * SCALE for point in inner], fill="black")


TABLES: dict[str, Callable[[], Drawn]] = {"lists": lists, "report": report, "shaded": shaded}
NO_TABLES: dict[str, Callable[[], Drawn]] = {"letter": letter, "newspaper": newspaper, "addresses": addresses}
