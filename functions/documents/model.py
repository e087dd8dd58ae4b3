"""A document's data on its way from an object to a summary: plain data, written to S3 as JSON.

Boxes are shares of the page (0 to 1) from its upper left corner, as Textract gives them; pages count from 1;
confidences are 0 to 100, as Textract gives them, and None where nothing was estimated (text-native files).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

SCHEMA = 1
EVENT_SOURCE = "millrace.documents"

MOST_PAGES: Final = 3000
"""Of one document: Textract takes no more at a time ("Set Quotas in Amazon Textract")."""

SELECTED, NOT_SELECTED = "[X]", "[ ]"
"""How a check box reads."""

NO_TEXT = "no_text"
"""The stop reason of a summary for which no model was asked, since there was no text."""

Route = Literal["text", "sync", "async"]
FieldKind = Literal["date", "phone", "amount", "address", "text"]
Origin = Literal["textract", "text"]


@dataclass(frozen=True, slots=True)
class Source:
    """One version of one object in the inbox bucket. ``etag`` is without quotes."""

    bucket: str
    key: str
    etag: str
    sequencer: str
    version_id: str | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the bytes are and which way they go. ``reason`` says in a few words why this route.

    ``unlocked``: the PDF is encrypted, opens without a password, and Textract reads a copy without encryption.
    """

    media_type: str
    pages: int
    route: Route
    reason: str = ""
    unlocked: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in reading order."""

    page: int
    text: str
    confidence: float | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """``order``: its place in the file's own order, where the reader tells it."""

    text: str
    box: Box
    order: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class LaidLine:
    """A line with its words' places: what boxes, a text layer or a redaction need, never kept in ``Extraction``."""

    page: int
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A box on a page; or, of a file without pages, ``start`` to ``end`` of ``Extraction.lines[line]``."""

    page: int
    box: Box | None = None
    line: int = 0
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class FormPlaces:
    """Empty where nobody can tell: a field's name that shows nowhere, a value without a mark."""

    key: tuple[Place, ...] = ()
    value: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class CellPlace:
    """``row`` and ``column`` count from 1; ``rows`` and ``columns`` are how many it covers."""

    row: int
    column: int
    rows: int
    columns: int
    place: Place


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands that ``Extraction`` holds, in its order and number. ``tables`` are cells, those that can
    be told; a query's place is None where it has no answer or no place."""

    lines: tuple[LaidLine, ...]
    forms: tuple[FormPlaces, ...] = ()
    tables: tuple[tuple[CellPlace, ...], ...] = ()
    queries: tuple[Place | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A key and its value as they stand in the document. A check box reads "[X]" or "[ ]"."""

    page: int
    key: str
    value: str
    confidence: float | None = None
    source: Origin = "textract"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length; a merged cell repeats its text in each cell that it covers."""

    page: int
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """``answer`` is None where the document does not hold one."""

    page: int
    question: str
    alias: str | None = None
    answer: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    page: int
    confidence: float | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """Something a person should look at. ``code`` is one of those of docs/documents.md; ``form`` indexes forms."""

    code: str
    message: str
    page: int | None = None
    form: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One of several documents that are in one file: its pages ``first`` to ``last``, put into the inbox as ``key``."""

    type: str
    first: int
    last: int
    key: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything read from a document, from whichever route. ``lines`` are in reading order, all pages.

    ``flags``: what the reader left out, guessed or could not see. ``unchecked``: pages whose own text was believed, as
    there was no time to paint them; whoever reads the same lines again must not paint them either. ``parts``: documents
    that it holds, where it was split into them.
    """

    pages: int
    lines: tuple[Line, ...] = ()
    forms: tuple[Form, ...] = ()
    tables: tuple[Table, ...] = ()
    queries: tuple[Query, ...] = ()
    signatures: tuple[Signature, ...] = ()
    flags: tuple[Flag, ...] = ()
    unchecked: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()

    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **asdict(self)}

    @staticmethod
    def from_json(document: dict[str, Any]) -> Extraction:
        return Extraction(
            pages=document["pages"],
            lines=tuple(Line(**{**line, "box": _box(line["box"])}) for line in document["lines"]),
            forms=tuple(Form(**form) for form in document["forms"]),
            tables=tuple(
                Table(**{**table, "rows": tuple(tuple(row) for row in table["rows"])}) for table in document["tables"]
            ),
            queries=tuple(Query(**query) for query in document["queries"]),
            signatures=tuple(Signature(**{**each, "box": _box(each["box"])}) for each in document["signatures"]),
            flags=tuple(Flag(**each) for each in document.get("flags", ())),  # none in what older code has kept
            unchecked=tuple(document.get("unchecked", ())),
            parts=tuple(Part(**each) for each in document.get("parts", ())),
        )


@dataclass(frozen=True, slots=True)
class DocumentType:
    """``confidence`` is 0 to 1: by rules how far ahead of the next type, not a probability; by a model its own word."""

    name: str
    confidence: float
    by: Literal["rules", "model"] = "rules"


@dataclass(frozen=True, slots=True)
class Field:
    """A form's value made comparable. ``form`` is its index in ``Extraction.forms``; ``value`` is None where nothing
    could be decided (a flag says why). ``name`` is what the template of the document's type calls it, None where that
    knows no such key; ``key`` is the form's own, as it was read."""

    form: int
    kind: FieldKind
    raw: str
    value: str | None
    page: int
    confidence: float | None
    source: Origin
    name: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    type: str
    text: str
    page: int
    score: float


@dataclass(frozen=True, slots=True)
class Secret:
    """Personal data by place: ``line`` indexes ``Extraction.lines``, ``start`` and ``end`` characters in it."""

    type: str
    line: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Enrichment:
    """``sought``: whether personal data was looked for; without that, no ``secrets`` means nothing."""

    type: DocumentType
    fields: tuple[Field, ...] = ()
    flags: tuple[Flag, ...] = ()
    entities: tuple[Entity, ...] = ()
    secrets: tuple[Secret, ...] = ()
    sought: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **asdict(self)}

    @staticmethod
    def from_json(document: dict[str, Any]) -> Enrichment:
        return Enrichment(
            type=DocumentType(**document["type"]),
            fields=tuple(Field(**each) for each in document["fields"]),
            flags=tuple(Flag(**each) for each in document["flags"]),
            entities=tuple(Entity(**each) for each in document["entities"]),
            secrets=tuple(Secret(**each) for each in document["secrets"]),
            sought=document["sought"],
        )


@dataclass(frozen=True, slots=True)
class ModelUse:
    """``tokens`` is input and output together over all calls; None where the provider does not say."""

    id: str
    stop_reason: str
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """``sentences`` as the model gave them; ``flags`` are what its checks found."""

    sentences: tuple[str, ...]
    model: ModelUse
    flags: tuple[Flag, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **asdict(self)}

    @staticmethod
    def from_json(document: dict[str, Any]) -> Summary:
        return Summary(
            sentences=tuple(document["sentences"]),
            model=ModelUse(**document["model"]),
            flags=tuple(Flag(**each) for each in document["flags"]),
        )


def _box(value: dict[str, float] | None) -> Box | None:
    return None if value is None else Box(**value)
