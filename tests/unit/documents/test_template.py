"""pipelines/documents.yaml: what no rule for all templates knows about this one."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from documents import keys
from documents.files import inspection, mails, office, page_objects
from documents.intake import claims, originals
from documents.outputs import attachments
from documents.reading.painting import look, pictures
from documents.reading.workbooks import extent, sheets
from documents.summary import type_question
from documents.textract import features as questions
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT

TEMPLATE = read_template(ROOT / "pipelines" / "documents.yaml")
MACHINE = yaml.safe_load((ROOT / "statemachines" / "documents" / "summarize_document.asl.yaml").read_text())
PARTS = [read_template(ROOT / "pipelines" / "documents" / f"{part}.yaml") for part in ("analysis", "batch")]
RESOURCES = {name: resource for template in (TEMPLATE, *PARTS) for name, resource in template["Resources"].items()}
FUNCTIONS = {n: r["Properties"] for n, r in RESOURCES.items() if r["Type"] == "AWS::Serverless::Function"}
INBOX = {"Fn::If": ["HasOwnInbox", {"Ref": "InboxBucket"}, {"Ref": "ExistingInboxBucketName"}]}


def properties(name: str) -> dict[str, Any]:
    return RESOURCES[name]["Properties"]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(name: str) -> list[dict[str, Any]]:
    """Of a function's role, both sides of a condition; SAM's policy templates left out."""
    return [statement for policy in FUNCTIONS[name]["Policies"] for statement in _within(policy)]


def _within(policy: dict[str, Any]) -> list[dict[str, Any]]:
    if "Fn::If" in policy:
        return [statement for side in policy["Fn::If"][1:] for statement in _within(side)]
    found: list[dict[str, Any]] = policy.get("Statement", [])
    return found


def actions(name: str) -> set[str]:
    return {action for statement in statements(name) for action in listed(statement["Action"])}


# Way in


def test_the_rule_takes_new_objects_of_the_inbox_and_nothing_else():
    rule = properties("DocumentsInboxRule")
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [INBOX]}},
    }
    (target,) = rule["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DocumentsDeadLetters", "Arn"]}}


def test_the_inbox_tells_eventbridge_and_keeps_versions():
    inbox = properties("InboxBucket")
    assert inbox["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert inbox["VersioningConfiguration"] == {"Status": "Enabled"}


def test_nothing_is_written_where_the_rule_would_see_it():
    """Or a summary would be summarised. Attachments are put there for that, in bounds (``outputs.attachments``)."""
    for name in FUNCTIONS:
        for statement in statements(name):
            if {"s3:PutObject", "s3:DeleteObject"} & set(listed(statement["Action"])):
                attached = statement["Sid"] == "PutAttachmentsBesideTheirMail" and name == "DocumentsTransform"
                assert attached or "InboxBucket" not in str(statement["Resource"]), name


def test_attachments_are_put_beside_a_mail_and_nowhere_else():
    (putting,) = (each for each in statements("DocumentsTransform") if "Attachments" in each["Sid"])
    assert putting["Action"] == "s3:PutObject"
    assert all(str(place).endswith("/*.attachments/*'}") for place in putting["Resource"]["Fn::If"][1:])
    assert ".attachments/" in str(attachments.place("k", 1, "a.pdf"))


# Rights

ASTERISKS = {
    "textract": "Textract has no resources but adapters (service authorization reference)",
    "comprehend": "synchronous detection has no resource",
    "states:SendTaskSuccess": "the token says which task it ends; the request names nothing else",
}
"""Actions that may be allowed on everything, and why."""


def test_asterisks_stand_where_there_is_no_resource():
    for name in FUNCTIONS:
        for statement in statements(name):
            if "*" in listed(statement["Resource"]):
                for action in listed(statement["Action"]):
                    assert action in ASTERISKS or action.partition(":")[0] in ASTERISKS, (name, action)
            assert not any("*" in action for action in listed(statement["Action"])), name


def test_items_of_the_table_are_only_those_of_their_kind():
    kinds = {
        "DocumentsClaim": "document#*",
        "DocumentsDelete": "document#*",
        "DocumentsStartAnalysis": "analysis#*",
        "DocumentsFinishAnalysis": "analysis#*",
        "DocumentsCollectAnalysis": "analysis#*",
    }
    for name in FUNCTIONS:
        for statement in statements(name):
            if any(action.startswith("dynamodb:") for action in listed(statement["Action"])):
                keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
                assert keys == [kinds[name]], name


def test_textract_alone_gets_the_role_that_tells_the_topic():
    (passing,) = (each for each in statements("DocumentsStartAnalysis") if each["Action"] == "iam:PassRole")
    assert passing["Resource"] == {"Fn::GetAtt": ["AnalysisRole", "Arn"]}
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "textract.amazonaws.com"}}
    (policy,) = properties("AnalysisRole")["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("sns:Publish", {"Ref": "AnalysisTopic"})


@pytest.mark.parametrize("function", ["DocumentsSummarize", "DocumentsEnrich"])
def test_models_behind_a_profile_may_be_asked_only_through_it(function: str):
    """tests/local/models/test_bedrock_iam.py tries it; a model may have no rights of its own."""
    direct, behind = (each for each in statements(function) if each["Action"] == "bedrock:InvokeModel")
    (asked, _) = direct["Resource"]
    assert behind["Condition"] == {"ArnEquals": {"bedrock:InferenceProfileArn": asked}}
    assert "foundation-model/*" not in str(direct)


def test_the_model_and_the_guardrail_may_be_asked_where_that_is_configured():
    """Enrich only with TypesBy=model; a guardrail only where one is named, and that one alone."""
    policies = FUNCTIONS["DocumentsEnrich"]["Policies"]
    assert [policy["Fn::If"][0] for policy in policies if "Fn::If" in policy] == [
        "AsksForTypes", "AsksForTypesBehindGuardrail",
    ]  # fmt: skip
    for function in ("DocumentsEnrich", "DocumentsSummarize"):
        (applying,) = (each for each in statements(function) if each["Action"] == "bedrock:ApplyGuardrail")
        sentence, values = applying["Resource"]["Fn::Sub"]
        assert sentence.endswith(":guardrail/${Id}")
        assert values == {"Id": {"Fn::Select": [0, {"Fn::Split": [":", {"Ref": "Guardrail"}]}]}}


def test_only_write_and_reject_touch_results():
    for name in FUNCTIONS:
        for statement in statements(name):
            if "s3:PutObject" in listed(statement["Action"]) and "/summaries/" in str(statement["Resource"]):
                assert name == "DocumentsWrite"
            if "s3:PutObject" in listed(statement["Action"]) and "/rejected/" in str(statement["Resource"]):
                assert name == "DocumentsReject"


def test_versions_of_documents_may_be_read_wherever_documents_are():
    """A GET with a version id asks for another right than one without."""
    for name in FUNCTIONS:
        for statement in statements(name):
            if "InboxBucket.Arn}/*'" in str(statement["Resource"]) and "version" not in statement["Sid"].lower():
                wanted = set(listed(statement["Action"]))
                # Of these only the current one matters; a deletion reads no bytes.
                current = statement["Sid"] == "ReadPackets" or "Batch" in name or name == "DocumentsDelete"
                assert current or "s3:GetObjectVersion" in wanted, name


# The owner's key

KEY = {"Ref": "KmsKeyArn"}
POLICIES = {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == "AWS::IAM::Policy" and "Key" in name}


def key_statements(role: str) -> list[dict[str, Any]]:
    """What the policies about the owner's key allow a role."""
    held = [policy for policy in POLICIES.values() if {"Ref": role} in policy["Roles"]]
    return [statement for policy in held for statement in policy["PolicyDocument"]["Statement"]]


