"""A database's tables and views, as Glue lists them and Athena can read them.

What Athena cannot take is left out and counted (TablesLeftOut, ColumnsLeftOut): names that cannot be written, types
that it has not, links to other databases, views that read more than the database. Comments are strangers' text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from common import aws
from common.observability import count, logger
from questions.errors import LakeForbidden, NoTables
from questions.model import Column, Table
from questions.tables import types, views

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

MOST_TABLES: Final = 2_000
"""Tables of a database that are read; 20 pages of GetTables."""
MOST_COLUMNS: Final = 2_000
"""Columns of a table, partition keys included, which are taken first."""
MOST_COMMENT: Final = 500
"""Characters of a comment; Glue takes 255 of a column's and 2,048 of a table's."""
_TABLE_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,254}")
"""Athena user guide, "Name databases, tables, and columns": no special characters but the underscore; a hyphen can be
asked in double quotes."""
_COLUMN_NAME = re.compile(r"[^\x00-\x1f\x7f\"`<>$]{1,255}")
"""A column of a crawled file may hold blanks; ``$`` begins the hidden ones (``$path``)."""
_VIEW = "VIRTUAL_VIEW"


@dataclass(frozen=True, slots=True)
class Listed:
    """A table with what samples need of it. ``version`` changes whenever the table does; ``location`` of its files;
    ``parameters`` as Glue keeps them."""

    table: Table
    version: str
    location: str = ""
    parameters: Mapping[str, str] | None = None
    view: bool = False

    @property
    def projected(self) -> bool:
        """Whether Athena makes up its partitions, so that Glue lists none."""
        return (self.parameters or {}).get("projection.enabled", "").lower() == "true"


def read(glue: Any, database: str, allowed: Sequence[str]) -> list[Table]:
    """The tables and views of ``database`` that may be asked, by name.

    Raises NoTables where the database is not one of ``allowed``, is unknown or has none; ServiceUnavailable while Glue
    is busy; LakeForbidden where it refuses the caller; any other error of Glue as it is.
    """
    return [listed.table for listed in listing(glue, database, allowed)]


def listing(glue: Any, database: str, allowed: Sequence[str]) -> list[Listed]:
    """``read``, with what samples need."""
    name = database.lower()
    if name not in {each.lower() for each in allowed}:
        raise NoTables(f"The database {database[:100]!r} may not be asked; one of {', '.join(allowed)} may.")
    left: Counter[str] = Counter()
    records = _records(glue, name, left)
    views_of = {key: str(record.get("ViewOriginalText") or "") for key, record in records.items() if _is_view(record)}
    taken = {key: found for key, record in records.items() if (found := _listed(name, record, left)) is not None}
    good = views.resolved({key: text for key, text in views_of.items() if key in taken}, taken.keys() - views_of, name)
    left["view"] += len(views_of.keys() & taken.keys() - good)
    listed = [taken[key] for key in sorted(taken) if key in good or key not in views_of]
    _tell(name, left)
    if not listed:
        raise NoTables(f"The database {name} has no table that Athena can read: run a crawler, or create one.")
    return listed


def _tell(database: str, left: Counter[str]) -> None:
    columns = left.pop("columns", 0)
    count("TablesLeftOut", left.total())
    count("ColumnsLeftOut", columns)
    if left.total() or columns:
        logger().warning(
            "left out of what may be asked", extra={"database": database, "tables": dict(left), "columns": columns}
        )


def _records(glue: Any, database: str, left: Counter[str]) -> dict[str, dict[str, Any]]:
    """Glue's tables by their names in lower case."""
    found: dict[str, dict[str, Any]] = {}
    for record in _pages(glue, database):
        name = str(record["Name"]).lower()
        if len(found) >= MOST_TABLES:
            left["more"] += 1
        elif not _TABLE_NAME.fullmatch(name) or name in found:
            left["name"] += 1
        else:
            found[name] = record
    return found


def _pages(glue: Any, database: str) -> Iterator[dict[str, Any]]:
    from botocore.exceptions import ClientError

    token, read = "", 0
    while read <= MOST_TABLES:
        more = {"NextToken": token} if token else {}
        try:
            with aws.patient(
                "Glue",
                ailing={"OperationTimeoutException", "InternalServiceException", "FederationSourceRetryableException"},
            ):
                page = glue.get_tables(DatabaseName=database, **more)
        except ClientError as error:
            raise _refusal(error, database) from error
        yield from page.get("TableList", [])
        read += len(page.get("TableList", []))
        token = page.get("NextToken") or ""
        if not token:
            return


def _refusal(error: ClientError, database: str) -> Exception:
    """Glue's errors under the names that the machine knows."""
    code = aws.code_of(error)
    if code == "EntityNotFoundException":
        return NoTables(f"There is no database {database} in Glue's catalogue.")
    if code == "AccessDeniedException":
        return LakeForbidden(
            f"Glue does not show the tables of {database}: allow the role of QuestionsReadTables glue:GetTables on it, "
            f"or give it DESCRIBE on its tables in Lake Formation."
        )
    return error


def _is_view(record: Mapping[str, Any]) -> bool:
    return record.get("TableType") == _VIEW


def _listed(database: str, record: Mapping[str, Any], left: Counter[str]) -> Listed | None:
    if record.get("TargetTable") or record.get("FederatedTable") or record.get("IsMultiDialectView"):
        # A link, or a table of another catalogue: what it reads lies elsewhere.
        left["elsewhere"] += 1
        return None
    storage = record.get("StorageDescriptor") or {}
    columns, dropped = _columns(storage.get("Columns") or (), record.get("PartitionKeys") or ())
    left["columns"] += dropped
    if columns is None:
        left["columnless"] += 1
        return None
    comment = _comment(record.get("Description") or _parameter(record))
    table = Table(database, str(record["Name"]).lower(), columns, comment, dropped)
    version = f"{record.get('VersionId') or ''}@{record.get('UpdateTime') or record.get('CreateTime') or ''}"
    location, parameters = str(storage.get("Location") or ""), dict(record.get("Parameters") or {})
    return Listed(table, version, location, parameters, _is_view(record))


def _parameter(record: Mapping[str, Any]) -> str:
    """CREATE TABLE ... COMMENT of Athena is kept as a parameter."""
    return str((record.get("Parameters") or {}).get("comment", ""))


def _columns(
    plain: Sequence[Mapping[str, Any]], keys: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Column, ...] | None, int]:
    """Columns, then partition keys, as SELECT * has them, and how many were left out.

    None where none is left, or a partition key cannot be asked: without it a query would read everything.
    """
    found: dict[str, Column] = {}
    for given, partition in ((keys, True), (plain, False)):
        for each in given:
            column = _column(each, partition)
            if column is None and partition:
                return None, 0
            if column is not None and column.name not in found and len(found) < MOST_COLUMNS:
                found[column.name] = column
    ordered = sorted(found.values(), key=lambda column: column.partition)
    return tuple(ordered) or None, len(plain) + len(keys) - len(found)


def _column(each: Mapping[str, Any], partition: bool) -> Column | None:
    name, kind = str(each.get("Name") or "").lower(), types.trino(str(each.get("Type") or "string"))
    if kind is None or not _COLUMN_NAME.fullmatch(name):
        return None
    return Column(name, kind, _comment(each.get("Comment")), partition)


def _comment(text: Any) -> str:
    return " ".join(str(text or "").split())[:MOST_COMMENT]
