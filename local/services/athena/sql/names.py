"""Each name of a query found: tables in the catalogue, columns in the tables, and the type of every expression.

What runs is the tree as it was parsed; a qualified copy of it only tells what its names mean.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.resolver import Resolver
from sqlglot.optimizer.scope import Scope, find_all_in_scope, traverse_scope
from sqlglot.schema import MappingSchema

from local.services.athena.catalog import INFORMATION, NAME, Catalog, Column, Table
from local.services.athena.errors import Place, QueryError, unbuilt
from local.services.athena.sql import grammar
from local.services.athena.sql.dialect import METADATA
from local.services.athena.sql.text import Statement
from local.services.athena.statements.information import INFORMATION_VIEWS, SHAPES

HIDDEN = {
    "$path": Column("$path", "string"),
    "$bucket": Column("$bucket", "string"),
    "$file_size": Column("$file_size", "bigint"),
    "$file_modified_time": Column("$file_modified_time", "timestamp"),
}
PARTITIONS = "$partitions"
_DEEPEST_VIEW = 16

logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass
class Analysis:
    """A query whose names are known.

    ``tree`` runs; ``qualified`` has every column with its table and, as far as it is known, its type. ``tables`` are
    those of Glue, by their names in the tree; ``listings`` those that are made of the catalogue itself.
    """

    statement: Statement
    tree: exp.Query
    qualified: exp.Query
    tables: dict[tuple[str, str], Table]
    listings: dict[tuple[str, str], tuple[Column, ...]]
    hidden: bool = False
    types: dict[int, exp.DataType] = field(default_factory=dict)

    def type_of(self, node: exp.Expr) -> exp.DataType | None:
        """The type of a node of ``tree``."""
        return self.types.get(node.meta.get("id", -1))


def analyse(statement: Statement, catalog: Catalog) -> Analysis:
    """Raises QueryError where a name means nothing, or what the caller may not see; Refused for bad grammar."""
    tree = grammar.parse(statement)
    found = Analysis(statement, tree, tree, {}, {})
    found.hidden = any(c.name.lower() in HIDDEN for c in tree.find_all(exp.Column))
    found.tree = _with_views(found, catalog, tree, catalog.database, 0)
    _shorten(found)
    for number, node in enumerate(found.tree.walk()):
        node.meta["id"] = number
    schema = _schema(found)
    try:
        copy = _with_literal_types(found.tree.copy())
        found.qualified = qualify(
            copy,
            schema=schema,
            dialect=grammar.DIALECT,
            expand_alias_refs=False,
            quote_identifiers=False,
            identify=False,
            validate_qualify_columns=False,
            allow_partial_qualification=True,
        )
        _check_columns(found, schema)
        found.qualified = annotate_types(
            found.qualified, schema=schema, expression_metadata=METADATA, dialect=grammar.DIALECT
        )
    except SqlglotError as error:
        raise QueryError("SYNTAX_ERROR", str(error).splitlines()[0], Place(1, 1)) from error
    for node in found.qualified.walk():
        if "id" in node.meta and node.type is not None and not node.type.is_type(exp.DType.UNKNOWN):
            found.types[node.meta["id"]] = node.type
    return found


def _with_literal_types(tree: exp.Query) -> exp.Query:
    """1.5 is a decimal(2,1), which sqlglot calls a double."""
    for literal in list(tree.find_all(exp.Literal)):
        text = literal.this
        if literal.is_string or "." not in text or "e" in text.lower() or isinstance(literal.parent, exp.Interval):
            continue
        whole, _, part = text.partition(".")
        digits = max(1, len(whole.lstrip("0")) + len(part))
        bare = literal.copy()
        bare.meta.clear()
        cast = exp.cast(bare, exp.DataType.build(f"decimal({digits},{len(part)})", dialect=grammar.DIALECT))
        cast.meta.update(literal.meta)
        literal.replace(cast)
    return tree


def _with_views(found: Analysis, catalog: Catalog, tree: exp.Query, database: str, depth: int) -> exp.Query:
    """The tree with full table names, and queries in the places of views."""
    if depth > _DEEPEST_VIEW:
        raise QueryError("INVALID_VIEW", "A view is made of itself.")
    for node in _tables(tree):
        place = grammar.where(found.statement, node) if depth == 0 else None
        schema = _database(node, database, place)
        name = node.name.lower()
        if schema == INFORMATION or name.endswith(PARTITIONS):
            key = (INFORMATION_VIEWS if schema == INFORMATION else schema, name)
            found.listings[key] = _listing(catalog, schema, name, place)
            _full(node, *key)
            continue
        table = catalog.table(schema, name, place)
        if not table.view:
            found.tables[schema, name] = table
            _full(node, schema, name)
            continue
        inner = Statement(table.view)
        below = _with_views(found, catalog, _bare(grammar.parse(inner)), table.view_database, depth + 1)
        node.replace(exp.Subquery(this=below, alias=_alias(node, name)))
    return tree


def _bare(tree: exp.Query) -> exp.Query:
    """Without places: they are those of another text."""
    for node in tree.walk():
        for key in ("line", "col", "start", "end"):
            node.meta.pop(key, None)
    return tree


def _alias(node: exp.Table, name: str) -> exp.TableAlias:
    given = node.args.get("alias")
    return given.copy() if given else exp.TableAlias(this=exp.to_identifier(name, quoted=True))


def _full(node: exp.Table, database: str, name: str) -> None:
    start = node.this.meta
    node.set("this", exp.to_identifier(name, quoted=True))
    node.set("db", exp.to_identifier(database, quoted=True))
    node.set("catalog", exp.to_identifier(NAME, quoted=True))
    node.this.meta.update(start)


def _tables(tree: exp.Query) -> list[exp.Table]:
    """The tables of a query that are no CTEs, in the order of the text."""
    found: dict[int, exp.Table] = {}
    for scope in traverse_scope(tree):
        for node in scope.tables:
            if node.db or not isinstance(scope.sources.get(node.alias_or_name), Scope):
                found[id(node)] = node
    return list(found.values())


def _database(node: exp.Table, default: str, place: Place | None) -> str:
    if node.catalog and node.catalog.lower() != NAME:
        if node.catalog.lower().startswith("s3tablescatalog"):
            raise unbuilt("A catalogue of S3 Tables")
        raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{node.catalog.lower()}' does not exist", place)
    return (node.db or default).lower()


def _listing(catalog: Catalog, database: str, name: str, place: Place | None) -> tuple[Column, ...]:
    if database == INFORMATION:
        if name not in SHAPES:
            raise QueryError("TABLE_NOT_FOUND", f"Table '{NAME}.{database}.{name}' does not exist", place)
        return SHAPES[name]
    return catalog.table(database, name.removesuffix(PARTITIONS), place).keys


def _shorten(found: Analysis) -> None:
    """Columns lose the database in front of their table, which a subquery in a view's place would not have."""
    databases = {database for database, _ in (*found.tables, *found.listings)} | {INFORMATION}
    for column in found.tree.find_all(exp.Column):
        if column.args.get("db") and column.text("db").lower() in databases:
            column.set("db", None)
            column.set("catalog", None)


