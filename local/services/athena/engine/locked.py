"""A locked DuckDB: it reads the copies of one query and nothing else, runs one SELECT, and can be stopped.

Measured with DuckDB 2.0: ``allowed_directories`` with ``enable_external_access=false`` and ``lock_configuration=true``
stops other files, links, ATTACH, INSTALL and SET; the allowed folder itself can be listed and written. So the folder
holds nothing but copies, and only a statement that DuckDB itself calls a SELECT is run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.services.athena.catalog import NAME
from local.services.athena.engine import macros, translate
from local.services.athena.errors import QueryError, Stopped

SECONDS = 300.0
MEMORY = "512MB"
SPILL = "4GB"
THREADS = 2
_AGAIN = 0.05


@dataclass(frozen=True)
class Rows:
    """An answer: names and DuckDB's types of the columns, and the rows."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Watch:
    """Stops whatever connection of a query runs now, and ends each that runs too long."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._changed = threading.Condition()
        self._running: Any = None
        self.stopped = False

    def stop(self) -> None:
        """End the query: now if it runs, else as soon as it would."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()

    def _guard(self, connection: Any) -> None:
        """Interrupt ``connection`` once it is stopped or its time is over, until it has noticed.

        DuckDB forgets an interruption that comes before a statement has begun, so one is not enough.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.stopped or self._running is not connection, self._seconds)
            while self._running is connection:
                connection.interrupt()
                self._changed.wait_for(lambda: self._running is not connection, _AGAIN)

    @contextmanager
    def over(self, connection: Any) -> Iterator[None]:
        """While the body runs, stop() and the clock interrupt ``connection``.

        Raises:
            Stopped: before or by stop().
            QueryError: its time is over.
        """
        import duckdb

        with self._changed:
            if self.stopped:
                raise Stopped
            self._running = connection
        guard = threading.Thread(target=self._guard, args=(connection,), daemon=True)
        guard.start()
        try:
            yield
        except duckdb.InterruptException as error:
            if self.stopped:
                raise Stopped from error
            limit = f"{self._seconds / 60:.2f}m"
            raise QueryError("EXCEEDED_TIME_LIMIT", f"Query exceeded the maximum run time limit of {limit}") from error
        finally:
            with self._changed:
                self._running = None
                self._changed.notify_all()
            guard.join()


class Engine:
    """One connection of its own, over ``folder`` and views that are made before the lock closes."""

    def __init__(self, folder: Path, watch: Watch) -> None:
        import duckdb

        self._watch = watch
        self._connection = duckdb.connect(":memory:", config={"threads": THREADS, "memory_limit": MEMORY})
        self._folder = folder
        self._set("integer_division = true", "TimeZone = 'UTC'", "python_enable_replacements = false")
        self._connection.execute(f"ATTACH ':memory:' AS {NAME}")

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _set(self, *settings: str) -> None:
        for setting in settings:
            self._connection.execute(f"SET {setting}")

    def describe(self, relation: str) -> dict[str, str]:
        """The columns of a relation of our own, with DuckDB's types."""
        with translate.errors():
            return {str(r[0]): str(r[1]) for r in self._connection.execute(f"DESCRIBE FROM {relation}").fetchall()}

    def view(self, database: str, name: str, select: str) -> None:
        """A name for a SELECT of our own."""
        quoted = [part.replace('"', '""') for part in (database, name)]
        self._connection.execute(f'CREATE SCHEMA IF NOT EXISTS {NAME}."{quoted[0]}"')
        with translate.errors():
            self._connection.execute(f'CREATE VIEW {NAME}."{quoted[0]}"."{quoted[1]}" AS {select}')

    def lock(self, sql: str) -> None:
        """From here on nothing but the folder, and no settings; ``sql`` is what will run."""
        for statement in macros.wanted(sql):
            self._connection.execute(statement)
        place = str(self._folder).replace("'", "''")
        self._set(
            f"allowed_directories = ['{place}']",
            f"temp_directory = '{place}/spill'",
            f"max_temp_directory_size = '{SPILL}'",
            "enable_external_access = false",
            "lock_configuration = true",
        )

    def run(self, sql: str) -> Rows:
        """The answer of one SELECT.

        Raises:
            QueryError: in Trino's words.
            Stopped: by the watch.
        """
        statement = self._only(sql, "SELECT")
        with self._watch.over(self._connection), translate.errors():
            result = self._connection.execute(statement)
            columns: Sequence[Any] = result.description or ()
            if any("TIME ZONE" in str(column[1]) for column in columns):
                # Python would need another library for moments with a zone; their texts are enough.
                result = self._connection.execute(_zones_as_text(sql, columns))
            rows = result.fetchall()
        return Rows(tuple(str(c[0]) for c in columns), tuple(str(c[1]) for c in columns), rows)

    def explain(self, sql: str) -> str:
        """DuckDB's plan of one SELECT."""
        self._only(sql, "SELECT")
        with self._watch.over(self._connection), translate.errors():
            found = self._connection.execute(f"EXPLAIN {sql}").fetchall()
        return "\n".join(str(row[1]) for row in found)

    def copy(self, sql: str, path: Path, options: str) -> None:
        """The rows of one SELECT as files at ``path``, which lies in the folder."""
        if not path.is_relative_to(self._folder):
            raise ValueError(f"{path} does not lie in the folder of the query.")
        self._only(sql, "SELECT")
        target = str(path).replace("'", "''")
        statement = self._only(f"COPY ({sql}) TO '{target}' ({options})", "COPY")
        with self._watch.over(self._connection), translate.errors():
            self._connection.execute(statement)

    def _only(self, sql: str, kind: str) -> Any:
        with translate.errors():
            found = self._connection.extract_statements(sql)
        if len(found) != 1 or found[0].type.name.upper().removesuffix("_STATEMENT") != kind:
            raise QueryError("NOT_SUPPORTED", "The statement is no single query.")
        return found[0]


def _zones_as_text(sql: str, columns: Sequence[Any]) -> str:
    names = ", ".join(f"c{n}" for n in range(len(columns)))
    shown = ", ".join(
        f"CAST(c{n} AS VARCHAR)" if str(column[1]) == "TIMESTAMP WITH TIME ZONE" else f"c{n}"
        for n, column in enumerate(columns)
    )
    return f"SELECT {shown} FROM ({sql}) AS answer({names})"  # noqa: S608 - the query was checked
