"""What the names of a statement mean: the plain data that ``names`` fills and every check reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from questions.guard.kinds import Kind, Kinds
from questions.model import Column, Table


@dataclass(slots=True, eq=False)
class Field:
    """One column of what a FROM or a query gives. ``name`` in small letters, empty where it has none.

    ``column`` is the lake's, where it is one as it stands; ``node`` the expression that made it.
    """

    name: str
    kind: Kind = None
    column: Column | None = None
    node: exp.Expr | None = None


@dataclass(slots=True, eq=False)
class Output:
    """What a query gives. ``most``: rows that it cannot exceed; ``keys``: names whose values together stand once."""

    fields: list[Field]
    most: int | None = None
    keys: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Relation:
    """One thing that FROM names. ``qualifiers``: the names in front of its columns, each as its parts.

    ``needs``: relations to its left that it is made of (UNNEST of their column). ``optional``: an outer join may fill
    it with nulls.
    """

    qualifiers: tuple[tuple[str, ...], ...]
    output: Output
    node: exp.Expr
    table: Table | None = None
    needs: list[Relation] = field(default_factory=list)
    optional: bool = False
    unnest: bool = False

    @property
    def name(self) -> str:
        return self.qualifiers[0][-1] if self.qualifiers else ""

    def fields(self, name: str) -> list[Field]:
        return [each for each in self.output.fields if each.name == name]


@dataclass(slots=True, eq=False)
class Named:
    """What a column of the text is: its relation, its field, its type (of a row's field, where one is asked for)."""

    relation: Relation
    field: Field
    kind: Kind
    whole: bool = True


@dataclass(slots=True, eq=False)
class Scope:
    """One SELECT: its relations in their order, and the query around it. ``merged``: columns joined by USING."""

    select: exp.Select
    outer: Scope | None
    ctes: Mapping[str, Output]
    relations: list[Relation] = field(default_factory=list)
    merged: set[str] = field(default_factory=set)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    stars: bool = False


@dataclass(slots=True, eq=False)
class Found:
    """A statement whose names are known; nodes are known by their ``id``."""

    columns: dict[int, Named] = field(default_factory=dict)
    queries: dict[int, Output] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    kinds: Kinds = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = Kinds(self.columns, self.queries)

    def named(self, node: exp.Expr) -> Iterator[Named]:
        """What the columns of an expression are, those of queries inside it too."""
        for column in node.find_all(exp.Column):
            if id(column) in self.columns:
                yield self.columns[id(column)]

    def relations(self, node: exp.Expr, scope: Scope) -> list[Relation]:
        """The relations of a SELECT that an expression reads."""
        read = {id(named.relation) for named in self.named(node)}
        return [relation for relation in scope.relations if id(relation) in read]


def within(node: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of an expression, without those of queries inside it."""
    return node.walk(prune=lambda each: isinstance(each, exp.Query))


def conjuncts(node: exp.Expr | None) -> Iterator[exp.Expr]:
    """The conditions that must all hold."""
    if isinstance(node, exp.Paren | exp.Where):
        yield from conjuncts(node.this)
    elif isinstance(node, exp.And):
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    elif node is not None:
        yield node


def disjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions of which one is enough."""
    if isinstance(node, exp.Paren):
        yield from disjuncts(node.this)
    elif isinstance(node, exp.Or):
        yield from disjuncts(node.left)
        yield from disjuncts(node.right)
    else:
        yield node
