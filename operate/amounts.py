"""How amounts are told: a number with its noun, a sum in US dollars."""

from __future__ import annotations


def of(number: float, noun: str, plural: str = "") -> str:
    """``1 page``, ``2 pages``; ``plural`` where it is more than an s."""
    word = noun if number == 1 else plural or f"{noun}s"
    return f"{number:,.0f} {word}"


def usd(amount: float) -> str:
    """Cents where there are any, else two figures: a small sum is not nothing."""
    if amount >= 0.095 or not amount:
        return f"{amount:,.2f}"
    return f"{amount:.2g}" if amount >= 1e-4 else f"{amount:.7f}" if amount >= 1e-6 else f"{amount:.1e}"


def dollars(amount: float) -> str:
    """With its currency."""
    return f"{usd(amount)} US dollars"
