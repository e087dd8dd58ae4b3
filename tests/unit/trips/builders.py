"""Rows, records and events of trips for tests."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from trips.recipe import parser

BIKES = parser.named("bike_share")
ROW: Mapping[str, str] = {
    "duration_sec": "870",
    "start_time": "2019-07-31 23:59:41.4641",
    "end_time": "2019-08-01 00:14:11.6493",
    "start_station_id": "2019",
    "start_station_name": "Valencia St at 24th St",
    "start_station_latitude": "37.601812",
    "start_station_longitude": "-122.380944",
    "end_station_id": "633",
    "end_station_name": "El Embarcadero at Grand Ave",
    "end_station_latitude": "37.61248",
    "end_station_longitude": "-122.2206",
    "bike_id": "3510",
    "user_type": "Subscriber",
    "bike_share_for_all_trip": "No",
    "rental_access_method": "",
}
HEADER = ",".join(ROW)


def row(**changes: str) -> dict[str, str]:
    return {**ROW, **changes}


def line(**changes: str) -> str:
    """A line of CSV; times and names in quotes, as the published files have them."""
    quoted = {name for name in ROW if name.endswith(("_time", "_name", "_type", "_trip"))}
    return ",".join(f'"{value}"' if name in quoted and value else value for name, value in row(**changes).items())


def chunk(*lines: str, header: str = HEADER) -> bytes:
    """A record as producers send it."""
    return "\n".join([header, *lines]).encode() + b"\n"


def json_lines(*rows: Mapping[str, Any]) -> bytes:
    return "".join(json.dumps(entry) + "\n" for entry in rows).encode()


def record(data: bytes, record_id: str = "r-1") -> dict[str, Any]:
    return {
        "recordId": record_id,
        "approximateArrivalTimestamp": 1564617582000,
        "data": base64.b64encode(data).decode(),
    }


def event(*payloads: bytes) -> dict[str, Any]:
    return {
        "invocationId": "invocation-1",
        "deliveryStreamArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/trips",
        "region": "us-east-1",
        "records": [record(data, f"r-{number}") for number, data in enumerate(payloads)],
    }


def parsed(data: bytes) -> list[dict[str, Any]]:
    """The rows of an answer in JSON lines."""
    return [json.loads(text) for text in data.decode().splitlines()]


def classes(pattern: Sequence[bool]) -> bytes:
    """A chunk with a row for each entry: True is a trip of the smaller class (usually)."""
    return chunk(
        *(line(bike_id=str(n + 1), bike_share_for_all_trip="Yes" if yes else "No") for n, yes in enumerate(pattern))
    )
