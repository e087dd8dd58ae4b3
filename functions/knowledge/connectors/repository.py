"""A repository: a bucket or a prefix of one, with the rights of its documents beside them.

Its ``<key>.access.json`` is for one document, its ``access.json`` for the folder that it lies in and what is below;
the nearest counts. ``groups.json`` at its top says who is in which group. Everything else is a document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from common import settings
from common.objects import Bucket
from knowledge.errors import RepositoryMisplaced
from knowledge.rights import files

GROUPS: Final = "groups.json"


@dataclass(frozen=True)
class Settings:
    """``sync_into``: the folder of the inbox that documents go to, with its slash, or nothing for the inbox's top.
    ``sync_without_access``: ``true`` where documents without an access file are brought, too."""

    inbox_bucket: str
    sync_bucket: str
    sync_prefix: str = ""
    sync_into: str = ""
    sync_without_access: str = "false"


@dataclass(frozen=True, slots=True)
class Repository:
    bucket: str
    prefix: str
    into: str
    without_access: bool = False
    _client: object = field(default=None, repr=False)

    @property
    def source(self) -> Bucket:
        return Bucket(self.bucket, self._client)

    def name(self, source_key: str) -> str:
        """A key of the repository without its prefix."""
        return source_key.removeprefix(self.prefix)

    def key(self, name: str) -> str:
        """What it is called in the inbox."""
        return f"{self.into}{name}"

    def source_key(self, key: str) -> str:
        """Where the repository has what the inbox has under ``key``."""
        return f"{self.prefix}{key.removeprefix(self.into)}"


def read() -> Repository:
    """The repository of the function's environment. Raises RepositoryMisplaced where it cannot be one."""
    known = settings.read(Settings)
    for text, name in ((known.sync_prefix, "SyncPrefix"), (known.sync_into, "SyncInto")):
        if text and not text.endswith("/"):
            raise RepositoryMisplaced(f"{name} is {text!r}; end it in a slash, or leave it empty.")
    same = known.sync_bucket == known.inbox_bucket
    if same and _overlap(known.sync_prefix, known.sync_into):
        raise RepositoryMisplaced(
            "What is brought would be part of the repository; give SyncPrefix and SyncInto folders beside each other."
        )
    return Repository(known.sync_bucket, known.sync_prefix, known.sync_into, known.sync_without_access == "true")


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def places(name: str) -> list[str]:
    """Names of the access files that may be for a document, the one that counts first: those of the inbox, where the
    folder ``a.parts/`` goes with the document ``a``. Else a document would come under rights that are not its own."""
    return files.places(name)
