"""CloudFormation: members of a request that do not go together, and the name of a change set.

AWS: a template comes in TemplateBody or from TemplateURL, "but not both" (API reference, CreateStack); a change set's
name has the pattern of a stack's, and 128 characters (botocore: ChangeSetName).
MiniStack: reads TemplateBody and overlooks TemplateURL, and takes any name.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.services.cloudformation import helpers

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

_MODULES = ("helpers", "handlers", "changesets")
LEANS_ON = {
    **{f"services.cloudformation.{module}._request_problems": "(params, stack_name='')" for module in _MODULES},
    "services.cloudformation.helpers._p": "(params, key, default='')",
    "services.cloudformation.helpers._error": "(code, message, status=400)",
    "services.cloudformation.helpers.STACK_NAME_RE": "Pattern",
    "services.cloudformation.helpers.STACK_NAME_PATTERN": "str",
    "services.cloudformation.helpers.validation_error_message": "(problems)",
}

_MOST = 128


def _name_problem(name: str) -> str | None:
    said = f"Value '{name}' at 'changeSetName' failed to satisfy constraint: Member must "
    if not helpers.STACK_NAME_RE.fullmatch(name):
        return f"{said}satisfy regular expression pattern: {helpers.STACK_NAME_PATTERN}"
    return f"{said}have length less than or equal to {_MOST}" if len(name) > _MOST else None


def _checked(problems: Callable[..., Answer | None]) -> Callable[..., Answer | None]:
    def request_problems(params: Record, stack_name: str = "") -> Json:
        refused = problems(params, stack_name)
        if refused is not None:
            return refused
        name = helpers._p(params, "ChangeSetName")
        wrong = _name_problem(name) if name and not name.startswith("arn:") else None
        if wrong is not None:
            return helpers._error("ValidationError", helpers.validation_error_message([wrong]))
        if helpers._p(params, "TemplateBody") and helpers._p(params, "TemplateURL"):
            return helpers._error(
                "ValidationError", "Either TemplateBody or TemplateURL must be specified, but not both."
            )
        return None

    return request_problems


def install() -> None:
    """Close the gap in this process."""
    for module in _MODULES:
        _seams.replace(f"services.cloudformation.{module}._request_problems", _checked)
