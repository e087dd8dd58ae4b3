"""Trino's functions as macros of DuckDB, named ``athena_<name>``; error('NAME: sentence') is read by translate."""

from __future__ import annotations

import re
from functools import cache

_SQL = r"""
CREATE MACRO athena_any_match(l) AS CASE WHEN l IS NULL THEN NULL ELSE coalesce(list_bool_or(l), false) END;
CREATE MACRO athena_all_match(l) AS CASE WHEN l IS NULL THEN NULL ELSE coalesce(list_bool_and(l), true) END;
CREATE MACRO athena_none_match(l) AS CASE WHEN l IS NULL THEN NULL ELSE NOT coalesce(list_bool_or(l), false) END;
CREATE MACRO athena_array_distinct(l) AS list_filter(l, lambda x, i: list_position(l, x) = i);
CREATE MACRO athena_array_except(a, b) AS athena_array_distinct(list_filter(a, lambda x: list_position(b, x) IS NULL));
CREATE MACRO athena_array_intersect(a, b) AS
  athena_array_distinct(list_filter(a, lambda x: list_position(b, x) IS NOT NULL));
CREATE MACRO athena_array_union(a, b) AS athena_array_distinct(list_concat(a, b));
CREATE MACRO athena_array_remove(l, e) AS list_filter(l, lambda x: x <> e);
CREATE MACRO athena_array_position(l, e) AS
  CASE WHEN l IS NULL OR e IS NULL THEN NULL ELSE coalesce(list_position(l, e), 0) END;
CREATE MACRO athena_array_sort(l) AS list_sort(l, 'ASC', 'NULLS LAST');
CREATE MACRO athena_array_max(l) AS CASE WHEN list_position(l, NULL) IS NOT NULL THEN NULL ELSE list_max(l) END;
CREATE MACRO athena_array_min(l) AS CASE WHEN list_position(l, NULL) IS NOT NULL THEN NULL ELSE list_min(l) END;
CREATE MACRO athena_array_average(l) AS list_avg(l);
CREATE MACRO athena_array_join(l, d) AS array_to_string(l, d),
  (l, d, n) AS array_to_string(list_transform(l, lambda x: coalesce(CAST(x AS VARCHAR), n)), d);
CREATE MACRO athena_slice(l, s, n) AS
  CASE WHEN s = 0 THEN error('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
       WHEN n < 0 THEN error('INVALID_FUNCTION_ARGUMENT: length must be greater than or equal to 0')
       WHEN s < 0 THEN CASE WHEN len(l) + s < 0 THEN l[1:0] ELSE list_slice(l, len(l) + s + 1, len(l) + s + n) END
       ELSE list_slice(l, s, s + n - 1) END;
CREATE MACRO athena_contains(l, e) AS
  CASE WHEN list_position(l, e) IS NOT NULL THEN true WHEN list_position(l, NULL) IS NOT NULL THEN NULL
       WHEN l IS NULL OR e IS NULL THEN NULL ELSE false END;
CREATE MACRO athena_arrays_overlap(a, b) AS list_has_any(a, b);
CREATE MACRO athena_flatten(l) AS flatten(l);
CREATE MACRO athena_repeat(e, n) AS list_transform(range(
  CASE WHEN n > 10000
       THEN error('INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be less than or equal to 10000')
       ELSE n END), lambda i: e);
CREATE MACRO athena_within(entries, last) AS
  CASE WHEN entries > 10000
       THEN error('INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries')
       ELSE last END;
CREATE MACRO athena_sequence(a, b, s) AS
  generate_series(a, athena_within((CAST(b AS HUGEINT) - a) // nullif(s, 0) + 1, b), s);
CREATE MACRO athena_sequence_of_moments(a, b, s) AS
  generate_series(a, athena_within((epoch(b) - epoch(a)) / nullif(epoch(s), 0) + 1, b), s);
CREATE MACRO athena_zip(a, b) AS
  list_transform(list_zip(a, b), lambda z: struct_pack(field0 := z[1], field1 := z[2])),
  (a, b, c) AS list_transform(list_zip(a, b, c), lambda z: struct_pack(field0 := z[1], field1 := z[2], field2 := z[3]));
CREATE MACRO athena_try_slice(l, s, n) AS CASE WHEN s < 0 THEN l[len(l) + s + 1:len(l) + s + n] ELSE l[s:s + n - 1] END;
CREATE MACRO athena_try_split_part(s, d, n) AS
  CASE WHEN n BETWEEN 1 AND len(string_split(s, d)) THEN split_part(s, d, n) END;
CREATE MACRO athena_item(l, i) AS
  CASE WHEN i = 0 THEN error('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
       WHEN i < 0 THEN error('INVALID_FUNCTION_ARGUMENT: Array subscript is negative: ' || i)
       WHEN i > len(l) THEN error(
          'INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: '
                                  || i || ' > ' || len(l))
       ELSE l[i] END;
CREATE MACRO athena_entry(m, k) AS
  CASE WHEN NOT map_contains(m, k) THEN error('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k) ELSE m[k] END;
CREATE MACRO athena_element_at(l, i) AS l[i];
CREATE MACRO athena_cardinality(l) AS len(l);
CREATE MACRO athena_map_cardinality(m) AS len(map_keys(m));
CREATE MACRO athena_map_agg(k, v) AS map(list(k), list(v));
CREATE MACRO athena_map_entries(m) AS map_entries(m);
CREATE MACRO athena_map_from_entries(l) AS map_from_entries(l);
CREATE MACRO athena_split_to_map(s, a, b) AS
  map_from_entries(list_transform(string_split(s, a),
    lambda x: struct_pack(k := split_part(x, b, 1), v := split_part(x, b, 2))));
CREATE MACRO athena_greatest(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE greatest(a, b) END;
CREATE MACRO athena_least(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE least(a, b) END;
CREATE MACRO athena_fdiv(a, b) AS
  CASE WHEN CAST(b AS DOUBLE) <> 0 THEN CAST(a AS DOUBLE) / CAST(b AS DOUBLE) WHEN b IS NULL OR a IS NULL THEN NULL
       WHEN CAST(a AS
  DOUBLE) > 0 THEN CAST('Infinity' AS DOUBLE) WHEN CAST(a AS DOUBLE) < 0 THEN CAST('-Infinity' AS DOUBLE)
       ELSE CAST('NaN' AS DOUBLE) END;
CREATE MACRO athena_round(x) AS round(x), (x, n) AS round(x, n);
CREATE MACRO athena_truncate(x) AS trunc(x), (x, n) AS trunc(x * power(10, n)) / power(10, n);
CREATE MACRO athena_log(b, x) AS ln(x) / ln(b);
CREATE MACRO athena_e() AS exp(1.0::DOUBLE);
CREATE MACRO athena_pi() AS pi();
CREATE MACRO athena_infinity() AS CAST('Infinity' AS DOUBLE);
CREATE MACRO athena_nan() AS CAST('NaN' AS DOUBLE);
CREATE MACRO athena_is_nan(x) AS isnan(x);
CREATE MACRO athena_is_infinite(x) AS isinf(x);
CREATE MACRO athena_is_finite(x) AS isfinite(x);
CREATE MACRO athena_width_bucket(x, a, b, n) AS
  CAST(CASE WHEN x < a THEN 0 WHEN x >= b THEN n + 1 ELSE floor(CAST(x - a AS
  DOUBLE) / CAST(b - a AS DOUBLE) * n) + 1 END AS BIGINT);
CREATE MACRO athena_to_base(n, r) AS lower(to_base(n, r));
CREATE MACRO athena_from_base(s, r) AS CAST(list_reduce(list_transform(string_split(lower(s), ''),
  lambda c: strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1), lambda a, b: a * r + b, 0::BIGINT) AS BIGINT);
CREATE MACRO athena_bitwise_and(a, b) AS a & b;
CREATE MACRO athena_bitwise_or(a, b) AS a | b;
CREATE MACRO athena_bitwise_xor(a, b) AS xor(a, b);
CREATE MACRO athena_bit_count(a, n) AS CAST(bit_count(a) AS BIGINT);
CREATE MACRO athena_date(x) AS CAST(x AS DATE);
CREATE MACRO athena_now() AS now();
CREATE MACRO athena_date_diff(u, a, b) AS date_sub(u, a, b);
CREATE MACRO athena_year(x) AS year(x);
CREATE MACRO athena_month(x) AS month(x);
CREATE MACRO athena_quarter(x) AS quarter(x);
CREATE MACRO athena_week(x) AS week(x);
CREATE MACRO athena_week_of_year(x) AS week(x);
CREATE MACRO athena_year_of_week(x) AS isoyear(x);
CREATE MACRO athena_yow(x) AS isoyear(x);
CREATE MACRO athena_day(x) AS day(x);
CREATE MACRO athena_day_of_month(x) AS day(x);
CREATE MACRO athena_day_of_week(x) AS isodow(x);
CREATE MACRO athena_dow(x) AS isodow(x);
CREATE MACRO athena_day_of_year(x) AS dayofyear(x);
CREATE MACRO athena_doy(x) AS dayofyear(x);
CREATE MACRO athena_hour(x) AS hour(x);
CREATE MACRO athena_minute(x) AS minute(x);
CREATE MACRO athena_second(x) AS second(x);
CREATE MACRO athena_millisecond(x) AS millisecond(x) % 1000;
CREATE MACRO athena_date_format(t, f) AS strftime(t, f);
CREATE MACRO athena_format_datetime(t, f) AS strftime(t, f);
CREATE MACRO athena_date_parse(s, f) AS strptime(s, f);
CREATE MACRO athena_parse_datetime(s, f) AS CAST(strptime(s, f) AS TIMESTAMPTZ);
CREATE MACRO athena_from_unixtime(x) AS make_timestamptz(CAST(round(CAST(x AS DOUBLE) * 1000) AS BIGINT) * 1000);
CREATE MACRO athena_to_unixtime(x) AS CAST(epoch_us(x) AS DOUBLE) / 1e6::DOUBLE;
CREATE MACRO athena_to_milliseconds(x) AS CAST(epoch_ms(x) AS BIGINT);
CREATE MACRO athena_from_iso8601_timestamp(s) AS CAST(s AS TIMESTAMPTZ);
CREATE MACRO athena_from_iso8601_date(s) AS CAST(s AS DATE);
CREATE MACRO athena_to_iso8601(x) AS
  CASE WHEN typeof(x) = 'DATE' THEN strftime(CAST(x AS TIMESTAMP), '%Y-%m-%d')
       WHEN typeof(x) = 'TIMESTAMP' THEN strftime(CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g')
       ELSE strftime(CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ') END;
CREATE MACRO athena_last_day_of_month(x) AS last_day(x);
CREATE MACRO athena_at_timezone(x, z) AS timezone(z, CAST(x AS TIMESTAMPTZ));
CREATE MACRO athena_with_timezone(x, z) AS timezone(z, CAST(x AS TIMESTAMP));
CREATE MACRO athena_length(s) AS length(s);
CREATE MACRO athena_codepoint(s) AS CAST(unicode(s) AS BIGINT);
CREATE MACRO athena_strpos(s, p) AS strpos(s, p);
CREATE MACRO athena_starts_with(s, p) AS starts_with(s, p);
CREATE MACRO athena_levenshtein_distance(a, b) AS levenshtein(a, b);
CREATE MACRO athena_hamming_distance(a, b) AS hamming(a, b);
CREATE MACRO athena_lpad(s, n, p) AS lpad(s, CAST(n AS INTEGER), p);
CREATE MACRO athena_rpad(s, n, p) AS rpad(s, CAST(n AS INTEGER), p);
CREATE MACRO athena_replace(s, a) AS replace(s, a, ''), (s, a, b) AS replace(s, a, b);
CREATE MACRO athena_split(s, d) AS string_split(s, d),
  (s, d, n) AS CASE WHEN len(string_split(s, d)) <= n THEN string_split(s, d)
    ELSE list_append(string_split(s, d)[1:n - 1], array_to_string(string_split(s, d)[n:], d)) END;
CREATE MACRO athena_split_part(s, d, n) AS
  CASE WHEN n < 1 THEN error('INVALID_FUNCTION_ARGUMENT: Index must be greater than zero')
       WHEN n > len(string_split(s, d)) THEN NULL ELSE split_part(s, d, n) END;
CREATE MACRO athena_reverse_list(l) AS list_reverse(l);
CREATE MACRO athena_reverse(s) AS reverse(s);
CREATE MACRO athena_regexp_like(s, p) AS regexp_matches(s, p);
CREATE MACRO athena_regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END,
  (s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END;
CREATE MACRO athena_regexp_extract_all(s, p) AS regexp_extract_all(s, p), (s, p, g) AS regexp_extract_all(s, p, g);
CREATE MACRO athena_regexp_replace(s, p) AS regexp_replace(s, p, '', 'g'),
  (s, p, r) AS regexp_replace(s, p, regexp_replace(r, '\$(\d)', '\\\1', 'g'), 'g');
CREATE MACRO athena_regexp_split(s, p) AS string_split_regex(s, p);
CREATE MACRO athena_regexp_count(s, p) AS CAST(len(regexp_extract_all(s, p)) AS BIGINT);
CREATE MACRO athena_to_utf8(s) AS encode(s);
CREATE MACRO athena_from_utf8(b) AS decode(b);
CREATE MACRO athena_to_hex(b) AS hex(b);
CREATE MACRO athena_from_hex(s) AS unhex(s);
CREATE MACRO athena_to_base64(b) AS base64(b);
CREATE MACRO athena_from_base64(s) AS from_base64(s);
CREATE MACRO athena_md5(b) AS unhex(md5(b));
CREATE MACRO athena_sha1(b) AS unhex(sha1(b));
CREATE MACRO athena_sha256(b) AS unhex(sha256(b));
CREATE MACRO athena_url_encode(s) AS replace(url_encode(s), '%20', '+');
CREATE MACRO athena_url_decode(s) AS url_decode(replace(s, '+', '%20'));
CREATE MACRO athena_url_extract_protocol(u) AS athena_regexp_extract(u, '^([A-Za-z][A-Za-z0-9+.-]*):', 1);
CREATE MACRO athena_url_extract_host(u) AS
  athena_regexp_extract(u, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@?#]*@)?([^:/?#]*)', 1);
CREATE MACRO athena_url_extract_path(u) AS athena_regexp_extract(u, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*([^?#]*)', 1);
CREATE MACRO athena_url_extract_query(u) AS athena_regexp_extract(u, '\?([^#]*)', 1);
CREATE MACRO athena_url_extract_fragment(u) AS athena_regexp_extract(u, '#(.*)$', 1);
CREATE MACRO athena_url_extract_parameter(u, n) AS
  athena_url_decode(athena_regexp_extract(u, '[?&]' || regexp_escape(n) || '=([^&#]*)', 1));
CREATE MACRO athena_json_parse(s) AS CAST(s AS JSON);
CREATE MACRO athena_json_format(j) AS CAST(j AS VARCHAR);
CREATE MACRO athena_json_extract(j, p) AS json_extract(CAST(j AS JSON), p);
CREATE MACRO athena_json_extract_scalar(j, p) AS
  CASE WHEN json_type(CAST(j AS
  JSON), p) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(CAST(j AS JSON), p) END;
CREATE MACRO athena_json_query(j, p) AS json_extract(CAST(j AS JSON), regexp_replace(p, '^(lax|strict)\s+', ''));
CREATE MACRO athena_json_value(j, p) AS athena_json_extract_scalar(j, regexp_replace(p, '^(lax|strict)\s+', ''));
CREATE MACRO athena_json_array_length(j) AS CAST(json_array_length(CAST(j AS JSON)) AS BIGINT);
CREATE MACRO athena_json_array_contains(j, e) AS
  list_position(list_transform(CAST(CAST(j AS
  JSON) AS JSON[]), lambda x: json_extract_string(x, '$')), CAST(e AS VARCHAR)) IS NOT NULL;
CREATE MACRO athena_concat_ws(d, a) AS a, (d, a, b) AS concat_ws(d, a, b), (d, a, b, c) AS concat_ws(d, a, b, c),
  (d, a, b, c, x) AS concat_ws(d, a, b, c, x);
CREATE MACRO athena_digits(s, kind) AS
  CASE WHEN s IS NULL OR regexp_full_match(s, '[-+]?[0-9]+') THEN s
       ELSE error('INVALID_CAST_ARGUMENT: Cannot cast ''' || s || ''' to ' || kind) END;
CREATE MACRO athena_try_digits(s) AS CASE WHEN regexp_full_match(s, '[-+]?[0-9]+') THEN s END;
"""

_NAME = re.compile(r"athena_\w+")


@cache
def _statements() -> dict[str, str]:
    """Each macro's statement by its name."""
    found = [statement.strip() for statement in _SQL.split(";\n") if statement.strip()]
    return {_first_name(statement): statement for statement in found}


def _first_name(statement: str) -> str:
    name = _NAME.search(statement)
    if name is None:
        raise ValueError(f"{statement} makes no macro of ours.")
    return name[0]


def wanted(sql: str) -> list[str]:
    """The statements that make the macros of ``sql``, those that others are made of first: making all takes 50 ms."""
    found: dict[str, str] = {}

    def need(text: str) -> None:
        for name in _NAME.findall(text):
            statement = _statements().get(name)
            if statement is not None and name not in found:
                need(statement.replace(f"CREATE MACRO {name}(", "("))
                found[name] = statement

    need(sql.lower())
    return list(found.values())
