"""The functions of Athena engine version 3, by name (Athena user guide, "Functions in Amazon Athena"; Trino's list of
functions). A name that is not here is refused, whatever DuckDB would make of it.
"""

from __future__ import annotations

_AGGREGATES = """
    any_value approx_distinct approx_most_frequent approx_percentile approx_set arbitrary array_agg avg
    bitwise_and_agg bitwise_or_agg bitwise_xor_agg bool_and bool_or checksum corr count count_if covar_pop
    covar_samp entropy every geometric_mean histogram kurtosis listagg map_agg map_union max max_by merge min min_by
    multimap_agg numeric_histogram qdigest_agg reduce_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2
    regr_slope regr_sxx regr_sxy regr_syy set_agg set_union skewness stddev stddev_pop stddev_samp sum tdigest_agg
    var_pop var_samp variance
"""
_WINDOWS = """
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
"""
_SCALARS = """
    floor position
    abs acos all_match any_match array_average array_distinct array_except array_first array_histogram
    array_intersect array_join array_last array_max array_min array_position array_remove array_sort array_sum
    array_union arrays_overlap asin at_timezone atan atan2 bar beta_cdf bing_tile bit_count bitwise_and
    bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_right_shift_arithmetic bitwise_xor
    cardinality cbrt ceil ceiling char2hexint chr classify codepoint color combinations concat concat_ws contains
    contains_sequence convert_format cos cosh cosine_distance cosine_similarity crc32 date date_add date_diff
    date_format date_parse date_trunc day day_of_month day_of_week day_of_year degrees dow doy e element_at
    empty_approx_set evaluate_classifier_predictions exp extract f filter flatten format format_datetime
    format_number from_base from_base32 from_base64 from_base64url from_big_endian_32 from_big_endian_64 from_hex
    from_ieee754_32 from_ieee754_64 from_iso8601_date from_iso8601_timestamp from_iso8601_timestamp_nanos
    from_unixtime from_unixtime_nanos from_utf8 geometry_to_bing_tiles great_circle_distance greatest
    hamming_distance hash_counts hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 hour human_readable_seconds index
    infinity inverse_beta_cdf inverse_normal_cdf is_finite is_infinite is_json_scalar is_nan json_array
    json_array_contains json_array_get json_array_length json_exists json_extract json_extract_scalar json_format
    json_object json_parse json_query json_size json_value last_day_of_month least length levenshtein_distance
    line_interpolate_point ln localtime localtimestamp log log10 log2 lower lpad ltrim luhn_check map map_concat
    map_entries map_filter map_from_entries map_keys map_values map_zip_with md5 millisecond minute mod month
    multimap_from_entries murmur3 nan ngrams none_match normal_cdf normalize now nullif parse_data_size
    parse_datetime parse_duration parse_presto_data_size pi pow power quarter radians rand random reduce
    regexp_count regexp_extract regexp_extract_all regexp_like regexp_position regexp_replace regexp_split render
    repeat replace reverse rgb round row rpad rtrim second sequence sha1 sha256 sha512 shuffle sign
    simplify_geometry sin sinh slice soundex spatial_partitioning split split_part split_to_map split_to_multimap
    spooky_hash_v2_32 spooky_hash_v2_64 sqrt st_area st_astext st_buffer st_centroid st_contains st_crosses
    st_disjoint st_distance st_equals st_geometryfromtext st_intersection st_intersects st_length st_linefromtext
    st_point st_polygon st_within st_x st_y starts_with strpos strrpos substr substring tan tanh timestamp_objectid
    timezone_hour timezone_minute to_base to_base32 to_base64 to_base64url to_big_endian_32 to_big_endian_64 to_char
    to_date to_hex to_ieee754_32 to_ieee754_64 to_iso8601 to_milliseconds to_spherical_geography to_timestamp
    to_unixtime to_utf8 transform transform_keys transform_values translate trim trim_array truncate try try_cast
    typeof upper url_decode url_encode url_extract_fragment url_extract_host url_extract_parameter url_extract_path
    url_extract_port url_extract_protocol url_extract_query uuid value_at_quantile values_at_quantiles week
    week_of_year width_bucket wilson_interval_lower wilson_interval_upper with_timezone word_stem xxhash64 year
    year_of_week yow zip zip_with
"""
_SYNTAX = """
    all and any array as between bigint boolean by case cast char coalesce cross cube current_date current_time
    current_timestamp date decimal distinct double else end escape except exclude exists filter from group grouping
    groups having if ignore in inner int integer intersect interval join lateral left like limit localtime
    localtimestamp map not nulls offset on or order ordinality outer over partition precision range real respect
    right rollup row rows select sets smallint some then time timestamp tinyint try_cast union unnest using values
    varbinary varchar when where with within
"""
_RESERVED = """
    alter and as between by case cast constraint create cross cube current_date current_time current_timestamp
    deallocate delete describe distinct drop else end escape except execute exists extract false for from full group
    grouping having in inner insert intersect into is join left like natural not null on or order outer prepare
    recursive right rollup select skip table then trim true uescape union unnest using values when where with
"""

AGGREGATES = frozenset(_AGGREGATES.split())
NAMES = AGGREGATES | frozenset(_WINDOWS.split()) | frozenset(_SCALARS.split())

#: Words that may stand before "(" and are no function of the list: syntax, and types with their parameters.
SYNTAX = frozenset(_SYNTAX.split())

#: Functions of Athena that have nothing to say here.
UNBUILT = frozenset({"current_user", "current_catalog", "current_schema", "session_user"})

#: Words that are no names unless they stand in double quotes (Athena user guide, "Reserved keywords").
RESERVED = frozenset(_RESERVED.split())
