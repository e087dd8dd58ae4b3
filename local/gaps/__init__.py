"""What MiniStack lacks or allows and AWS does not: one small module per gap.

Each module says in its docstring what AWS does (and where that is written), what MiniStack does instead, and
lists in ``LEANS_ON`` the private names it needs with their shapes; ``install()`` closes the gap.
``install_all()`` is called once in the server's process, after ``ministack.app`` was imported and before it
serves.

stepfunctions: definitions, JSONPath, names, limits, roles, retries, time-outs, Map, nested executions, redrives, logs
awslambda: request sizes, Function URLs, asynchronous retries and destinations, SQS and Kinesis sources
s3: limits of requests, parts, rules and tags, conditional writes, missing keys, event versions, Object Lambda
eventbridge: PutEvents' entries, rules and targets that are none, targets' rights and dead letters
messaging: queues, topics and messages that are none, SNS dead letters, SQS message moves
cloudwatch: data, alarms, dashboards and log groups that are none; EMF, metrics, metric math, alarms by the clock
iam: who may pass a role, sessions that are none; policy documents that are none, how long they may be, policy variables
data: tables and streams that are none
kms: who reads or writes what lies under a key is asked for the key
firehose: roles that are none, buffering, transformation, conversion, error prefixes
athena: queries on a road of their own, saved queries in templates
apigateway: AWS's host names, the OpenAPI document of an HTTP API
cloudfront: public keys and key groups; signed URLs and cookies checked, paths matched as AWS does; no need of Node
codedeploy: gradual deployments: steps, weights of an alias, alarms that send it back
cloudformation: templates refused at the call, before and at the resource; parameters, types, machines, nesting
request_bodies: members and types of every JSON request, by botocore's models
side_doors: what MiniStack hands out to whoever asks: closed, or signed
_seams: private functions of MiniStack replaced, or the start refused where their shape has changed
_types: names for what MiniStack passes around untyped; answers of the AWS JSON protocol
_keys: under which key something lies, and what is asked of it
_vector_keys: what is asked of the key that vectors lie under
_sagemaker: what the local SageMaker asks of the cloud around it
_authority: may this role or this service do that? asked by the gaps of MiniStack's evaluator
_doors: the call and the template's provisioner, both led through one check
_deliver: one service handing something to another: to a queue, topic, function or bus
_leanings: what another version of MiniStack would cost: which private names it still has
"""

from __future__ import annotations

import importlib
from types import ModuleType

from local.gaps import _seams

#: Installed in this order; where two wrap the same name, the later one is outermost.
NAMES = (
    "stepfunctions.redriving.runs",
    "stepfunctions.execution",
    "stepfunctions.jsonpath.values",
    "stepfunctions.jsonpath.result_path",
    "stepfunctions.jsonpath.variables",
    "stepfunctions.jsonpath.choices",
    "stepfunctions.jsonpath.fields",
    "stepfunctions.scopes",
    "stepfunctions.integrations.metadata",
    "stepfunctions.retry",
    "stepfunctions.integrations.throttle",
    "stepfunctions.timeouts",
    "stepfunctions.limits",
    "stepfunctions.names",
    "stepfunctions.requests",
    "stepfunctions.definitions",
    "stepfunctions.role",
    "stepfunctions.logs",
    "stepfunctions.integrations.callback",
    "stepfunctions.jsonata",
    "stepfunctions.integrations.nested",
    "stepfunctions.integrations.sagemaker",
    "stepfunctions.integrations.turns",
    "stepfunctions.distributed_map",
    "stepfunctions.redriving.journal",
    "stepfunctions.redriving.context",
    "stepfunctions.redriving.calls",
    "stepfunctions.uncaught",
    "s3.conditions",
    "s3.missing_key",
    "s3.multipart",
    "s3.lifecycle",
    "s3.names_and_tags",
    "s3.requests",
    "s3.event_versions",
    "s3.version_headers",
    "s3.tag_events",
    "s3.template",
    "s3.deletes",
    "s3.policies",
    "cloudwatch.metric_data",
    "cloudwatch.alarms",
    "cloudwatch.points",
    "cloudwatch.alarm_limits",
    "cloudwatch.dashboards",
    "cloudwatch.log_groups",
    "cloudwatch.emf",
    "cloudwatch.lambda_metrics",
    "awslambda.asynchronous",
    "awslambda.requests",
    "awslambda.template",
    "awslambda.inline_code",
    "awslambda.names",
    "awslambda.function_url",
    "s3.object_lambda",
    "eventbridge.entries",
    "eventbridge.targets",
    "eventbridge.rules",
    "eventbridge.rule_targets",
    "iam.policies",
    "iam.names",
    "iam.variables",
    "iam.principal_arn",
    "iam.vector_policies",
    "iam.batch_actions",
    "iam.pass_role",
    "iam.sessions",
    "messaging.sns_delivery",
    "awslambda.sqs_source",
    "messaging.sqs_redrive",
    "messaging.queues",
    "messaging.topics",
    "data.tables",
    "data.streams",
    "awslambda.kinesis_source",
    "awslambda.configuration",
    "awslambda.event_source",
    "awslambda.settings",
    "awslambda.members",
    "awslambda.code",
    "cloudwatch.service_metrics",
    "firehose.delivery",
    "firehose.destinations",
    "athena.queries",
    "athena.saved",
    "apigateway.hosts",
    "apigateway.http_api",
    "apigateway.rest_api",
    "cloudfront.functions",
    "cloudfront.hosts",
    "cloudfront.keys",
    "cloudfront.viewers",
    "cloudformation.template_text",
    "cloudformation.requests",
    "cloudformation.nested.transform",
    "cloudformation.nested.updates",
    "cloudformation.nested.addresses",
    "cloudformation.nested.deletes",
    "cloudformation.parameters",
    "cloudformation.condition_values",
    "cloudformation.types.resource_types",
    "cloudformation.types.service_types",
    "cloudformation.types.vectors",
    "cloudformation.types.stubs",
    "cloudformation.types.attributes",
    "cloudformation.exports",
    "cloudformation.types.state_machines",
    "cloudformation.template_format",
    "cloudformation.property_validation",
    "cloudformation.change_sets",
    "cloudformation.resource_rules",
    "cloudformation.types.attachments",
    "kms.objects",
    "kms.messages",
    "kms.stores",
    "kms.log_groups",
    "kms.template",
    "codedeploy.preferences",
    "codedeploy.rollouts",
    "codedeploy.weights",
    "side_doors",
    "request_bodies",
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
