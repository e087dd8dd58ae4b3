"""Whose calls are read and under which names: this application's own roles, the allow-listed apps, model profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from llm.model_families import OTHER, profiles_of


@dataclass(frozen=True, slots=True)
class Rules:
    """``own_roles``: names of this application's roles that call models; ``profiles`` as ``model_families.family``
    takes them; ``app_key``: the member of requestMetadata that names an application; ``apps``: those with metrics of
    their own."""

    own_roles: frozenset[str] = frozenset()
    apps: frozenset[str] = frozenset()
    app_key: str = ""
    profiles: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, own_roles: str, apps: str, app_key: str, model_profiles: str) -> Rules:
        """From what a reader's environment says: names with commas; ``model_profiles``: id=name with commas."""
        return cls(_names(own_roles), _names(apps), app_key, profiles_of(model_profiles))

    def is_own(self, identity: object) -> bool:
        """Whether this application itself called the model: its roles' sessions are
        ``arn:aws:sts::<account>:assumed-role/<role>/<session>``."""
        arn = identity.get("arn") if isinstance(identity, dict) else None
        if not isinstance(arn, str) or ":assumed-role/" not in arn:
            return False
        return arn.partition(":assumed-role/")[2].partition("/")[0] in self.own_roles

    def app_of(self, name: object) -> str:
        """The application that the caller named: an allow-listed name, "other", or "" where it named none."""
        if not isinstance(name, str) or not name:
            return ""
        return name if name in self.apps else OTHER


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())
