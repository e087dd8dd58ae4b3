"""The parameter DefaultReaders: who reads documents over which no access file rules. Empty, as it comes: nobody."""

from __future__ import annotations

from knowledge.errors import AccessUnreadable
from knowledge.model import Access

EVERYONE = "everyone"


def parse(text: str) -> Access:
    """``user:<name>``, ``group:<name>`` or ``everyone``, separated by commas. Blanks around an entry do not count.

    A name with a comma in it cannot be said here: an access file at the inbox's top can. Raises AccessUnreadable.
    """
    users, groups, everyone = set(), set(), False
    for entry in filter(None, (part.strip() for part in text.split(","))):
        kind, colon, name = entry.partition(":")
        match kind, colon, name.strip():
            case ("user", ":", name) if name:
                users.add(name)
            case ("group", ":", name) if name:
                groups.add(name)
            case (str(said), "", "") if said == EVERYONE:
                everyone = True
            case _:
                raise AccessUnreadable(
                    f"DefaultReaders has {entry!r}: write user:<name>, group:<name> or everyone, with commas between."
                )
    return Access(frozenset(users), frozenset(groups), everyone)
