"""What has to hold of the translated template. Each rule yields one sentence a problem, naming the resource.

A rule takes a template as `translate.resolved` gives it: plain CloudFormation without conditions and parameters.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from local.cloud.deploying.template import Template
from local.cloud.testing import ROOT
from tests.template import alarms, asl, edges, kinds
from tests.template.resources import Problems, Rule, function_of, listed, of_type, target, watched
from tests.template.translate import machines, substitutions

LOG_DELIVERY = tuple(
    f"logs:{action}"
    for action in (
        "CreateLogDelivery",
        "GetLogDelivery",
        "UpdateLogDelivery",
        "DeleteLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "DescribeResourcePolicies",
        "DescribeLogGroups",
    )
)
MACHINES = (
    "NarrateArticle",
    "SummarizeDocument",
    "SummarizeBatch",
    "EvaluatePairs",
    "AnswerQuestion",
    "AnswerFromDocuments",
    "SyncRepository",
    "TrainModel",
)
WILDCARDS: Mapping[tuple[str, str], str] = {
    ("NarrationPlanRole", "polly:DescribeVoices"): "Polly has no resource for it",
    ("NarrationSynthesizeRole", "polly:SynthesizeSpeech"): "Polly has no resource for it but lexicons",
    **{
        (f"{worker}Role", f"states:SendTask{word}"): "task tokens have no resource"
        for worker in (
            "NarrationSynthesize",
            "DocumentsAnalyze",
            "DocumentsStartAnalysis",
            "DocumentsFinishAnalysis",
            "DocumentsSummarize",
            "QuestionsGenerate",
            "KnowledgeCompose",
        )
        for word in ("Heartbeat", "Success", "Failure")
    },
    ("NarrationGiveUpRole", "states:SendTaskFailure"): "task tokens have no resource",
    ("DocumentsGiveUpRole", "states:SendTaskFailure"): "task tokens have no resource",
    ("QuestionsGiveUpRole", "states:SendTaskFailure"): "task tokens have no resource",
    ("KnowledgeGiveUpRole", "states:SendTaskFailure"): "task tokens have no resource",
    ("TrainingApprovalDecidedRole", "states:SendTaskSuccess"): "task tokens have no resource",
    ("TrainingApprovalDecidedRole", "states:SendTaskFailure"): "task tokens have no resource",
    ("TrainingApprovalAskRole", "states:SendTaskSuccess"): "task tokens have no resource",
    ("TrainingApprovalAskRole", "states:SendTaskFailure"): "task tokens have no resource",
    ("TrainingInventoryRole", "sagemaker:ListEndpoints"): "lists have no resource",
    ("TrainingJobRole", "cloudwatch:PutMetricData"): "metrics have no resource; a condition names their namespace",
    ("TrainingJobRole", "ecr:GetAuthorizationToken"): "it has no resource",
    ("DocumentsAnalyzeRole", "textract:AnalyzeDocument"): "Textract has no resource for it but adapters",
    ("DocumentsStartAnalysisRole", "textract:StartDocumentAnalysis"): "Textract has no resource for it but adapters",
    ("DocumentsStartAnalysisRole", "textract:GetDocumentAnalysis"): "Textract has no resource for jobs",
    ("DocumentsCollectAnalysisRole", "textract:GetDocumentAnalysis"): "Textract has no resource for jobs",
    ("DocumentsFinishAnalysisRole", "textract:GetDocumentAnalysis"): "Textract has no resource for jobs",
    ("DocumentsEnrichRole", "comprehend:DetectEntities"): "Comprehend has no resource for it but own recognizers",
    ("DocumentsEnrichRole", "comprehend:DetectPiiEntities"): "Comprehend has no resource for it",
    ("LlmEvaluateRole", "comprehend:BatchDetectDominantLanguage"): "Comprehend has no resource for it",
    ("LlmEvaluateRole", "comprehend:BatchDetectSentiment"): "Comprehend has no resource for it",
    ("LlmEvaluateRole", "comprehend:DetectToxicContent"): "Comprehend has no resource for it",
    **{
        (f"{pipeline}RolloutRole", "cloudwatch:DescribeAlarms"): "composite alarms are only told of where all are"
        for pipeline in ("Images", "Trips", "Llm")
    },
    **{
        (f"{machine}Role", action): "log delivery has no resource (Step Functions guide, CloudWatch Logs)"
        for machine in MACHINES
        for action in LOG_DELIVERY
    },
}
"""(role, action) that may say `Resource: "*"`, and why. Nothing else may."""
OPTIONAL = (
    *("Questions", "AnswerQuestion", "Knowledge", "AnswerFromDocuments", "SyncRepository"),
    *("Training", "TrainModel"),
)
"""Beginnings of roles of pipelines that are off by default."""

MANAGED: Mapping[str, str] = {
    "service-role/AWSLambdaBasicExecutionRole": "SAM gives it to every function: to write its log",
    "service-role/AWSLambdaSQSQueueExecutionRole": "SAM gives it to every function with a queue as its source",
    "service-role/AWSLambdaKinesisExecutionRole": "SAM gives it to every function with a stream as its source",
    "AWSXrayWriteOnlyAccess": "SAM gives it where tracing is on; X-Ray has no resource",
}
"""Managed policies a role may have: they are wider than they need be, and none of them comes from our own lines."""


# Functions and machines


def timeouts_stand_in_order(template: Template) -> Problems:
    """A function ends before its task does, and six of its runs before its queue shows the message again."""
    functions = of_type(template, "AWS::Lambda::Function")
    queues = of_type(template, "AWS::SQS::Queue")
    for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        name, queue = function_of(mapping["FunctionName"]), target(mapping["EventSourceArn"])
        # Lambda developer guide, "Configuring a source queue to use with Lambda".
        if queue in queues and int(queues[queue].get("VisibilityTimeout", 30)) < 6 * functions[name]["Timeout"]:
            yield f"{queue} is visible again before six times the timeout of {name}"
    for machine, state, task, name in _tasks():
        seconds = task["TimeoutSeconds"]  # an expression stands for how long a callback may take, not a function
        if name in functions and isinstance(seconds, int) and functions[name]["Timeout"] >= seconds:
            yield f"{machine}.{state} gives up before {name} does, so nobody hears why"


@cache
def _tasks() -> tuple[tuple[str, str, dict[str, Any], str], ...]:
    """(machine, state, definition of the state, logical id of its function) of every Task on a function."""
    return tuple(
        (machine, state, task, task["Arguments"]["FunctionName"].split(":")[-2])
        for machine, properties in machines().items()
        for state, task in asl.tasks(_definition(ROOT / properties["DefinitionUri"]))
        if task["Resource"].startswith("arn:aws:states:::lambda:invoke")
    )


def _definition(path: Path) -> dict[str, Any]:
    return asl.parse(path.read_text(), substitutions(path))


def functions_are_complete(template: Template) -> Problems:
    """A role of its own, tracing, a JSON log that is not kept for ever, and the alias `live`."""
    groups = of_type(template, "AWS::Logs::LogGroup")
    aliases = {target(a["FunctionName"]): a["Name"] for a in of_type(template, "AWS::Lambda::Alias").values()}
    functions = of_type(template, "AWS::Lambda::Function")
    roles = Counter(target(function["Role"]) for function in functions.values())
    for name, function in functions.items():
        if roles[target(function["Role"])] > 1:
            yield f"{name} shares its role"
        if function.get("TracingConfig", {}).get("Mode") != "Active":
            yield f"{name} is not traced"
        logging = function.get("LoggingConfig", {})
        if logging.get("LogFormat") != "JSON":
            yield f"{name} does not log JSON"
        if not groups.get(target(logging.get("LogGroup")), {}).get("RetentionInDays"):
            yield f"{name} logs into no group that forgets"
        if aliases.get(name) != "live":
            yield f"{name} has no alias live"
        for variable in ("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"):
            if variable not in function["Environment"]["Variables"]:
                yield f"{name} does not set {variable}"


def callers_use_the_alias(template: Template) -> Problems:
    """Whoever calls $LATEST sees a deployment before it is complete."""
    for name, machine in of_type(template, "AWS::StepFunctions::StateMachine").items():
        for variable, value in machine["DefinitionSubstitutions"].items():
            aim = target(value)
            if variable.endswith("Arn") and not (aim.endswith("Aliaslive") or aim in machines()):
                yield f"{name} calls {variable} without its alias"
    for name, mapping in of_type(template, "AWS::Lambda::EventSourceMapping").items():
        if not target(mapping["FunctionName"]).endswith("Aliaslive"):
            yield f"{name} calls {target(mapping['FunctionName'])} without its alias"


def machines_are_complete(template: Template) -> Problems:
    for name, machine in of_type(template, "AWS::StepFunctions::StateMachine").items():
        if machine.get("TracingConfiguration") != {"Enabled": True}:
            yield f"{name} is not traced"
        logging = machine.get("LoggingConfiguration", {})
        if logging.get("Level") != "ERROR" or not logging.get("Destinations"):
            yield f"{name} does not log what goes wrong"
        if logging.get("IncludeExecutionData") is not False:
            yield f"{name} logs what people wrote"


def machines_may_call_what_they_name(template: Template) -> Problems:
    """The role of a machine may invoke the functions of its tasks, and no others."""
    for machine in of_type(template, "AWS::StepFunctions::StateMachine"):
        role = target(template["Resources"][machine]["Properties"]["RoleArn"])
        wanted = {name for owner, _, _, name in _tasks() if owner == machine}
        allowed = {
            target(inner)
            for statement in statements(template, role)
            if "lambda:InvokeFunction" in listed(statement["Action"])
            for resource in listed(statement["Resource"])
            for inner in resource["Fn::Sub"][1].values()
        }
        yield from (f"{machine} may not invoke {name}" for name in sorted(wanted - allowed))
        yield from (f"{machine} may invoke {name}, which it does not name" for name in sorted(allowed - wanted))


TELLERS: Mapping[str, str] = {"CountFailure": "the function itself counts that a module was given up"}
"""States beside the one that a function is called after, and why they call it."""


def one_name_for_state_function_and_module(template: Template) -> Problems:
    """State `Plan` of a machine of narration <-> function `NarrationPlan` <-> module `narration.handlers.plan`;
    `DocumentsBatchPrepare` <-> `documents.handlers.batch.prepare`."""
    functions = of_type(template, "AWS::Lambda::Function")
    for machine, state, _, name in _tasks():
        if machine not in template["Resources"]:
            continue  # its pipeline is switched off
        handler = functions.get(name, {}).get("Handler", "")
        pipeline = handler.partition(".")[0]
        if name != pipeline.capitalize() + state and state not in TELLERS:
            yield f"{machine}.{state} calls {name}"
    for name, function in functions.items():
        pipeline, *rooms, module, entry = function["Handler"].split(".")
        logical = "_".join([*rooms[1:], module]).title().replace("_", "")
        if name != pipeline.capitalize() + logical or rooms[:1] != ["handlers"]:
            yield f"{name} has the handler {function['Handler']}"
        if entry != "handler":
            yield f"{name} is entered at {entry}, all others at handler"


def settings_are_set(template: Template) -> Problems:
    """Every variable that a handler's settings need, those of what it imports included, is set on that function."""
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        given = function["Environment"]["Variables"]
        for variable, module in sorted(needed_variables(function["Handler"].rpartition(".")[0]).items()):
            if variable not in given:
                yield f"{name} does not set {variable}, which {module} reads"