def _schema(found: Analysis) -> MappingSchema:
    shapes = {key: table.everything for key, table in found.tables.items()} | found.listings
    schema = MappingSchema(dialect=grammar.DIALECT)
    for (database, name), columns in shapes.items():
        more = tuple(HIDDEN.values()) if found.hidden and (database, name) in found.tables else ()
        schema.add_table(
            exp.table_(name, database, NAME, quoted=True),
            {f'"{column.name}"': column.trino for column in (*columns, *more)},
            dialect=grammar.DIALECT,
            match_depth=False,
        )
    return schema


def _check_columns(found: Analysis, schema: MappingSchema) -> None:
    for scope in traverse_scope(found.qualified):
        resolver = Resolver(scope, schema)
        for column in find_all_in_scope(scope.expression, exp.Column):
            if isinstance(column.this, exp.Star):
                continue
            if not column.table:
                _unqualified(found, scope, resolver, column)
            elif column.table in scope.sources:
                known = resolver.get_source_columns(column.table)
                if known and "*" not in known and column.name.lower() not in {name.lower() for name in known}:
                    raise _unresolved(found, column)
            elif not _outer(scope, column.table):
                raise _unresolved(found, column)


def _outer(scope: Scope, name: str) -> bool:
    """Whether a name is a source of a query around this one."""
    parent = scope.parent
    while parent is not None:
        if name in parent.sources:
            return True
        parent = parent.parent
    return False


def _unqualified(found: Analysis, scope: Scope, resolver: Resolver, column: exp.Column) -> None:
    name = column.name.lower()
    clause = column.find_ancestor(exp.Order, exp.Window, exp.Select, exp.SetOperation)
    query = scope.expression
    aliases = {alias.lower() for alias in query.named_selects} if isinstance(query, exp.Query) else set()
    if isinstance(clause, exp.Order) and name in aliases and not column.find_ancestor(exp.Window):
        return
    if any(name == str(parameter.name).lower() for parameter in _parameters(column)):
        return
    owners = [s for s in scope.sources if name in {str(c).lower() for c in resolver.get_source_columns(s) or ()}]
    if len(owners) == 1:
        # sqlglot leaves some columns of HAVING and GROUPING SETS as they are.
        column.set("table", exp.to_identifier(owners[0]))
        return
    if len(owners) > 1:
        raise QueryError("AMBIGUOUS_NAME", f"Column '{column.name}' is ambiguous", _place(found, column))
    raise _unresolved(found, column)


def _parameters(column: exp.Column) -> Iterator[exp.Expr]:
    above = column.find_ancestor(exp.Lambda)
    while above is not None:
        yield from above.expressions
        above = above.find_ancestor(exp.Lambda)


def _unresolved(found: Analysis, column: exp.Column) -> QueryError:
    name = ".".join(part.name for part in _written(column))
    return QueryError("COLUMN_NOT_FOUND", f"Column '{name}' cannot be resolved", _place(found, column))


def _written(column: exp.Column) -> list[exp.Identifier]:
    parts = [part for part in column.parts if isinstance(part, exp.Identifier)]
    return [part for part in parts if "start" in part.meta] or parts[-1:]


def _place(found: Analysis, node: exp.Expr) -> Place | None:
    return grammar.where(found.statement, node)
