"""What a normaliser answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Trouble = Literal["DATE_AMBIGUOUS", "PHONE_DIGITS_MISSING", "ADDRESS_NO_STREET_NUMBER"]


@dataclass(frozen=True, slots=True)
class Normalised:
    """``value`` is the one form in which equal things are equal, None where it could not be decided.

    ``trouble`` is then the flag's code and ``reason`` ends the flag's sentence. An address has both, value and trouble.
    No text of the document stands in ``reason``.
    """

    value: str | None
    trouble: Trouble | None = None
    reason: str = ""
