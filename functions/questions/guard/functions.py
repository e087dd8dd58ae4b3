"""The functions that a statement may call, by name: those of Athena engine version 3 that only compute.

Source: Athena user guide, "Functions in Amazon Athena" (engine version 3), which is Trino's list of functions.
A name that is not here is refused. Left out on purpose, with what is said instead: ``REFUSED``.
"""

from __future__ import annotations

from typing import Final

# A name, or name:result, or name:result:arguments, or name::arguments. ``result`` is a type, "first" (that of the first
# argument), "last" (of the last), "element" (of the first argument's elements); arguments "2" or "2-3" or "2-".
_AGGREGATES = """
    any_value:first:1 approx_distinct:bigint:1-2 approx_most_frequent approx_percentile:first:2-4 arbitrary:first:1
    array_agg::1 avg:average:1 bitwise_and_agg:bigint:1 bitwise_or_agg:bigint:1 bitwise_xor_agg:bigint:1
    bool_and:boolean:1 bool_or:boolean:1 checksum:varbinary:1 corr:double:2 count:bigint:0-1 count_if:bigint:1
    covar_pop:double:2 covar_samp:double:2 entropy:double:1 every:boolean:1 geometric_mean:double:1 histogram::1
    kurtosis:double:1 listagg:varchar:1-2 map_agg::2 map_union:first:1 max:first:1-2 max_by:first:2-3 min:first:1-2
    min_by:first:2-3 multimap_agg::2 numeric_histogram regr_avgx:double:2 regr_avgy:double:2 regr_count:double:2
    regr_intercept:double:2 regr_r2:double:2 regr_slope:double:2 regr_sxx:double:2 regr_sxy:double:2
    regr_syy:double:2 skewness:double:1 stddev:double:1 stddev_pop:double:1 stddev_samp:double:1 sum:sum:1
    var_pop:double:1 var_samp:double:1 variance:double:1
"""
_WINDOWS = """
    cume_dist:double:0 dense_rank:bigint:0 first_value:first:1 lag:first:1-3 last_value:first:1 lead:first:1-3
    nth_value:first:2 ntile:bigint:1 percent_rank:double:0 rank:bigint:0 row_number:bigint:0
"""
_SCALARS = """
    abs:first:1 acos:double:1 all_match:boolean:2 any_match:boolean:2 array_distinct:first:1 array_except:first:2
    array_first:element:1-2 array_intersect:first:2 array_join:varchar:2-3 array_last:element:1-2 array_max:element:1
    array_min:element:1 array_position:bigint:2 array_remove:first:2 array_sort:first:1-2 array_union:first:2
    arrays_overlap:boolean:2 asin:double:1 at_timezone:zoned:2 atan:double:1 atan2:double:2 bit_count:bigint:2
    bitwise_and:bigint:2 bitwise_left_shift bitwise_not:bigint:1 bitwise_or:bigint:2 bitwise_right_shift
    bitwise_right_shift_arithmetic bitwise_xor:bigint:2 cardinality:bigint:1 cbrt:double:1 ceil:first:1
    ceiling:first:1 char2hexint chr:varchar:1 coalesce:first:1- codepoint:integer:1 combinations::2 concat::1-
    concat_ws:varchar:2- contains:boolean:2 contains_sequence:boolean:2 cos:double:1 cosh:double:1
    cosine_similarity:double:2 crc32:bigint:1 date:date:1 date_add:last:3 date_diff:bigint:3 date_format:varchar:2
    date_parse:timestamp:2 date_trunc:last:2 day:bigint:1 day_of_month:bigint:1 day_of_week:bigint:1
    day_of_year:bigint:1 degrees:double:1 dow:bigint:1 doy:bigint:1 e:double:0 element_at:element:2 exp:double:1
    filter:first:2 flatten:element:1 floor:first:1 format:varchar:1- format_datetime:varchar:2 format_number:varchar:1
    from_base:bigint:2 from_base64:varbinary:1 from_base64url:varbinary:1 from_hex:varbinary:1
    from_iso8601_date:date:1 from_iso8601_timestamp:zoned:1 from_iso8601_timestamp_nanos:zoned:1 from_unixtime::1-3
    from_unixtime_nanos:zoned:1 from_utf8:varchar:1-2 great_circle_distance:double:4 greatest:first:1-
    grouping:integer:1- hamming_distance:bigint:2 hmac_md5:varbinary:2 hmac_sha1:varbinary:2 hmac_sha256:varbinary:2
    hmac_sha512:varbinary:2 hour:bigint:1 human_readable_seconds:varchar:1 if::2-3 index:bigint:2 infinity:double:0
    is_finite:boolean:1 is_infinite:boolean:1 is_json_scalar:boolean:1 is_nan:boolean:1 json_array_contains:boolean:2
    json_array_get:json:2 json_array_length:bigint:1 json_extract:json:2 json_exists:boolean:2-
    json_extract_scalar:varchar:2 json_format:varchar:1 json_parse:json:1 json_query:varchar:2 json_value:varchar:2
    json_size:bigint:2 last_day_of_month:date:1 least:first:1- length:bigint:1 levenshtein_distance:bigint:2
    ln:double:1 log:double:2 log10:double:1 log2:double:1 lower:varchar:1 lpad:varchar:3 ltrim:varchar:1-2
    luhn_check:boolean:1 map::0-2 map_concat:first:1- map_entries::1 map_filter:first:2 map_from_entries::1
    map_keys::1 map_values::1 map_zip_with::3 md5:varbinary:1 millisecond:bigint:1 minute:bigint:1 mod::2
    month:bigint:1 multimap_from_entries::1 murmur3:varbinary:1 nan:double:0 ngrams::2 none_match:boolean:2
    normal_cdf:double:3 normalize:varchar:1-2 now:zoned:0 nullif:first:2 parse_data_size parse_datetime:zoned:2
    parse_duration pi:double:0 pow:double:2 power:double:2 quarter:bigint:1 radians:double:1 reduce::4
    regexp_count:bigint:2 regexp_extract:varchar:2-3 regexp_extract_all:texts:2-3 regexp_like:boolean:2
    regexp_position:integer:2-4 regexp_replace:varchar:2-3 regexp_split:texts:2 repeat::2 replace:varchar:2-3
    reverse:first:1 round:first:1-2 row::1- rpad:varchar:3 rtrim:varchar:1-2 second:bigint:1 sequence::2-3
    sha1:varbinary:1 sha256:varbinary:1 sha512:varbinary:1 sign:first:1 sin:double:1 sinh:double:1 slice:first:3
    soundex:varchar:1 split:texts:2-3 split_part:varchar:3 split_to_map::3 split_to_multimap::3 sqrt:double:1
    starts_with:boolean:2 strpos:bigint:2-3 strrpos:bigint:2-3 substr:varchar:2-3 substring:varchar:2-3 tan:double:1
    tanh:double:1 timezone_hour:bigint:1 timezone_minute:bigint:1 to_base:varchar:2 to_base64:varchar:1
    to_base64url:varchar:1 to_char:varchar:2 to_date:date:2 to_hex:varchar:1 to_iso8601:varchar:1
    to_milliseconds:bigint:1 to_timestamp:timestamp:2 to_unixtime:double:1 to_utf8:varbinary:1 transform::2
    transform_keys::2 transform_values::2 translate:varchar:3 trim:varchar:1-2 trim_array:first:2 truncate:first:1-2
    try:first:1 typeof:varchar:1 upper:varchar:1 url_decode:varchar:1 url_encode:varchar:1
    url_extract_fragment:varchar:1 url_extract_host:varchar:1 url_extract_parameter:varchar:2
    url_extract_path:varchar:1 url_extract_port:bigint:1 url_extract_protocol:varchar:1 url_extract_query:varchar:1
    week:bigint:1 week_of_year:bigint:1 width_bucket:bigint:2-4 wilson_interval_lower:double:3
    wilson_interval_upper:double:3 with_timezone:zoned:2 word_stem:varchar:1-2 xxhash64:varbinary:1 year:bigint:1
    year_of_week:bigint:1 yow:bigint:1 zip::2- zip_with::3 current_time::1 current_timestamp:zoned:1 localtime::1
    localtimestamp:timestamp:1
    st_area:double:1 st_astext:varchar:1 st_buffer::2
    st_centroid::1 st_contains:boolean:2 st_crosses:boolean:2 st_disjoint:boolean:2 st_distance:double:2
    st_equals:boolean:2 st_geometryfromtext::1 st_intersection::2 st_intersects:boolean:2 st_length:double:1
    st_linefromtext::1 st_overlaps:boolean:2 st_point::2 st_polygon::1 st_touches:boolean:2 st_within:boolean:2
    st_x:double:1 st_y:double:1 to_spherical_geography::1
"""

