"""Replacing private functions of MiniStack, loudly.

Every gap module leans on private names of MiniStack. ``replace`` is the only way they are
swapped: it compares the signature first, so a release that renames or reshapes one of them stops the server
at start with a sentence, instead of leaving a patch that silently does nothing. The originals are remembered,
which lets the contract test look at what MiniStack ships even after everything was installed.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from local.gaps._types import Json, Record

_originals: Record = {}
_checked: set[str] = set()


class SeamMovedError(RuntimeError):
    """MiniStack no longer has a private name in the shape that a gap module leans on."""


def locate(path: str) -> tuple[Any, str, Any]:
    """The owner, attribute name and present value of ``"services.sqs._get_q"``, a path below the package
    ``ministack``.

    Raises SeamMovedError when any part of the path is gone.
    """
    module_path, _, name = path.rpartition(".")
    try:
        owner = importlib.import_module(f"ministack.{module_path}")
    except ImportError as error:
        raise SeamMovedError(f"ministack.{module_path} cannot be imported any more: {error}.") from error
    try:
        return owner, name, getattr(owner, name)
    except AttributeError as error:
        raise SeamMovedError(
            f"ministack.{path} is gone: look at what replaced it, then adapt the gap module that names it."
        ) from error


def shipped(path: str) -> Json:
    """What MiniStack itself defines under ``path``, whatever was installed over it."""
    _, _, present = locate(path)
    return _originals.get(path, present)


def shape(value: Json) -> str:
    """How a leaned-on name looks: the parameters of a function without annotations, else the name of its
    type.
    """
    if not callable(value) or inspect.isclass(value):
        return "class" if inspect.isclass(value) else type(value).__name__
    signature = inspect.signature(value)
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def check(leans_on: Mapping[str, str]) -> None:
    """Raise SeamMovedError unless every path has the expected shape."""
    for path, expected in leans_on.items():
        found = shape(shipped(path))
        if found != expected:
            raise SeamMovedError(f"ministack.{path} is now {found}, the gap modules were written for {expected}.")
        _checked.add(path)


def replace(path: str, make: Callable[[Any], Any]) -> None:
    """Put ``make(present value)`` in the place of ``path``; several gaps may stack on one name."""
    if path not in _checked:
        raise SeamMovedError(f"ministack.{path} is replaced without standing in the LEANS_ON of a gap module.")
    owner, name, present = locate(path)
    _originals.setdefault(path, present)
    setattr(owner, name, make(present))
