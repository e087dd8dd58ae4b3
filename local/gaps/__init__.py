"""What MiniStack lacks or allows and AWS does not: one small module a gap.

Each module says in its docstring what AWS does (and where that is written), what MiniStack does instead, and
lists in ``LEANS_ON`` the private names it needs with their shapes; ``install()`` closes the gap.
``install_all()`` is called once in the server's process, after ``ministack.app`` was imported and before it
serves.

cloudwatch: What MiniStack lacks of CloudWatch.
cloudformation: What MiniStack lacks of CloudFormation.
eventbridge: What MiniStack lacks of EventBridge.
firehose: What MiniStack lacks of Firehose.
s3: What MiniStack lacks of S3.
stepfunctions: What MiniStack lacks of Step Functions.
messaging: What MiniStack lacks of SNS and SQS.
_seams: Replacing private functions of MiniStack, loudly.
_authority: May this role, or this AWS service, do that? Asked of the same evaluator that checks every signed request.
_types: Names for what MiniStack passes around untyped, and answers of the AWS JSON protocol.
athena: Athena:
_deliver: One service handing something to another inside the process:
awslambda: What MiniStack lacks of Lambda.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from local.gaps import _seams

#: Installed in this order; where two wrap the same name, the later one is outermost.
NAMES = (
    "stepfunctions.execution",
    "stepfunctions.retry",
    "stepfunctions.throttle",
    "stepfunctions.timeouts",
    "stepfunctions.limits",
    "stepfunctions.names",
    "stepfunctions.role",
    "stepfunctions.logs",
    "stepfunctions.callback",
    "stepfunctions.jsonata",
    "stepfunctions.nested",
    "stepfunctions.distributed_map",
    "s3.conditions",
    "s3.missing_key",
    "s3.event_versions",
    "s3.template",
    "cloudwatch.metric_data",
    "cloudwatch.alarms",
    "cloudwatch.emf",
    "cloudwatch.lambda_metrics",
    "awslambda.asynchronous",
    "awslambda.requests",
    "awslambda.template",
    "awslambda.function_url",
    "s3.object_lambda",
    "eventbridge.entries",
    "eventbridge.targets",
    "messaging.sns_delivery",
    "awslambda.sqs_source",
    "messaging.sqs_redrive",
    "awslambda.kinesis_source",
    "cloudwatch.service_metrics",
    "firehose.delivery",
    "athena",
    "cloudformation.nested_transform",
    "cloudformation.nested_updates",
    "cloudformation.parameters",
    "cloudformation.resource_types",
)

_installed: set[str] = set()


def modules() -> list[ModuleType]:
    """All gap modules, imported but not necessarily installed."""
    return [importlib.import_module(f"local.gaps.{name}") for name in NAMES]


def install_all() -> None:
    """Close every gap in this process; a second call does nothing. Raises SeamMovedError when MiniStack
    has changed.
    """
    for module in modules():
        _seams.check(module.LEANS_ON)
    for module in modules():
        if module.__name__ not in _installed:
            module.install()
            _installed.add(module.__name__)
