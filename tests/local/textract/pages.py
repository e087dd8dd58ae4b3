"""Pages drawn for the tests, each with what stands on it: no picture lies in the tree."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1654, 2339  # A4 in 1/200 inch
SCALE = 0.75


@dataclass
class Drawn:
    """A page image and what a reader would find on it."""

    image: Image.Image
    keys: dict[str, str] = field(default_factory=dict)
    """Key to value; a check box's value is "X" or ""."""
    cells: list[list[str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def png(self) -> bytes:
        data = io.BytesIO()
        self.image.save(data, "PNG")
        return data.getvalue()

    def file(self, form: str, **options: object) -> bytes:
        data = io.BytesIO()
        self.image.save(data, form, **options)
        return data.getvalue()


class Pen:
    """Draws text and lines on a white page, and notes every word. It counts in 1/200 inch; the page has 150 dpi."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT, paper: str = "white") -> None:
        self.page = Drawn(Image.new("RGB", (round(width * SCALE), round(height * SCALE)), paper))
        self.draw = ImageDraw.Draw(self.page.image)

    def text(self, x: float, y: float, text: str, size: int = 28, fill: str = "black", right: bool = False) -> float:
        """Write ``text``; its right edge (with ``right``, ``x`` is that edge)."""
        font = self.font(size)
        width = self.draw.textlength(text, font=font)
        left = x * SCALE - width if right else x * SCALE
        self.draw.text((left, y * SCALE), text, font=font, fill=fill)
        self.page.words += text.split()
        return (left + width) / SCALE

    @staticmethod
    def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        return ImageFont.load_default(size=round(size * SCALE))

    def path(self, points: Sequence[float], fill: str = "black", width: int = 2) -> None:
        self.draw.line([point * SCALE for point in points], fill=fill, width=width)

    def rule(self, x0: float, y: float, x1: float) -> None:
        self.path((x0, y, x1, y))

    def wall(self, x: float, y0: float, y1: float) -> None:
        self.path((x, y0, x, y1))

    def frame(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.draw.rectangle([point * SCALE for point in (x0, y0, x1, y1)], outline="black", width=2)

    def check(self, x: float, y: float, label: str, mark: str = "", side: int = 28) -> float:
        """A check box with a label: ``mark`` is "", "x", "tick" or "full"."""
        self.frame(x, y, x + side, y + side)
        if mark == "x":
            self.path((x + 5, y + 5, x + side - 5, y + side - 5), width=3)
            self.path((x + side - 5, y + 5, x + 5, y + side - 5), width=3)
        elif mark == "tick":
            self.path((x + 5, y + 14, x + 12, y + side - 6, x + side + 6, y - 6), width=3)
        elif mark == "full":
            inner = (x + 7, y + 7, x + side - 7, y + side - 7)
            self.draw.rectangle([point * SCALE for point in inner], fill="black")
        self.page.keys[label] = "X" if mark else ""
        return self.text(x + side + 14, y - 2, label)

    def grid(self, x: float, y: float, widths: Sequence[int], rows: Sequence[Sequence[str]], height: int = 56) -> float:
        """A ruled table; its bottom."""
        bottom = y + height * len(rows)
        for index in range(len(rows) + 1):
            self.rule(x, y + index * height, x + sum(widths))
        edge = x
        for width in (*widths, 0):
            self.wall(edge, y, bottom)
            edge += width
        for number, row in enumerate(rows):
            edge = x
            for width, text in zip(widths, row, strict=True):
                self.text(edge + 12, y + number * height + 10, text)
                edge += width
        self.page.cells += [list(row) for row in rows]
        return bottom


def application() -> Drawn:
    """Underlined blanks, boxes with a label inside, check boxes in three kinds of marks, a signature."""
    pen = Pen()
    pen.text(560, 80, "MEMBERSHIP APPLICATION", 44)
    for y, fields in (
        (220, (("Full Name", "Maria Keller", 120, 900), ("Date", "04/12/2025", 960, 1500))),
        (320, (("Street Address", "12 Harbor Road", 120, 1500),)),
        (420, (("Occupation", "", 120, 800), ("Employer", "Northwind Traders", 860, 1500))),
    ):
        for label, value, left, right in fields:
            edge = pen.text(left, y, label)
            pen.rule(edge + 14, y + 34, right)
            if value:
                pen.text(edge + 30, y - 2, value)
            pen.page.keys[label] = value
    pen.text(120, 540, "Membership type:")
    kinds = ((420, "Student", ""), (680, "Regular", "x"), (960, "Senior", "full"), (1200, "Family", "tick"))
    for x, label, mark in kinds:
        pen.check(x, 542, label, mark)
    boxes = (
        (120, 660, 620, "Home Phone", "555-0142"),
        (620, 660, 1060, "Mobile Phone", ""),
        (1060, 660, 1530, "E-mail Address", "m.keller@example.com"),
    )
    for x0, y0, x1, label, value in boxes:
        pen.frame(x0, y0, x1, y0 + 110)
        pen.text(x0 + 10, y0 + 6, label, 24)
        if value:
            pen.text(x0 + 20, y0 + 56, value)
        pen.page.keys[label] = value
    pen.text(
        120, 850, "I agree that the information above is correct and complete, and that the club may write to me.", 26
    )
    pen.text(120, 1000, "Signature:")
    pen.path((330, 1030, 380, 960, 410, 1035, 450, 970, 470, 1030, 560, 985, 600, 1025, 690, 975), "navy", 3)
    pen.rule(300, 1042, 820)
    return pen.page


def invoice(ruled: bool = True) -> Drawn:
    """An invoice: keys with colons, a table of items, totals at the right; with rulings or without."""
    pen = Pen()
    pen.text(120, 100, "Blue Lake Supplies", 52)
    pen.text(120, 180, "48 Mill Street, Springfield, IL 62701")
    for number, (key, value) in enumerate(
        (("Invoice No:", "BL-20917"), ("Invoice Date:", "March 3, 2025"), ("Due Date:", "April 2, 2025"))
    ):
        pen.text(1020, 240 + 50 * number, key)
        pen.text(1260, 240 + 50 * number, value)
        pen.page.keys[key] = value
    pen.text(120, 300, "Bill To:")
    pen.text(120, 345, "Harbor Cafe")
    pen.text(120, 390, "7 Quay Lane")
    pen.page.keys["Bill To:"] = "Harbor Cafe 7 Quay Lane"
    rows = [
        ["Description", "Quantity", "Unit Price", "Amount"],
        ["Coffee beans, dark roast", "12", "$18.50", "$222.00"],
        ["Paper cups", "40", "$3.25", "$130.00"],
        ["Oat milk, one liter", "24", "$2.10", "$50.40"],
    ]
    if ruled:
        bottom = pen.grid(120, 560, (620, 220, 260, 300), rows)
    else:
        bottom = _plain(pen, 560, rows, ((120, False), (900, True), (1180, True), (1520, True)))
    for number, (key, value) in enumerate((("Subtotal", "$402.40"), ("Sales Tax", "$32.19"), ("Total Due", "$434.59"))):
        pen.text(980, bottom + 60 + 52 * number, key)
        pen.text(1520, bottom + 60 + 52 * number, value, right=True)
        pen.page.keys[key] = value
    return pen.page


def _plain(pen: Pen, y: float, rows: Sequence[Sequence[str]], columns: Sequence[tuple[int, bool]]) -> float:
    for number, row in enumerate(rows):
        for (x, right), text in zip(columns, row, strict=True):
            pen.text(x, y + 52 * number, text, right=right)
    pen.page.cells += [list(row) for row in rows]
    return y + 52 * len(rows)


def statement() -> Drawn:
    """A financial statement without rulings: currency signs at the left of their columns, indented rows."""
    pen = Pen()
    pen.text(480, 120, "CONSOLIDATED STATEMENTS OF INCOME", 34)
    pen.text(600, 170, "(in millions, unaudited)")
    rows = [
        ["", "2024", "2025"],
        ["Net product sales", "$ 58,004", "$ 59,032"],
        ["Net service sales", "55,076", "75,351"],
        ["Cost of sales", "64,176", "69,373"],
        ["Fulfillment", "17,638", "21,305"],
        ["Operating income", "7,702", "7,681"],
        ["Net income", "$ 7,778", "$ 6,750"],
    ]
    for number, row in enumerate(rows):
        y = 260 + 46 * number
        pen.text(150, y, row[0])
        for edge, sign, text in ((1160, 990, row[1]), (1480, 1310, row[2])):
            if text.startswith("$"):
                pen.text(sign, y, "$")
            pen.text(edge, y, text.removeprefix("$ "), right=True)
    pen.page.cells = rows
    return pen.page


def receipt() -> Drawn:
    """A narrow receipt: items with amounts, totals, keys with # signs."""
    pen = Pen(700, 1300, "#f4f4f0")
    pen.text(190, 40, "CORNER MARKET", 40)
    pen.text(230, 100, "210 Oak Avenue")
    pen.text(40, 170, "Store # 0412")
    pen.text(400, 170, "Reg # 7")
    pen.page.keys |= {"Store #": "0412", "Reg #": "7"}
    rows = [["WHOLE MILK", "$3.49"], ["RYE BREAD", "$4.25"], ["APPLES 2 LB", "$5.10"]]
    for number, (item, amount) in enumerate(rows):
        pen.text(40, 250 + 44 * number, item)
        pen.text(640, 250 + 44 * number, amount, right=True)
    totals = [["SUBTOTAL", "$12.84"], ["TAX", "$0.77"], ["TOTAL", "$13.61"], ["CASH", "$20.00"], ["CHANGE", "$6.39"]]
    for number, (key, amount) in enumerate(totals):
        pen.text(220, 460 + 44 * number, key)
        pen.text(640, 460 + 44 * number, amount, right=True)
        pen.page.keys[key] = amount
    pen.page.cells = rows + totals
    pen.text(150, 740, "THANK YOU FOR SHOPPING", 28)
    return pen.page


def merged() -> Drawn:
    """A ruled table with a heading over two columns, and one row that is a title from wall to wall."""
    pen = Pen()
    pen.text(160, 160, "Staff training by quarter", 36)
    xs, ys = (160, 560, 860, 1160, 1460), (260, 330, 400, 470, 540)
    for y in ys:
        pen.rule(160, y, 1460)
    for x in xs:
        pen.wall(x, ys[1] if x == 860 else ys[0], ys[-1])
    rows = [
        ["Team", "First half", "", "Total"],
        ["North", "14", "9", "23"],
        ["South", "8", "16", "24"],
        ["West", "5", "6", "11"],
    ]
    for row, y in zip(rows, ys, strict=False):
        for text, x in zip(row, xs, strict=False):
            if text:
                pen.text(x + 16, y + 18, text)
    pen.page.cells = rows
    return pen.page


def headed() -> Drawn:
    """A personnel form without rulings: labels in one row, values below them; then a list and two columns of prose."""
    pen = Pen()
    pen.text(120, 90, "Employee Record", 48)
    labels = (("First Name", 120, "Ingrid"), ("Last Name", 520, "Solberg"), ("Date of Birth", 960, "12 May 1984"))
    for label, x, value in labels:
        pen.text(x, 220, label, 24)
        pen.text(x, 258, value, 28)
        pen.page.keys[label] = value
    pen.text(120, 420, "Duties", 36)
    for number, duty in enumerate(
        ("Opens the shop in the morning.", "Orders goods from suppliers.", "Trains new staff.")
    ):
        pen.text(140, 500 + 48 * number, f"{number + 1}. {duty}")
    left = ("The shop opens at eight in the", "morning and closes at six. On", "Sundays it stays closed all day.")
    right = ("Deliveries come to the back door", "and are signed for by whoever is", "on duty at that time of the day.")
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        pen.text(120, 760 + 40 * number, one)
        pen.text(860, 760 + 40 * number, other)
    return pen.page


PAGES: dict[str, Callable[[], Drawn]] = {
    "application": application,
    "invoice": invoice,
    "invoice-plain": lambda: invoice(ruled=False),
    "statement": statement,
    "receipt": receipt,
    "merged": merged,
    "headed": headed,
}
