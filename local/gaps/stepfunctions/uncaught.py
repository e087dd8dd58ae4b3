"""Step Functions: an exception that nobody foresaw fails its execution.

AWS: an execution that Step Functions cannot go on with ends FAILED under States.Runtime, which no Retry or Catch
matches (Developer Guide, "Handling errors in Step Functions workflows"); none is RUNNING without anything running.
MiniStack: catches what happens inside of a state. What happens before the first one, or in what the gap modules put
around it, ends the execution's thread; the execution stays RUNNING for ever, and who waits for it too.

Installed last of this package, so that it is around everything else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from ministack.services import stepfunctions as sfn

from local.gaps import _seams

LEANS_ON = {
    "services.stepfunctions._run_execution": "(exec_arn)",
    "services.stepfunctions._fail_execution": "(execution, error, cause)",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
}

_log = logging.getLogger(__name__)


def _never_left_running(run: Callable[[str], None]) -> Callable[[str], None]:
    def run_execution(exec_arn: str) -> None:
        try:
            run(exec_arn)
        except Exception as error:  # noqa: BLE001 - whatever it is, the execution ends
            # With the traceback: it is a defect of this cloud, not of the machine.
            _log.exception("An exception outside of a state ends execution %s", exec_arn)
            execution = sfn._executions.get(exec_arn)
            if execution is not None:
                sfn._fail_execution(execution, "States.Runtime", f"{type(error).__name__}: {error}")

    return run_execution


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._run_execution", _never_left_running)
