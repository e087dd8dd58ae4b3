"""Athena's dialect as sqlglot reads it, but for the functions that are macros of ours: they stay as they were written.

sqlglot turns many of Trino's functions into DuckDB's; where what comes out is not the same, the function keeps its name
and its arguments, and engine/macros has it as ``athena_<name>``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.parsers.trino import TrinoParser

FIRST, ELEMENT, LIST = "first", "element", "list"

#: Functions that are macros, with the type of what they return: a type's name, that of the first argument (FIRST), of
#: its elements (ELEMENT), or nothing known (None).
OURS: dict[str, str | None] = {
    **dict.fromkeys(["any_match", "all_match", "none_match", "contains", "arrays_overlap", "regexp_like"], "boolean"),
    **dict.fromkeys(["is_nan", "is_finite", "is_infinite", "json_array_contains", "starts_with", "bool_or"], "boolean"),
    **dict.fromkeys(
        ["array_distinct", "array_except", "array_intersect", "array_union", "array_remove", "slice"], FIRST
    ),
    **dict.fromkeys(["filter", "array_sort", "reverse", "greatest", "least", "round", "truncate", "map_filter"], FIRST),
    **dict.fromkeys(["approx_percentile", "bitwise_and", "bitwise_or", "bitwise_xor", "shuffle"], FIRST),
    **dict.fromkeys(["array_max", "array_min", "element_at"], ELEMENT),
    **dict.fromkeys(["array_position", "cardinality", "date_diff", "regexp_count", "json_array_length"], "bigint"),
    **dict.fromkeys(["year", "month", "quarter", "week", "week_of_year", "year_of_week", "yow", "day"], "bigint"),
    **dict.fromkeys(["day_of_month", "day_of_week", "dow", "day_of_year", "doy", "hour", "minute", "second"], "bigint"),
    **dict.fromkeys(["millisecond", "length", "codepoint", "strpos", "levenshtein_distance", "bit_count"], "bigint"),
    **dict.fromkeys(["approx_distinct", "width_bucket", "from_base", "to_milliseconds", "hamming_distance"], "bigint"),
    **dict.fromkeys(["date_format", "format_datetime", "array_join", "concat_ws", "to_base", "split_part"], "varchar"),
    **dict.fromkeys(["regexp_extract", "regexp_replace", "json_extract_scalar", "json_format", "replace"], "varchar"),
    **dict.fromkeys(["url_extract_host", "url_extract_path", "url_extract_protocol", "url_extract_query"], "varchar"),
    **dict.fromkeys(["url_extract_parameter", "url_extract_fragment", "url_encode", "url_decode", "format"], "varchar"),
    **dict.fromkeys(["to_hex", "to_base64", "from_utf8", "lpad", "rpad", "typeof", "to_iso8601", "listagg"], "varchar"),
    **dict.fromkeys(["md5", "sha1", "sha256", "to_utf8", "from_hex", "from_base64"], "varbinary"),
    **dict.fromkeys(["split", "regexp_split", "regexp_extract_all"], "array(varchar)"),
    **dict.fromkeys(
        ["from_iso8601_timestamp", "parse_datetime", "from_unixtime", "now", "with_timezone"],
        "timestamp with time zone",
    ),
    **dict.fromkeys(["from_iso8601_date", "last_day_of_month", "date"], "date"),
    **dict.fromkeys(["date_parse"], "timestamp"),
    **dict.fromkeys(["to_unixtime", "geometric_mean", "infinity", "nan", "e", "pi", "array_average", "log"], "double"),
    **dict.fromkeys(["split_to_map"], "map(varchar, varchar)"),
    **dict.fromkeys(["json_extract", "json_parse", "json_query"], "json"),
    **dict.fromkeys(["json_value"], "varchar"),
    **dict.fromkeys(["at_timezone"], "timestamp with time zone"),
    **dict.fromkeys(["transform", "reduce", "zip_with", "zip", "map_agg", "map_entries", "transform_values"], None),
    **dict.fromkeys(["transform_keys", "repeat", "sequence", "flatten", "map_from_entries", "multimap_agg"], None),
    **dict.fromkeys(["date_add", "date_trunc"], None),
}


def _without_ours(names: dict[str, Any]) -> dict[str, Any]:
    ours = {name.upper() for name in OURS}
    return {name: make for name, make in names.items() if name not in ours}


_KEPT_PARSERS = (
    *("CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "CEIL", "FLOOR", "CHR", "MAX_BY", "MIN_BY", "NORMALIZE"),
    *("LISTAGG", "SUBSTRING"),
)


class _Parser(TrinoParser):
    FUNCTIONS: ClassVar = _without_ours(TrinoParser.FUNCTIONS)
    FUNCTION_PARSERS: ClassVar = {name: TrinoParser.FUNCTION_PARSERS[name] for name in _KEPT_PARSERS}
    NO_PAREN_FUNCTION_PARSERS: ClassVar = {
        name: make for name, make in TrinoParser.NO_PAREN_FUNCTION_PARSERS.items() if name in ("CASE", "IF", "ANY")
    }


class Athena(Trino):
    """Trino's dialect with the functions of OURS left alone."""

    Parser = _Parser


def _ours(annotator: TypeAnnotator, node: exp.Anonymous) -> exp.Expr:
    kind = OURS.get(node.name.lower())
    first = node.expressions[0].type if node.expressions else None
    if kind == FIRST:
        annotator._set_type(node, first)
    elif kind == ELEMENT and first is not None and first.is_type(exp.DType.ARRAY, exp.DType.MAP) and first.expressions:
        annotator._set_type(node, first.expressions[-1])
    elif node.name.lower() in ("date_add", "date_trunc") and len(node.expressions) > 1:
        annotator._set_type(node, node.expressions[-1].type)
    elif kind and kind != ELEMENT:
        annotator._set_type(node, exp.DataType.build(kind, dialect="trino"))
    else:
        annotator._set_type(node, exp.DType.UNKNOWN)
    return node


METADATA = {**Trino().EXPRESSION_METADATA, exp.Anonymous: {"annotator": _ours}}