REFUSED: Final = {
    **dict.fromkeys(("rand", "random", "uuid", "shuffle"), "its result cannot be had again, so nobody could check it"),
    **dict.fromkeys(
        ("current_user", "current_role", "current_catalog", "current_schema", "session_user", "version"),
        "it tells of the account, not of the data",
    ),
    "evaluate_classifier_predictions": "it is a model's, not the data's",
    "timestamp_objectid": "it makes keys of a database that is not here",
}
"""Functions that Athena has and a question may not use. What the time is may be asked: answers say when they were made,
and "the last seven days" needs it. What differs at every call may not."""

_OUTSIDE = """
    benchmark copy current_setting dblink duckdb_settings external_query file_get_contents generate_upload getenv
    getvariable glob http_get iceberg_scan lambda_invoke invoke_lambda load_extension load_file lo_export lo_import
    parquet_metadata parquet_scan pg_ls_dir pg_read_file pg_sleep postgres_query query query_table read_blob read_csv
    read_csv_auto read_json read_json_auto read_ndjson read_parquet read_text s3 shell sleep sniff_csv sqlite_scan
    sys_eval sys_exec system url waitfor xp_cmdshell
"""
OUTSIDE: Final = frozenset(_OUTSIDE.split())
"""Functions of other engines that read files, call others or wait. Athena has none of them; who writes one is not
mistaken about a name, so the statement is not mended."""

