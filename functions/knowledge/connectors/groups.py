"""A repository's ``groups.json``: ``{group: {users: [...], groups: [...]}}``. Who is in a group is in those above it.

A group that it does not name is one of the caller's token, as one that it names is, too: both are of one directory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from common import strict_json
from knowledge.connectors import said
from knowledge.errors import GroupsUnreadable

MOST_BYTES: Final = 16 << 20
MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Groups:
    """``users`` and ``groups``: of each group, those that it names itself."""

    users: Mapping[str, frozenset[str]] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def below(self, names: Iterable[str]) -> tuple[set[str], set[str]]:
        """Users and groups that belong to any of ``names``, these included. Circles do no harm."""
        seen, waiting, users = set[str](), list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                users |= self.users.get(name, frozenset())
                waiting.extend(self.groups.get(name, ()))
        return users, seen

    def circles(self) -> list[list[str]]:
        """Groups that belong to themselves by way of others: a mistake of whoever wrote them, at most MOST_TOLD."""
        found: list[list[str]] = []
        done: set[str] = set()
        for start in sorted(self.groups):
            if start not in done and len(found) < MOST_TOLD:
                self._walk(start, done, found)
        return found

    def _walk(self, start: str, done: set[str], found: list[list[str]]) -> None:
        """In depth, without recursion: a stranger's groups may nest deeper than Python does."""
        path, on_path, rest = [start], {start}, [self._sorted(start)]
        while path:
            following = next(rest[-1], None)
            if following is None:
                rest.pop()
                on_path.discard(path[-1])
                done.add(path.pop())
            elif following in on_path:
                if len(found) < MOST_TOLD:
                    found.append([*path[path.index(following) :], following])
            elif following not in done:
                path.append(following)
                on_path.add(following)
                rest.append(self._sorted(following))

    def _sorted(self, name: str) -> Iterator[str]:
        return iter(sorted(self.groups.get(name, ())))

    def plain(self) -> dict[str, Any]:
        names = sorted({*self.users, *self.groups})
        return {name: {"users": sorted(self.users[name]), "groups": sorted(self.groups[name])} for name in names}


def parse(body: bytes) -> Groups:
    """Raises GroupsUnreadable: with half of the groups nobody would be kept out by the other half."""
    from pydantic import ValidationError

    from knowledge.connectors import forms

    if len(body) > MOST_BYTES:
        raise too_large()
    try:
        found = forms.GROUPS.validate_python(strict_json.read(body.decode("utf-8-sig")))
    except ValidationError as error:
        raise GroupsUnreadable(f"groups.json is not of its form: {said.first(error)}. Mend it.") from error
    except (ValueError, RecursionError) as error:
        raise GroupsUnreadable(f"groups.json is JSON in UTF-8, each member once: {error}. Mend it.") from error
    users = {name: frozenset(members.users) for name, members in found.items()}
    return Groups(users, {name: frozenset(members.groups) for name, members in found.items()})


def too_large() -> GroupsUnreadable:
    return GroupsUnreadable(
        f"groups.json has more than {MOST_BYTES >> 20} MB; leave out the groups that no access file names."
    )
