"""Step Functions: the optimised integrations of SageMaker; ``createTrainingJob.sync`` waits for the job.

AWS (Developer Guide, "Create and manage Amazon SageMaker AI jobs with Step Functions"): with ``.sync`` the task ends
when the job does, and answers what DescribeTrainingJob says; a job that failed or was stopped fails the task as
States.TaskFailed, and the cause is that answer as JSON. A task that times out, or whose execution is stopped, stops the
job. Step Functions hears of the job's end by a rule that it keeps in the account, so the machine's role needs
events:PutTargets, PutRule and DescribeRule on it, sagemaker:ListTags, and sagemaker:AddTags for the tag MANAGED_BY_AWS
that it gives the job (aws-cdk #26012, #32294). Errors of the calls themselves have the names of the AWS SDK for Java 1:
``SageMaker.<Error>Exception`` where SageMaker's model has the error, else ``SageMaker.AmazonSageMakerException``
(validation, missing rights, throttling), with plain text as their cause.
MiniStack: has no SageMaker.

Open: the other jobs that AWS can wait for (transform, processing, tuning, labeling).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import datetime

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions as sfn

from local.gaps import _authority, _sagemaker, _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions import role
from local.gaps.stepfunctions.execution import stop_if_ended
from local.gaps.stepfunctions.integrations import metadata, nested

LEANS_ON = {
    **_authority.LEANS_ON,
    **_sagemaker.LEANS_ON,
    "services.stepfunctions._invoke_resource": "(resource, input_data)",
    "services.stepfunctions._ExecutionError": "class",
}

_PREFIX = "arn:aws:states:::sagemaker:"
_RULE = "rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
_TAG = {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}
_PLAIN = frozenset({"createTrainingJob", "createModel", "createEndpointConfig", "createEndpoint", "updateEndpoint"})
_REFUSED = "SageMaker.AmazonSageMakerException"
_ENDED = ("Completed", "Failed", "Stopped")
_LOOK_EVERY = 0.05
#: Looks at the job that may fail, one after the other, before the task does.
_MOST_LOOKS = 5

logger = logging.getLogger("local")


def _failed(error: str, cause: str) -> Exception:
    found: Exception = sfn._ExecutionError(error, cause)
    return found


def _call(client: Json, operation: str, arguments: Record) -> Record:
    """The service's answer. Raises _ExecutionError under the integration's names."""
    from botocore.exceptions import ClientError, ParamValidationError

    try:
        found: Record = getattr(client, operation)(**arguments)
    except ParamValidationError as error:
        raise _failed("States.Runtime", str(error)) from error
    except ClientError as error:
        raise _named(client, error) from error
    return found


def _named(client: Json, error: Json) -> Exception:
    """An error of the service as the AWS SDK for Java 1 has it."""
    told, answer = error.response["Error"], error.response.get("ResponseMetadata", {})
    code = str(told["Code"])
    modelled = any(shape.error_code == code for shape in client.meta.service_model.error_shapes)
    name = f"SageMaker.{code.removesuffix('Exception')}Exception" if modelled else _REFUSED
    cause = (
        f"{told.get('Message', '')} (Service: AmazonSageMaker; Status Code: {answer.get('HTTPStatusCode', 400)}; "
        f"Error Code: {code}; Request ID: {answer.get('RequestId', '')}; Proxy: null)"
    )
    return _failed(name, cause)


def _plain(value: Json) -> Json:
    """An answer as JSON: times in milliseconds."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value.timestamp() * 1000) if isinstance(value, datetime) else value


def _require_rights(name: str) -> None:
    """What Step Functions does with the machine's role beside the calls themselves."""
    session = role._session()
    if session is None:
        raise _failed("States.Runtime", "The state machine of this execution no longer exists.")
    for action in ("PutTargets", "PutRule", "DescribeRule"):
        if _authority.role_may(*session, f"events:{action}", role._here("events", _RULE)) is not None:
            raise _failed(_REFUSED, f"'{session[0]}' is not authorized to create managed-rule.")
    job = f"arn:aws:sagemaker:{get_region()}:{get_account_id()}:training-job/{name.lower()}"
    denied = _authority.role_may(*session, "sagemaker:ListTags", job)
    if denied is not None:
        raise _failed(_REFUSED, denied.message)


def _waited(client: Json, arguments: Record) -> Record:
    name = str(arguments.get("TrainingJobName", ""))
    _require_rights(name)
    _call(client, "create_training_job", {**arguments, "Tags": [*arguments.get("Tags", ()), _TAG]})
    try:
        found = _ended(client, name)
    except sfn._ExecutionError:
        _stop(client, name)
        raise
    described: Record = _plain(found)
    if described["TrainingJobStatus"] != "Completed":
        raise _failed("States.TaskFailed", json.dumps(described)[: nested.MOST_CAUSE])
    return described


def _ended(client: Json, name: str) -> Record:
    """The job once it has ended. Raises _ExecutionError when nobody waits for it any more, or it cannot be seen."""
    failed = 0
    while True:
        nested.stop_if_nobody_waits()
        try:
            found = _call(client, "describe_training_job", {"TrainingJobName": name})
        except sfn._ExecutionError as error:
            failed += 1
            if "Error Code: ThrottlingException" not in str(error.cause) or failed == _MOST_LOOKS:
                raise
        else:
            failed = 0
            if found["TrainingJobStatus"] in _ENDED:
                return found
        time.sleep(_LOOK_EVERY)


def _stop(client: Json, name: str) -> None:
    """Step Functions tries to, and tells nobody when it could not."""
    try:
        _call(client, "stop_training_job", {"TrainingJobName": name})
    except sfn._ExecutionError as error:
        logger.warning("The training job %s was not stopped: %s", name, error.cause)


def _made(invoke: Callable[[str, Json], Json]) -> Callable[[str, Json], Json]:
    def invoke_resource(resource: str, input_data: Json) -> Json:
        if not resource.startswith(_PREFIX):
            return invoke(resource, input_data)
        stop_if_ended()
        action, _, pattern = resource.removeprefix(_PREFIX).partition(".")
        if action not in _PLAIN or pattern not in (("", "sync") if action == "createTrainingJob" else ("",)):
            raise _failed("States.Runtime", f"The local cloud has no {resource}.")
        client = role.client_for_execution("sagemaker")
        arguments = dict(input_data) if isinstance(input_data, dict) else {}
        if pattern:
            return _waited(client, arguments)
        operation = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in action)
        answer = _plain(_call(client, operation, arguments))
        return {**answer, **metadata.metadata("sagemaker", answer, 200)}

    return invoke_resource


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._invoke_resource", _made)