@cache
def needed_variables(module: str) -> Mapping[str, str]:
    """Variable -> module that reads it: fields without default of each `Settings` that `module` imports."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    ahead = [module]
    while ahead:
        name = ahead.pop()
        path = ROOT / "functions" / f"{name.replace('.', '/')}.py"
        if name in seen or not path.exists():
            continue
        seen.add(name)
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module:
                ahead += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.ClassDef) and f"settings.read({node.name})" in text:
                fields = [entry for entry in node.body if isinstance(entry, ast.AnnAssign) and entry.value is None]
                found |= {entry.target.id.upper(): name for entry in fields if isinstance(entry.target, ast.Name)}
    return found


# Permissions and buckets


def statements(template: Template, role: str) -> list[dict[str, Any]]:
    """The statements of a role's own policies."""
    policies = template["Resources"][role]["Properties"].get("Policies", [])
    return [statement for policy in policies for statement in listed(policy["PolicyDocument"]["Statement"])]


def no_wildcards_without_a_reason(template: Template) -> Problems:
    """`Resource: "*"` only as in WILDCARDS; no `service:*` at all; managed policies only as in MANAGED."""
    used: set[tuple[str, str]] = set()
    for role, properties in of_type(template, "AWS::IAM::Role").items():
        for statement in statements(template, role):
            everything = any(map(_is_everything, listed(statement["Resource"])))
            for action in listed(statement["Action"]):
                if "*" in action:
                    yield f"{role} may {action}"
                if everything:
                    used.add((role, action))
        for arn in properties.get("ManagedPolicyArns", []):
            if str(arn).partition(":policy/")[2] not in MANAGED:
                yield f"{role} has the managed policy {arn}"
    yield from (f"{role} may {action} on everything" for role, action in sorted(used - WILDCARDS.keys()))
    unused = {(role, action) for role, action in WILDCARDS.keys() - used if _is_needed(template, role)}
    yield from (f"{role} needs {action} on everything no longer" for role, action in sorted(unused))


