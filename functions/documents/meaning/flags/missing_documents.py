"""DOCUMENT_MISSING and PACKET_UNREADABLE: what a folder's ``packet.json`` wants, and what of it is not there.

``{"types": ["discharge_summary", "consent_form"]}``: names of ``types.toml``; a type that stands there twice is wanted
twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from documents.meaning.vocabulary import document_types
from documents.model import Flag


@dataclass(frozen=True, slots=True)
class Packet:
    """``types`` that must be there; ``problem`` says why they cannot be told, then ``types`` is empty."""

    types: tuple[str, ...] = ()
    problem: str = ""


def read(body: bytes, known: Iterable[str] | None = None) -> Packet:
    """A packet.json as a person wrote it; never raises."""
    known = document_types.shipped() if known is None else known
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return Packet(problem="it is not JSON")
    types = document.get("types") if isinstance(document, dict) else None
    if not isinstance(types, list) or not types or not all(isinstance(each, str) for each in types):
        return Packet(problem='it is not {"types": [names of document types]}')
    if unknown := [each for each in types if each not in known]:
        return Packet(
            problem=f"{len(unknown)} of its types are not configured in types.toml, so it could never be whole"
        )
    return Packet(tuple(types))


def missing(packet: Packet, present: Iterable[str]) -> list[str]:
    """Types that the packet wants and ``present`` does not hold, in the packet's order."""
    left = Counter(present)
    absent = []
    for kind in packet.types:
        if left[kind]:
            left[kind] -= 1
        else:
            absent.append(kind)
    return absent


def flags(packet: Packet, present: Iterable[str]) -> list[Flag]:
    """DOCUMENT_MISSING for each type that was not there yet; PACKET_UNREADABLE where that cannot be told."""
    if packet.problem:
        return [Flag("PACKET_UNREADABLE", f"The folder's packet.json cannot be used: {packet.problem}.")]
    return [
        Flag("DOCUMENT_MISSING", f"The packet had no {kind} when this document was read.")
        for kind in missing(packet, present)
    ]
