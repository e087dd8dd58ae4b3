"""Who may read what, said once more and as plainly as it can be: what the application says is compared with this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MEMBERS = {"schema", "users", "groups", "everyone", "denied_users", "denied_groups"}


def may_read(
    inbox: Mapping[str, bytes], default: Mapping[str, Any], key: str, name: str, groups: tuple[str, ...]
) -> bool:
    said = _said(inbox, default, key)
    if name in said.get("denied_users", []):
        return False
    for group in groups:
        if group in said.get("denied_groups", []):
            return False
    if said.get("everyone") is True:
        return True
    return name in said.get("users", []) or any(group in said.get("groups", []) for group in groups)


def _said(inbox: Mapping[str, bytes], default: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    places = [f"{key}.access.json"]
    parts = key.split("/")
    while parts:
        parts.pop()
        places.append("/".join([*parts, "access.json"]))
    for place in places:
        if place in inbox:
            try:
                found = json.loads(inbox[place])
            except ValueError:
                return {}
            return found if found.get("schema") == 1 and found.keys() <= MEMBERS else {}
    return default
