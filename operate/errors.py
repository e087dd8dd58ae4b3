"""The one way in which a command of an operator ends badly."""


class OperateError(Exception):
    """A sentence for a person: what was wrong and what to change."""
