"""A purse that counts and never stops, for tests of what is bought where the bounds are another test's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from common.spending import Purse
from common.spending.accounts import Account
from common.table import Table

T = TypeVar("T")


class Endless(Purse):
    """``paid``: every amount that was asked for, in order."""

    def __init__(self) -> None:
        super().__init__(Account(Table("none"), "tests", "calls", 0))
        self.paid: list[int] = []

    def pay(self, amount: int, call: Callable[[], T], billed: Callable[[T], int] | None = None) -> T:
        self.paid.append(amount)
        return call()
