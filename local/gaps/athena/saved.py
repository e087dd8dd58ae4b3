"""Athena: saved queries in templates.

AWS: AWS::Athena::NamedQuery saves a query; any change replaces it.
MiniStack: knows the calls and not the type.
"""

from __future__ import annotations

import json

from ministack.services import athena

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.athena._create_named_query": "(data)",
    "services.athena._delete_named_query": "(data)",
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
}

NAMED_QUERY = "AWS::Athena::NamedQuery"


def _create(_logical_id: str, properties: Record, *_: Json) -> tuple[str, Record]:
    _status, _headers, body = athena._create_named_query(properties)
    made = str(json.loads(body)["NamedQueryId"])
    return made, {"NamedQueryId": made}


def _update(old_id: str, _old: Record, new: Record, *_: Json) -> tuple[str, Record]:
    athena._delete_named_query({"NamedQueryId": old_id})
    return _create("", new)


def _delete(query_id: str, _properties: Record) -> None:
    athena._delete_named_query({"NamedQueryId": query_id})


def _extended(handlers: dict[str, Json]) -> dict[str, Json]:
    if NAMED_QUERY in handlers:
        raise _seams.SeamMovedError(f"MiniStack now knows {NAMED_QUERY}: drop local/gaps/athena/saved.py.")
    handlers[NAMED_QUERY] = {"create": _create, "update": _update, "delete": _delete}
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _extended)
