"""The one way in which a command of an operator ends badly."""


class OperateError(Exception):
    """A sentence for a person: what was wrong and what to change."""


def refuse(given: object, option: str, why: str) -> None:
    """Raises OperateError for an option that would do nothing: who gives one expects that it does something."""
    if given not in (None, False, ""):
        raise OperateError(f"{option} would do nothing here: {why}.")
