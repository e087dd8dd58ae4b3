"""The one rule: who is denied reads nothing, everyone else who is named or in a group that is named reads.

Names are compared as they are, sign by sign: ``sale`` is not ``sales``, ``Board`` is not ``board``, and two Unicode
forms of one word are two names. Whatever folds names would give one reader another one's documents.
"""

from __future__ import annotations

from knowledge.model import Access, Reader


def may_read(access: Access, reader: Reader) -> bool:
    """Whether ``reader`` may read what ``access`` is for."""
    groups = frozenset(reader.groups)
    if reader.name in access.denied_users or groups & access.denied_groups:
        return False
    return access.everyone or reader.name in access.users or bool(groups & access.groups)
