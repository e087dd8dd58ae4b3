"""Each name of a statement found: tables among those that may be asked, columns in the tables, by Trino's own rules.

A name that is not found is a problem with its place and the names that may have been meant. A table is looked up where
it stands: a CTE hides a table only inside the query that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from questions.guard import kinds, problems, rows
from questions.guard.problems import Wrong, nearest, wrong
from questions.guard.scopes import Field, Found, Named, Output, Relation, Scope
from questions.guard.text import Text
from questions.model import Table

CATALOG = "awsdatacatalog"


def resolve(text: Text, tree: exp.Query, tables: Sequence[Table], database: str) -> Found:
    """Raises Wrong for the first name that means nothing or may not be asked."""
    found = Found()
    _Resolver(text, tables, database.lower(), found).query(tree, None, {})
    return found


class _Resolver:
    def __init__(self, text: Text, tables: Sequence[Table], database: str, found: Found) -> None:
        self._text, self._database, self._found = text, database, found
        self._tables = {(table.database.lower(), table.name.lower()): table for table in tables}
        self._databases = {table.database.lower() for table in tables} | {database}

    def query(self, node: exp.Expr, outer: Scope | None, ctes: Mapping[str, Output]) -> Output:
        """What a query gives."""
        ctes = dict(ctes)
        for cte in node.args["with_"].expressions if node.args.get("with_") else ():
            ctes[cte.alias.lower()] = self._renamed(self.query(cte.this, outer, ctes), cte.args["alias"])
        if isinstance(node, exp.Select):
            output = self._select(node, outer, ctes)
        elif isinstance(node, exp.SetOperation):
            output = self._united(node, outer, ctes)
        else:
            output = self.query(node.this, outer, ctes)
            self._ordered_names(node, output)
        output = rows.limited(node, output)
        self._found.queries[id(node)] = output
        return output

    def _renamed(self, output: Output, alias: exp.Expr | None, more: Sequence[str] = ()) -> Output:
        names = [name.name.lower() for name in alias.args.get("columns") or ()] if alias is not None else []
        if not names:
            return output
        names += more
        if len(names) != len(output.fields):
            message = f"Column alias list has {len(names)} entries but relation has {len(output.fields)} columns"
            raise wrong(problems.MISMATCHED_COLUMN_ALIASES, message, self._text.of(alias) if alias else None)
        fields = [
            Field(name, each.kind, each.column, each.node) for name, each in zip(names, output.fields, strict=True)
        ]
        return Output(fields, output.most)

    def _united(self, node: exp.SetOperation, outer: Scope | None, ctes: Mapping[str, Output]) -> Output:
        left, right = self.query(node.left, outer, ctes), self.query(node.right, outer, ctes)
        name, place = type(node).__name__.upper(), self._text.of(node.right)
        if len(left.fields) != len(right.fields):
            message = f"{name} query has different number of fields: {len(left.fields)}, {len(right.fields)}"
            raise wrong(problems.TYPE_MISMATCH, message, place)
        for number, (one, two) in enumerate(zip(left.fields, right.fields, strict=True), 1):
            families = {kinds.family(one.kind), kinds.family(two.kind)}
            if len(families) > 1 and "" not in families:
                both = f"{kinds.shown(one.kind)}, {kinds.shown(two.kind)}"
                message = f"column {number} in {name} query has incompatible types: {both}"
                raise wrong(problems.TYPE_MISMATCH, message, place)
        output = Output([Field(each.name, each.kind, each.column) for each in left.fields], rows.both(left, right))
        self._ordered_names(node, output)
        return output

    def _ordered_names(self, node: exp.Expr, output: Output) -> None:
        """ORDER BY behind a set operation or a bracket sees what came out, and nothing else."""
        order = node.args.get("order")
        known = {each.name for each in output.fields}
        for column in order.find_all(exp.Column) if order is not None else ():
            if column.name.lower() not in known:
                raise self._unresolved(column, known)

    def _select(self, node: exp.Select, outer: Scope | None, ctes: Mapping[str, Output]) -> Output:
        scope = Scope(node, outer, ctes)
        self._found.scopes.append(scope)
        if node.args.get("from_"):
            self._source(node.args["from_"].this, scope)
        for join in node.args.get("joins") or ():
            self._join(join, scope)
        for part in ("where", "group", "having"):
            self._expression(node.args.get(part), scope)
        for window in node.args.get("windows") or ():
            self._expression(window, scope)
        fields = [field for item in node.expressions for field in self._item(item, scope)]
        scope.aliases = {item.alias.lower(): item.this for item in node.expressions if isinstance(item, exp.Alias)}
        self._expression(node.args.get("order"), scope, scope.aliases)
        return rows.of_select(node, fields, scope)

    def _item(self, item: exp.Expr, scope: Scope) -> list[Field]:
        """The columns that one item of the SELECT list gives."""
        if item.is_star and isinstance(item, exp.Star | exp.Column):
            scope.stars = True
            return self._star(item, scope)
        self._expression(item, scope)
        inner = item.unalias()
        named = self._found.columns.get(id(inner))
        column = named.field.column if named and named.whole else None
        made = named.field.node if named and named.whole else inner
        return [Field(item.alias_or_name.lower(), self._found.kinds.of(inner), column, made)]

    def _star(self, item: exp.Expr, scope: Scope) -> list[Field]:
        parts = _parts(item)[:-1] if isinstance(item, exp.Column) else ()
        chosen = [each for each in scope.relations if not parts or parts in each.qualifiers]
        if not chosen:
            known = {each.name for each in scope.relations if each.name}
            name = ".".join(parts) or "*"
            message = f"Table '{name}' is not named in FROM." if parts else "SELECT * not allowed without FROM"
            raise wrong(problems.TABLE_NOT_FOUND, message, self._text.of(item), nearest(name, known))
        for table in (relation.table for relation in chosen):
            if table is not None and table.left_out:
                message = f"'{table.name}' has columns that cannot be asked, so * is not allowed: name the columns."
                raise wrong(problems.COLUMN_NOT_ALLOWED, message, self._text.of(item))
        taken: set[str] = set()
        found = []
        for field in (each for relation in chosen for each in relation.output.fields):
            if field.name in scope.merged and field.name in taken and not parts:
                continue
            taken.add(field.name)
            found.append(field)
        return found

    def _join(self, join: exp.Join, scope: Scope) -> None:
        before = list(scope.relations)
        self._source(join.this, scope)
        for more in join.expressions:
            self._source(more, scope)
        side = str(join.args.get("side") or "").upper()
        for relation in scope.relations:
            left = any(relation is each for each in before)
            relation.optional |= side in ("FULL", "RIGHT" if left else "LEFT")
        for name in join.args.get("using") or ():
            for relations in (before, scope.relations[len(before) :]):
                if not any(relation.fields(name.name.lower()) for relation in relations):
                    known = {each.name for relation in relations for each in relation.output.fields}
                    message = f"Column '{name.name}' is missing from one side of join"
                    raise wrong(problems.COLUMN_NOT_FOUND, message, self._text.of(name), nearest(name.name, known))
            scope.merged.add(name.name.lower())
        self._expression(join.args.get("on"), scope)

    def _source(self, node: exp.Expr, scope: Scope) -> None:
        alias = node.args.get("alias")
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table | exp.Subquery) and not alias:
            self._source(node.this, scope)
            return
        if isinstance(node, exp.Table):
            relation = self._table(node, scope)
        elif isinstance(node, exp.Unnest):
            relation = self._unnest(node, scope)
        elif isinstance(node, exp.Values):
            for row in node.expressions:
                self._expression(row, scope)
            relation = Relation((), rows.of_values(node, self._found.kinds), node)
        else:
            inner = node.this if isinstance(node, exp.Lateral) else node
            outer = scope if isinstance(node, exp.Lateral) else scope.outer
            relation = Relation((), self.query(inner, outer, scope.ctes), node)
            relation.needs = self._found.relations(inner, scope)
        if alias is not None and alias.name:
            relation.qualifiers = ((alias.name.lower(),),)
        relation.output = self._renamed(relation.output, alias, _ordinality(node))
        scope.relations.append(relation)

    def _unnest(self, node: exp.Unnest, scope: Scope) -> Relation:
        for part in node.expressions:
            self._expression(part, scope)
        relation = Relation((), rows.of_unnest(node, self._found.kinds), node, unnest=True)
        relation.needs = [each for part in node.expressions for each in self._found.relations(part, scope)]
        return relation

    def _table(self, node: exp.Table, scope: Scope) -> Relation:
        name, database = node.name.lower(), node.db.lower()
        if not database and name in scope.ctes:
            return Relation(((name,),), scope.ctes[name], node)
        table = self._allowed(node, database or self._database, name)
        if not any(table is each for each in self._found.tables):
            self._found.tables.append(table)
        fields = [Field(each.name.lower(), kinds.read(each.type), each) for each in table.columns]
        return Relation(((name,), (database or self._database, name)), Output(fields), node, table)

    def _allowed(self, node: exp.Table, database: str, name: str) -> Table:
        place = self._text.of(node)
        if node.catalog:
            here = node.catalog.lower() == CATALOG and database in self._databases
            message = f"Catalogue '{node.catalog}' is not allowed: name a table as database.table."
            raise wrong(problems.TABLE_NOT_ALLOWED, message, place, final=not here)
        if any(sign in name or sign in database for sign in "$/\\:%*"):
            message = f"'{node.name}' is no table of the catalogue: files, partitions and the like are not read."
            raise wrong(problems.TABLE_NOT_ALLOWED, message, place, final=True)
        if database not in self._databases:
            message = f"Database '{database}' is not allowed; allowed is {', '.join(sorted(self._databases))}."
            raise wrong(problems.TABLE_NOT_ALLOWED, message, place, final=True)
        if (database, name) not in self._tables:
            own = [table for key, table in self._tables if key == database]
            full = [f"{key}.{table}" for key, table in self._tables if key != database]
            message = f"Table '{database}.{name}' does not exist"
            raise wrong(problems.TABLE_NOT_FOUND, message, place, nearest(name, own) or nearest(name, full))
        return self._tables[database, name]

    def _expression(
        self,
        node: exp.Expr | None,
        scope: Scope,
        aliases: Mapping[str, exp.Expr] | None = None,
        given: Iterable[str] = (),
    ) -> None:
        """The names of an expression; ``aliases`` may be used in it, ``given`` are a lambda's parameters."""
        if node is None or isinstance(node, exp.Identifier | exp.DataType | exp.Literal):
            return
        if isinstance(node, exp.Column):
            if not isinstance(node.this, exp.Star):
                self._column(node, scope, aliases or {}, given)
        elif isinstance(node, exp.Subquery) or (isinstance(node, exp.Query) and not isinstance(node, exp.Table)):
            self.query(node, scope, scope.ctes)
        elif isinstance(node, exp.Lambda):
            more = {*given, *(each.name.lower() for each in node.expressions)}
            self._expression(node.this, scope, aliases, more)
        else:
            for child in node.iter_expressions():
                self._expression(child, scope, aliases, given)

    def _column(self, column: exp.Column, scope: Scope, aliases: Mapping[str, exp.Expr], given: Iterable[str]) -> None:
        parts = _parts(column)
        if parts[0] in given:
            return
        if len(parts) == 1 and parts[0] in aliases:
            return
        around: Scope | None = scope
        while around is not None:
            if named := self._in(column, parts, around):
                self._found.columns[id(column)] = named
                return
            around = around.outer
        raise self._missing(column, parts, scope)

    def _in(self, column: exp.Column, parts: tuple[str, ...], scope: Scope) -> Named | None:
        """A column in the relations of one SELECT: with its table in front, or alone; the rest are fields of a row."""
        for length in (2, 1):
            front, rest = parts[:length], parts[length:]
            owners = [each for each in scope.relations if front in each.qualifiers]
            name = rest[0] if rest and rest[0] not in scope.merged else None
            known = [(each, field) for each in owners for field in each.fields(name)] if name else []
            if known:
                return self._one(column, known, rest[1:])
        known = [(each, field) for each in scope.relations for field in each.fields(parts[0])]
        if parts[0] in scope.merged:
            known = known[:1]
        return self._one(column, known, parts[1:]) if known else None

    def _one(self, column: exp.Column, known: list[tuple[Relation, Field]], rest: Sequence[str]) -> Named:
        if len(known) > 1:
            meant = [f"{relation.name}.{field.name}" for relation, field in known if relation.name]
            message = f"Column '{known[0][1].name}' is ambiguous: write its table in front."
            raise wrong(problems.AMBIGUOUS_NAME, message, self._text.of(column), tuple(dict.fromkeys(meant))[:3])
        relation, field = known[0]
        kind = field.kind
        for name in rest:
            if kind is not None and kind.this == exp.DType.STRUCT and kinds.field(kind, name) is None:
                names = [part.name for part in kind.expressions if isinstance(part, exp.ColumnDef)]
                raise self._unresolved(column, names, name)
            kind = kinds.field(kind, name)
        return Named(relation, field, kind, whole=not rest)

    def _missing(self, column: exp.Column, parts: tuple[str, ...], scope: Scope) -> Wrong:
        name = parts[-1]
        if name.startswith("$"):
            message = f"Column '{name}' is not allowed: it tells where files lie, not what they hold."
            return wrong(problems.COLUMN_NOT_ALLOWED, message, self._text.of(column))
        known = {each.name for relation in scope.relations for each in relation.output.fields if each.name}
        full = {
            f"{relation.name}.{name}"
            for relation in scope.relations
            if len(parts) > 1 and relation.name and relation.fields(name)
        }
        return self._unresolved(column, known, name, tuple(sorted(full)), self._hint(column, parts, scope))

    def _unresolved(
        self, column: exp.Column, known: Iterable[str], name: str = "", first: Sequence[str] = (), hint: str = ""
    ) -> Wrong:
        written = ".".join(part.name for part in column.parts)
        message = f"Column '{written}' cannot be resolved{hint}"
        close = tuple(dict.fromkeys([*first, *nearest(name or column.name, known)]))[:3]
        return wrong(problems.COLUMN_NOT_FOUND, message, self._text.of(column), close)

    def _hint(self, column: exp.Column, parts: tuple[str, ...], scope: Scope) -> str:
        """Why a name that looks right is none."""
        name = parts[-1]
        aliases = {item.alias.lower() for item in scope.select.expressions if isinstance(item, exp.Alias)}
        if len(parts) == 1 and name in aliases:
            return ": an alias of the SELECT list is not seen there; repeat its expression."
        if len(parts) > 1 and name in scope.merged:
            return f": a column joined by USING has no table in front; write {name}."
        others = sorted(
            f"{t.database}.{t.name}" for t in self._tables.values() if any(c.name.lower() == name for c in t.columns)
        )
        if others:
            return f": it is a column of {', '.join(others[:3])}."
        if len(parts) == 1 and isinstance(column.this, exp.Identifier) and column.this.quoted:
            return ": a text stands in single quotes, a name in double quotes."
        return ""


def _parts(column: exp.Column) -> tuple[str, ...]:
    return tuple(part.name.lower() for part in column.parts)


def _ordinality(node: exp.Expr) -> list[str]:
    """The name of WITH ORDINALITY's column, which sqlglot takes out of the alias."""
    offset = node.args.get("offset") if isinstance(node, exp.Unnest) else None
    return [offset.name.lower()] if isinstance(offset, exp.Expr) else []