def test_buckets_queues_and_logs_lie_under_the_owners_key():
    seen = set()
    for resource in RESOURCES.values():
        found = resource.get("Properties", {})
        seen.add(resource["Type"])
        if resource["Type"] == "AWS::S3::Bucket":
            (rule,) = found["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            by_default = rule["ServerSideEncryptionByDefault"]
            assert by_default["SSEAlgorithm"] == {"Fn::If": ["HasKey", "aws:kms", "AES256"]}
            assert by_default["KMSMasterKeyID"]["Fn::If"][:2] == ["HasKey", KEY]
        if resource["Type"] == "AWS::SQS::Queue":
            assert found["KmsMasterKeyId"]["Fn::If"][:2] == ["HasKey", KEY]
            assert found["SqsManagedSseEnabled"] == {"Fn::If": ["HasKey", False, True]}
        if resource["Type"] == "AWS::Logs::LogGroup":
            assert found["KmsKeyId"]["Fn::If"][:2] == ["HasKey", KEY]
    assert seen >= {"AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Logs::LogGroup"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_whoever_reads_or_writes_may_use_the_key_and_for_no_more(function: str):
    does = actions(function)
    events = str(FUNCTIONS[function].get("Events", {}))
    reads = {"s3:GetObject", "sqs:ReceiveMessage"} & does or "SQS" in events
    writes = {"s3:PutObject", "sqs:SendMessage"} & does
    wanted = ({"kms:Decrypt"} if reads or writes else set()) | ({"kms:GenerateDataKey"} if writes else set())
    held = key_statements(f"{function}Role")
    assert {action for statement in held for action in statement["Action"]} == wanted
    for statement in held:
        assert statement["Resource"] == KEY
        via = str(statement["Condition"]["StringEquals"]["kms:ViaService"])
        assert ("s3." in via) == any(action.startswith("s3:") for action in does) or "sqs." in via


def test_the_batchs_machine_may_use_the_key_for_its_lists():
    (statement,) = key_statements("SummarizeBatchRole")
    assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


def test_rights_on_the_key_are_there_only_with_a_key():
    assert len(POLICIES) == 5
    assert all(RESOURCES[name]["Condition"] == "HasKey" for name in POLICIES)


# Waiting


def test_each_wait_is_longer_than_what_is_waited_for():
    for state in MACHINE["States"].values():
        if state["Type"] == "Task" and ".waitForTaskToken" not in state["Resource"]:
            function = state["Arguments"]["FunctionName"].removeprefix("${").removesuffix("Arn}")
            timeout = FUNCTIONS[function].get("Timeout", TEMPLATE["Globals"]["Function"]["Timeout"])
            assert timeout < state["TimeoutSeconds"]


def test_jobs_are_waited_for_less_long_than_textract_keeps_them_and_the_machine_runs():
    longest = TEMPLATE["Parameters"]["AnalysisSeconds"]["MaxValue"]
    assert longest < 7 * 86400
    assert longest < MACHINE["TimeoutSeconds"]
    assert MACHINE["States"]["StartAnalysis"]["TimeoutSeconds"] == "{% ${AnalysisSeconds} %}"


def test_a_wait_that_timed_out_is_not_begun_again():
    state = MACHINE["States"]["StartAnalysis"]
    retried = {error for retrier in state["Retry"] for error in retrier["ErrorEquals"]}
    assert not retried & {"States.Timeout", "States.HeartbeatTimeout", "States.TaskFailed", "States.ALL"}
    (catch,) = (each for each in state["Catch"] if "States.Timeout" in each["ErrorEquals"])
    assert catch["Next"] == "CollectAnalysis"


def test_the_queue_of_ended_jobs_hides_a_message_for_six_tries():
    timeout = FUNCTIONS["DocumentsFinishAnalysis"].get("Timeout", TEMPLATE["Globals"]["Function"]["Timeout"])
    assert properties("AnalysisQueue")["VisibilityTimeout"] == 6 * timeout


# Descriptions of versions


def test_what_stands_in_the_description_of_a_version_fits_into_it():
    """256 characters (Lambda, PublishVersion); other parameters have a few allowed values."""
    longest = {name: parameter.get("MaxLength", 0) for name, parameter in TEMPLATE["Parameters"].items()}
    features = len(" ".join(TEMPLATE["Parameters"]["FeatureTypes"]["AllowedValues"]))
    assert features + longest["Queries"] + len("false") + longest["StateTableName"] + 3 <= 256
    chunk = len(str(TEMPLATE["Parameters"]["ChunkCharacters"]["MaxValue"]))
    for provider, others in (("ModelId", "model en"), ("SageMakerEndpoint", "sagemaker hugging-face model en")):
        assert longest[provider] + longest["ParametersList"] + chunk + longest["Guardrail"] + len(others) + 4 <= 256


# What docs/limits.md says


def test_the_page_of_limits_says_what_holds():
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    parameters, megabyte = TEMPLATE["Parameters"], 1 << 20
    write = FUNCTIONS["DocumentsWrite"]
    rules = {rule["Id"]: rule for rule in properties("SummariesBucket")["LifecycleConfiguration"]["Rules"]}
    for said in (
        f"| any file | {originals.MOST_BYTES // megabyte} MB ",
        f"| {inspection.MOST_IMAGE_BYTES // megabyte} MB (Textract) | an image",
        f"| a text or HTML; Markdown; a DOCX or XLSX | {inspection.MOST_TEXT_BYTES // megabyte} MB; "
        f"{inspection.MOST_MARKDOWN_BYTES // megabyte} MB; {inspection.MOST_DOCX_BYTES // megabyte} MB | `TooLarge`",
        f"| an e-mail (EML, MSG) | {mails.MOST_BYTES // megabyte} MB |",
        f"| {mails.MOST_BOUNDARIES} boundaries, {mails.MOST_DIVIDERS:,} dividing lines, "
        f"{mails.MOST_COMPARISONS:,} lines times boundaries |",
        f"| {attachments.MOST_ATTACHMENTS}, in mails within {attachments.MOST_DEPTH} mails |",
        f"| {office.MOST_XML_BYTES // megabyte} MB a part, {office.MOST_XML_TOGETHER // megabyte} MB together |",
        f"| {extent.MOST_AREA:,} in the rectangle around a sheet's cells, {sheets.MOST_CELLS:,} together |",
        f"| pages | {inspection.MOST_PAGES:,} ",
        f"| {look.FILE_SECONDS:g} s a file, {look.PAGE_SECONDS:g} s a page, {page_objects.MOST_OBJECTS:,} objects ",
        f"| {pictures.SHARE:.0%}".replace("%", " %") + " of the page together |",
        f"{inspection.MOST_PIXELS:,} pixels, or {inspection.MOST_POINTS:,} points",
        f"`tables/<key>/{keys.MOST_TABLES}.csv` within {keys.MOST_BYTES:,} bytes",
        f"{questions.MOST_QUERIES} questions, {parameters['Queries']['MaxLength']} characters",
        f"| {parameters['AnalysisSeconds']['Default']:,} s, parameter `AnalysisSeconds`",
        f"| the question about the type | {type_question.SHOWN:,} characters",
        f"| {parameters['ParametersList']['MaxLength']} and {parameters['Guardrail']['MaxLength']} characters",
        f"| Write | {write['Timeout']} s, {write['EphemeralStorage']['Size']:,} MB of /tmp",
        f"| claims | kept {claims.SECONDS // 86_400} days",
        f"| work between steps | kept {rules['ForgetWork']['ExpirationInDays']} days",
        f"| execution | {MACHINE['TimeoutSeconds']:,} s | then TIMED_OUT, and it waits in `DocumentsFailedQueue`",
    ):
        assert said in page, said


# Alarms


def test_alarms_say_what_to_do_and_where_to_read_on():
    alarms = {n: r["Properties"] for n, r in TEMPLATE["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"}
    assert {
        "DocumentsFailedAlarm",
        "DocumentsDeadLettersAlarm",
        "DocumentsRejectedAlarm",
        "DocumentsNoSummaryAlarm",
        "DocumentsThrottledAlarm",
    } <= (alarms.keys())
    for name, alarm in alarms.items():
        assert len(re.split(r"[.;:]\s", alarm["AlarmDescription"])) >= 2, name
        page = re.search(r"docs/(\w+)\.md", alarm["AlarmDescription"])
        assert page, name
        assert (ROOT / page[0]).exists()
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmActions"] == {
            "Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]
        }


def test_alarms_watch_what_handlers_count():
    code = "".join(path.read_text() for path in (ROOT / "functions" / "documents").rglob("*.py"))
    counted = set(re.findall(r'(?:count|measure)\(\s*"(\w+)"', code))
    text = (ROOT / "pipelines" / "documents.yaml").read_text()
    watched = set(re.findall(r"Namespace: Millrace/Documents,? *\n? *MetricName: (\w+)", text))
    assert {"DocumentsRejected", "DocumentsReceived", "SummariesUnavailable", "AnalysisThrottled"} <= watched
    assert watched <= counted
    assert {
        "DocumentsReceived", "DocumentsSummarized", "DocumentsRejected", "Pages", "PagesSkippedOcr", "FlagsRaised",
        "LowConfidenceFields", "SummaryTokens", "SecondsToSummary",
    } <= counted  # fmt: skip


def test_outputs_that_others_count_on():
    assert {
        "InboxBucketName", "SummariesBucketName", "SummarizeDocumentArn", "DocumentsFailedQueueUrl",
        "DocumentsFailedQueueArn", "DocumentsRedriveFailedName", "DocumentsDeadLettersUrl",
    } <= TEMPLATE["Outputs"].keys()  # fmt: skip
