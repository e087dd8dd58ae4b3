"""UNNEST as Trino has it: several arrays side by side, maps as two columns, rows as many, a number at the end."""

from __future__ import annotations

from sqlglot import exp

from local.services.athena.sql.names import Analysis


def unnest(found: Analysis, node: exp.Unnest) -> exp.Expr:
    """A lateral query in the place of UNNEST."""
    columns: list[exp.Expr] = []
    lengths: list[exp.Expr] = []
    for value in node.expressions:
        made, length = _columns(found, value)
        columns += made
        lengths.append(length)
    alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(f"unnest{id(node)}"))
    names = [column.copy() for column in alias.args.get("columns") or ()]
    offset = node.args.get("offset")
    if offset:
        longest = lengths[0] if len(lengths) == 1 else exp.Anonymous(this="greatest", expressions=lengths)
        last = exp.Add(this=longest.copy(), expression=exp.Literal.number(1))
        numbers = exp.Anonymous(this="range", expressions=[exp.Literal.number(1), last])
        columns.append(exp.Anonymous(this="unnest", expressions=[numbers]))
        if isinstance(offset, exp.Identifier) and len(names) < len(columns):
            names.append(offset.copy())
    select = exp.Select(expressions=columns)
    new = exp.TableAlias(this=alias.this.copy() if alias.this else None, columns=names)
    return exp.Lateral(this=exp.Subquery(this=select), alias=new)


def _columns(found: Analysis, value: exp.Expr) -> tuple[list[exp.Expr], exp.Expr]:
    """The columns of one value, and its length."""
    known = found.type_of(value)
    if known is not None and known.is_type(exp.DType.MAP):
        keys = exp.Anonymous(this="map_keys", expressions=[value.copy()])
        return [_spread(keys), _spread(exp.Anonymous(this="map_values", expressions=[value.copy()]))], _length(keys)
    fields = _fields(known)
    if not fields:
        return [_spread(value)], _length(value)
    return [_spread(_field(value, name)) for name in fields], _length(value)


def _spread(value: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="unnest", expressions=[value.copy()])


def _length(value: exp.Expr) -> exp.Expr:
    length = exp.Anonymous(this="len", expressions=[value.copy()])
    return exp.Anonymous(this="coalesce", expressions=[length, exp.Literal.number(0)])


def _fields(known: exp.DataType | None) -> list[str]:
    """The names of the fields of an array of rows."""
    if known is None or not known.is_type(exp.DType.ARRAY) or not known.expressions:
        return []
    element = known.expressions[0]
    if not isinstance(element, exp.DataType) or not element.is_type(exp.DType.STRUCT):
        return []
    return [field.name for field in element.expressions if isinstance(field, exp.ColumnDef)]


def _field(value: exp.Expr, name: str) -> exp.Expr:
    item = exp.to_identifier("athena_row")
    body = exp.Anonymous(this="struct_extract", expressions=[exp.Column(this=item.copy()), exp.Literal.string(name)])
    return exp.Anonymous(this="list_transform", expressions=[value.copy(), exp.Lambda(this=body, expressions=[item])])