def _is_needed(template: Template, role: str) -> bool:
    """CodeDeploy's roles are there with a gradual Rollout only, those of some pipelines with their switches."""
    is_optional = role.endswith("RolloutRole") or role.startswith(OPTIONAL)
    return not is_optional or role in template["Resources"]


def _is_everything(resource: Any) -> bool:
    """ "*", or an ARN whose last part is nothing but one."""
    text = resource if isinstance(resource, str) else str(listed(resource.get("Fn::Sub", ""))[0])
    return bool(re.fullmatch(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:(\*|[a-z-]+[:/]\*)", text.replace("${AWS::", "${")))


def buckets_are_closed(template: Template) -> Problems:
    """Private, encrypted, versioned or emptied by itself, without access lists, kept with the stack gone, TLS only,
    without half uploads."""
    guarded = set(_tls_only(template))
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        block = bucket.get("PublicAccessBlockConfiguration", {})
        names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        yield from (f"{name} does not set {part}" for part in names if block.get(part) is not True)
        if not bucket.get("BucketEncryption"):
            yield f"{name} is not encrypted"
        lifecycle = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        forgets = any("ExpirationInDays" in rule and "Prefix" not in rule for rule in lifecycle)
        versioned = bucket.get("VersioningConfiguration") == {"Status": "Enabled"}
        if not versioned and not forgets:
            yield f"{name} is not versioned"
        if versioned and not any("NoncurrentVersionExpiration" in rule for rule in lifecycle):
            yield f"{name} keeps every old version for ever"
        if not any("AbortIncompleteMultipartUpload" in rule for rule in lifecycle):
            yield f"{name} keeps what was half uploaded"
        owner = bucket.get("OwnershipControls", {}).get("Rules")
        if owner != [{"ObjectOwnership": "BucketOwnerEnforced"}]:
            yield f"{name} has access lists"
        entry = template["Resources"][name]
        if not entry.get("DeletionPolicy") == entry.get("UpdateReplacePolicy") == "Retain":
            yield f"{name} goes with the stack"
        if name not in guarded:
            yield f"{name} can be reached without TLS"


def _tls_only(template: Template) -> Iterator[str]:
    for policy in of_type(template, "AWS::S3::BucketPolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            refuses = (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
            plain = statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            # The bucket, and the objects in it.
            name = target(policy["Bucket"])
            both = list(map(target, listed(statement["Resource"]))) == [name, name]
            if refuses and plain and both:
                yield name


# Metrics and the dashboard


def metrics_are_emitted(template: Template) -> Problems:
    """Alarms and dashboard show metrics that some line under functions/ counts."""
    code = "\n".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    emitted = set(re.findall(r'"([A-Z][A-Za-z]+)"', code))
    shown = {
        (name, metric["MetricName"])
        for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items()
        for metric in watched(alarm)
        if metric["Namespace"].startswith("Millrace/")
    }
    for name, dashboard in of_type(template, "AWS::CloudWatch::Dashboard").items():
        shown |= {(name, metric) for metric in _dashboard_metrics(dashboard["DashboardBody"])}
    yield from (
        f"{name} shows {metric}, which nothing counts" for name, metric in sorted(shown) if metric not in emitted
    )


def dashboard_text(body: Any) -> str:
    """A dashboard's JSON with its parts in their place; references stay as they are."""
    match body:
        case str():
            return body
        case {"Fn::Sub": [str(text), dict(values)]}:
            for name, value in values.items():
                text = text.replace(f"${{{name}}}", dashboard_text(value))
            return text
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(map(dashboard_text, parts))
    raise ValueError(f"{body} is no part of a dashboard")


def _dashboard_metrics(body: Any) -> Iterator[str]:
    """Names under our own namespaces; "." repeats what stands above it, "..." all of it."""
    for widget in json.loads(body if isinstance(body, str) else dashboard_text(body))["widgets"]:
        above: list[str] = []
        for metric in widget["properties"].get("metrics", []):
            names = [part for part in metric if isinstance(part, str)]  # the rest is how to draw it
            if not names:  # metric math
                continue
            full = [above[i] if part == "." else part for i, part in enumerate(names)]
            above = above if full[0] == "..." else full
            if full[0].startswith("Millrace/"):
                yield full[1]


def references_exist(template: Template) -> Problems:
    """A `${Name}` in the dashboard that is no resource makes the whole stack fail; here, and not on AWS."""
    for name, dashboard in of_type(template, "AWS::CloudWatch::Dashboard").items():
        for found in re.findall(r"\$\{(\w+)[.}]", dashboard_text(dashboard["DashboardBody"])):
            if found != "AWS" and found not in template["Resources"]:
                yield f"{name} names {found}, which is no resource"


ALL: tuple[Rule, ...] = (
    *edges.ALL,
    *kinds.ALL,
    *alarms.ALL,
    timeouts_stand_in_order,
    functions_are_complete,
    callers_use_the_alias,
    machines_are_complete,
    machines_may_call_what_they_name,
    one_name_for_state_function_and_module,
    settings_are_set,
    no_wildcards_without_a_reason,
    buckets_are_closed,
    metrics_are_emitted,
    references_exist,
)
