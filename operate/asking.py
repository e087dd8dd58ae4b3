"""Questions to the person at the terminal. Until one is answered nothing has been done."""

from __future__ import annotations

from collections.abc import Callable

from operate.errors import OperateError

Ask = Callable[[str], str]


class Stopped(OperateError):
    """The person has ended the command at a question (Ctrl-C)."""


def terminal(question: str) -> str:
    """Asks on the terminal, as ``input`` is by then."""
    return input(question)


def answer(question: str, instead: str, ask: Ask = terminal) -> str:
    """What the person says. Raises Stopped; OperateError with ``instead`` where nobody can be asked."""
    try:
        return ask(question).strip()
    except EOFError as error:
        raise OperateError(instead) from error
    except KeyboardInterrupt:
        raise Stopped("Stopped at the question; nothing was done.") from None
