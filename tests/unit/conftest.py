"""What a worker remembers for seconds, forgotten between two tests."""

from __future__ import annotations

import pytest

from common.spending import accounts, pauses


@pytest.fixture(autouse=True)
def nothing_known_of_pauses() -> None:
    pauses.forget()
    accounts.forget()