ELSEWHERE: Final = {
    "array_length": "cardinality(array)",
    "array_size": "cardinality(array)",
    "char_length": "length(text)",
    "charindex": "strpos(text, part)",
    "collect_list": "array_agg(x)",
    "collect_set": "array_agg(DISTINCT x)",
    "convert": "CAST(x AS type)",
    "curdate": "current_date",
    "date_part": "extract(unit FROM x)",
    "date_sub": "date_add('day', -n, x)",
    "dateadd": "date_add('day', n, x)",
    "datediff": "date_diff('day', from, to)",
    "datename": "date_format(x, '%M')",
    "datepart": "extract(unit FROM x)",
    "datetime": "CAST(x AS timestamp)",
    "dayname": "date_format(x, '%W')",
    "dayofmonth": "day(x)",
    "dayofweek": "day_of_week(x)",
    "dayofyear": "day_of_year(x)",
    "decode": "CASE",
    "explode": "CROSS JOIN UNNEST(array) AS t(x)",
    "generate_series": "UNNEST(sequence(a, b)) AS t(x)",
    "get_json_object": "json_extract_scalar(json, path)",
    "getdate": "current_timestamp",
    "group_concat": "array_join(array_agg(x), ',')",
    "ifnull": "coalesce(a, b)",
    "iif": "if(condition, a, b)",
    "initcap": "concat(upper(substr(x, 1, 1)), lower(substr(x, 2)))",
    "instr": "strpos(text, part)",
    "isnull": "x IS NULL",
    "isnumeric": "try_cast(x AS double) IS NOT NULL",
    "json_extract_path_text": "json_extract_scalar(json, path)",
    "last_day": "last_day_of_month(x)",
    "lcase": "lower(text)",
    "left": "substr(text, 1, n)",
    "len": "length(text)",
    "locate": "strpos(text, part)",
    "median": "approx_percentile(x, 0.5)",
    "mid": "substr(text, start, length)",
    "monthname": "date_format(x, '%M')",
    "nvl": "coalesce(a, b)",
    "percentile": "approx_percentile(x, 0.5)",
    "percentile_cont": "approx_percentile(x, 0.5)",
    "percentile_disc": "approx_percentile(x, 0.5)",
    "quantile": "approx_percentile(x, 0.5)",
    "regexp_substr": "regexp_extract(text, pattern)",
    "right": "substr(text, -n)",
    "safe_cast": "try_cast(x AS type)",
    "safe_divide": "a / nullif(b, 0)",
    "size": "cardinality(array)",
    "str_to_date": "date_parse(text, '%Y-%m-%d')",
    "strftime": "date_format(x, '%Y-%m-%d')",
    "string_agg": "array_join(array_agg(x), ',')",
    "string_split": "split(text, ',')",
    "stuff": "replace(text, part, other)",
    "substring_index": "split_part(text, ',', n)",
    "sysdate": "current_timestamp",
    "timestampdiff": "date_diff('unit', from, to)",
    "to_number": "CAST(x AS double)",
    "ucase": "upper(text)",
    "unix_timestamp": "to_unixtime(x)",
    "weekday": "day_of_week(x)",
    "weekofyear": "week(x)",
    "yearweek": "year_of_week(x) and week(x)",
}
"""Functions of other engines and what Athena has instead."""

_RESERVED = """
    alter and as between by case cast constraint create cross cube current_date current_time current_timestamp
    deallocate delete describe distinct drop else end escape except execute exists extract false for from full group
    grouping having in inner insert intersect into is join left like natural normalize not null on or order outer
    prepare recursive right rollup select skip table then trim true uescape union unnest using values when where with
"""
RESERVED: Final = frozenset(_RESERVED.split())
"""Words that are no names unless they stand in double quotes (Athena user guide, "Reserved keywords", SELECT)."""


def _table(lines: str) -> dict[str, tuple[str, int, int | None]]:
    found: dict[str, tuple[str, int, int | None]] = {}
    for line in lines.split():
        name, kind, number = [*line.split(":"), "", ""][:3]
        least, dash, most = number.partition("-")
        found[name] = (kind, int(least or 0), (int(most) if most else None) if dash or not least else int(least))
    return found


_AGGREGATE_TABLE: Final = _table(_AGGREGATES)
ALLOWED: Final = _AGGREGATE_TABLE | _table(_WINDOWS) | _table(_SCALARS)
"""Name -> the type of its result as above, least and most arguments (None: any number)."""
AGGREGATES: Final = frozenset(_AGGREGATE_TABLE) - {"grouping"}
WINDOWS_ONLY: Final = frozenset(_table(_WINDOWS))
"""Functions that mean nothing without OVER."""
