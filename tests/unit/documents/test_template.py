"""pipelines/documents.yaml: what no rule for all templates knows about this one."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from documents import keys
from documents.files import inspection, mails, office, page_objects
from documents.intake import claims, originals
from documents.outputs import attachments, beside, parts
from documents.reading.painting import look, pictures
from documents.reading.workbooks import extent, sheets
from documents.summary import type_question
from documents.textract import features as questions
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT

TEMPLATE = read_template(ROOT / "pipelines" / "documents.yaml")
MACHINE = yaml.safe_load((ROOT / "statemachines" / "documents" / "summarize_document.asl.yaml").read_text())
PARTS = [read_template(ROOT / "pipelines" / "documents" / f"{part}.yaml") for part in ("analysis", "batch", "lanes")]
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


@pytest.mark.parametrize("name", ["DocumentsInspect", "DocumentsTransform"])
def test_painting_leaves_a_function_half_of_its_time(name):
    """For the download, and for reading what could not be painted: 3,000 dense pages are read in a third of it."""
    assert FUNCTIONS[name]["Timeout"] >= 2 * look.FILE_SECONDS
    assert look.PAGE_SECONDS < look.FILE_SECONDS


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
    """Or a summary would be summarised. Attachments and parts lie there for that, in bounds (``outputs.beside``)."""
    for name in FUNCTIONS:
        for statement in statements(name):
            if {"s3:PutObject", "s3:DeleteObject"} & set(listed(statement["Action"])):
                beside = (name, statement["Sid"]) in BESIDE
                assert beside or "InboxBucket" not in str(statement["Resource"]), name


BESIDE = {
    ("DocumentsTransform", "PutAttachmentsAndPartsBesideTheirDocument"): ["s3:PutObject", "s3:DeleteObject"],
    ("DocumentsDelete", "ForgetAttachmentsAndParts"): ["s3:DeleteObject"],
}


@pytest.mark.parametrize(("function", "sid"), BESIDE)
def test_attachments_and_parts_lie_beside_their_document_and_nowhere_else(function, sid):
    (found,) = (each for each in statements(function) if each["Sid"] == sid)
    assert listed(found["Action"]) == BESIDE[function, sid]
    for places, kind in zip(found["Resource"], beside.FOLDERS, strict=True):
        assert all(place["Fn::Sub"].endswith(f"/*.{kind}/*") for place in places["Fn::If"][1:])
        assert f".{kind}/" in str(beside.place("k", kind, 1, "a.pdf"))


# Rights

ASTERISKS = {
    "textract": "Textract has no resources but adapters (service authorization reference)",
    "comprehend": "synchronous detection has no resource",
    "states": "the token says which task it ends; the request names nothing else",
}
"""Actions that may be allowed on everything, and why."""


def test_asterisks_stand_where_there_is_no_resource():
    for name in FUNCTIONS:
        for statement in statements(name):
            if "*" in listed(statement["Resource"]):
                for action in listed(statement["Action"]):
                    assert action in ASTERISKS or action.partition(":")[0] in ASTERISKS, (name, action)
            assert not any("*" in action for action in listed(statement["Action"])), name


ACCOUNTS = "spending#documents#*"


def test_items_of_the_table_are_only_those_of_their_kind():
    kinds = {
        "DocumentsClaim": {"document#*", "lane#*"},
        "DocumentsDelete": {"document#*"},
        "DocumentsAnalyze": {"document#*", ACCOUNTS},
        "DocumentsStartAnalysis": {"document#*", "analysis#*", ACCOUNTS},
        "DocumentsFinishAnalysis": {"analysis#*"},
        "DocumentsCollectAnalysis": {"analysis#*"},
        "DocumentsEnrich": {ACCOUNTS},
        "DocumentsSummarize": {"document#*", ACCOUNTS},
    }
    found: dict[str, set[str]] = {}
    for name in FUNCTIONS:
        for statement in statements(name):
            if any(action.startswith("dynamodb:") for action in listed(statement["Action"])):
                keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
                found.setdefault(name, set()).update(keys)
    assert found == kinds


def test_whoever_only_asks_whether_a_newer_version_is_known_changes_no_claim():
    for name in ("DocumentsAnalyze", "DocumentsStartAnalysis", "DocumentsSummarize"):
        (claims_of,) = (each for each in statements(name) if "document#*" in str(each.get("Condition")))
        assert claims_of["Action"] == "dynamodb:GetItem", name


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
                current = statement["Sid"] in {"ReadPackets", "SeeWhatIsDeleted"} or "Batch" in name
                current = current or name == "DocumentsDelete"
                assert current or "s3:GetObjectVersion" in wanted, name


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
    message = MACHINE["States"]["StartAnalysis"]["Arguments"]["MessageBody"]
    assert message["work"]["seconds"] == "{% ${AnalysisSeconds} %}"
    assert message["work"]["pages"] == "{% $states.input.inspection.pages %}"


QUEUED = {"Analyze": "Analysis", "StartAnalysis": "Jobs", "Summarize": "Summaries"}
"""State -> its lanes."""


def _waits(task):
    """Seconds that a step waits, and seconds that what it needs is kept beyond. Summarize waits for so long since the
    text was read, and for as long as is left beyond at least."""
    if isinstance(task["TimeoutSeconds"], int):
        return task["TimeoutSeconds"], 86_400
    least, most = re.fullmatch(r"{% \$max\(\[(\d+), (\d+) - .*\]\) %}", task["TimeoutSeconds"]).groups()
    return int(most), int(least)


@pytest.mark.parametrize(("state", "lanes"), QUEUED.items())
def test_what_waits_in_a_lane_is_waited_for_a_day_less_than_what_it_needs_is_kept(state, lanes):
    task = MACHINE["States"][state]
    rules = {rule["Id"]: rule for rule in properties("SummariesBucket")["LifecycleConfiguration"]["Rules"]}
    work = rules["ForgetWork"]["ExpirationInDays"] * 86_400
    for lane in ("First", "Next"):
        queue = properties(f"{lanes}{lane}Queue")
        kept = work if state == "Summarize" else queue["MessageRetentionPeriod"]
        waits, left = _waits(task)
        assert waits + left == kept <= queue["MessageRetentionPeriod"]
        assert queue["VisibilityTimeout"] == 6 * FUNCTIONS[f"Documents{state}"]["Timeout"]
    assert waits < MACHINE["TimeoutSeconds"]
    assert f"${{{lanes}FirstQueueUrl}}" in task["Arguments"]["QueueUrl"]
    retried = {error for retrier in task["Retry"] for error in retrier["ErrorEquals"]}
    assert retried == {"SQS.AmazonSQSException", "SQS.SdkClientException"}, "a step that failed is no step that waits"


def test_a_call_fits_into_what_a_worker_has_left():
    from documents.handlers import summarize
    from documents.textract import calls
    from services import bedrock, sagemaker_runtime

    assert max(bedrock.READ_SECONDS, sagemaker_runtime.READ_SECONDS) < summarize.LONGEST_SECONDS
    assert FUNCTIONS["DocumentsSummarize"]["Timeout"] / 2 > summarize.LONGEST_SECONDS
    for name in ("DocumentsAnalyze", "DocumentsStartAnalysis"):
        assert FUNCTIONS[name]["Timeout"] > calls.LONGEST_SECONDS


def test_the_history_of_a_document_is_short_enough():
    """25,000 events (Step Functions quotas): even if all tasks of the longest way use up all their retries."""
    way = ("Claim", "Inspect", "StartAnalysis", "CollectAnalysis", "Transform", "Enrich", "Summarize", "Write")
    retries = sum(retrier["MaxAttempts"] for name in way for retrier in MACHINE["States"][name]["Retry"])
    assert 3 * retries + 100 < 25_000


def test_a_batch_waits_longer_than_a_document_may():
    batch = yaml.safe_load((ROOT / "statemachines" / "documents" / "summarize_batch.asl.yaml").read_text())
    child = batch["States"]["Documents"]["ItemProcessor"]["States"]["Summarize"]
    assert MACHINE["TimeoutSeconds"] < child["TimeoutSeconds"] < batch["TimeoutSeconds"]
    assert child["Arguments"]["Input"]["detail"]["priority"] == "low"


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
        f"| documents taken out of one PDF (`SplitPdf`) | {parts.MOST_PARTS} |",
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
        *lanes_of_the_page(),
        f"| execution | {MACHINE['TimeoutSeconds']:,} s | then TIMED_OUT, and it waits in `DocumentsFailedQueue`",
    ):
        assert said in page, said


def lanes_of_the_page() -> list[str]:
    from documents.handlers import summarize
    from documents.intake import lanes
    from documents.textract import calls, job_looks
    from services import bedrock

    states, defaults = MACHINE["States"], {n: p.get("Default") for n, p in TEMPLATE["Parameters"].items()}
    dead, slow = properties("JobsNextQueue"), properties("SummariesNextQueue")
    waiting = states["Claim"]["Retry"][0]
    day = 86_400
    return [
        f"| {states['Analyze']['TimeoutSeconds'] // day} days; its message is kept "
        f"{dead['MessageRetentionPeriod'] // day} ",
        f"| {_waits(states['Summarize'])[0] / day:g} days since it was read, of which Enrich may have taken some, and "
        f"{_waits(states['Summarize'])[1] // 3_600} hours at least; what was read is kept 7 |",
        f"| {dead['RedrivePolicy']['maxReceiveCount']}, seen again after {dead['VisibilityTimeout']} s each, "
        f"in Summarize after {slow['VisibilityTimeout']:,} s |",
        f"| {FUNCTIONS['DocumentsAnalyze']['Timeout']} s; with {calls.LONGEST_SECONDS:.0f} s left",
        f"| {FUNCTIONS['DocumentsSummarize']['Timeout']} s; with {summarize.LONGEST_SECONDS:.0f} s left",
        f"| one call may take {bedrock.READ_SECONDS} s |",
        f"| looked for every {job_looks.LONGEST_DELAY} s |",
        f"| {waiting['MaxAttempts']:,} tries, {waiting['MaxDelaySeconds']} s between two at most | two days",
        f"| {defaults['AnalysisWorkers']} for what can wait, {defaults['AnalysisFirstWorkers']} for what goes first, ",
        f"| {defaults['JobWorkers']} and {defaults['JobFirstWorkers']}, likewise | `JobWorkers` and",
        f"| {defaults['SummaryWorkers']} and {defaults['SummaryFirstWorkers']}, likewise | `SummaryWorkers` and",
        f"| documents that go first without asking for it | {lanes.PER_MINUTE} per minute |",
    ]


# Alarms


def test_alarms_say_what_to_do_and_where_to_read_on():
    alarms = {n: r["Properties"] for n, r in RESOURCES.items() if r["Type"] == "AWS::CloudWatch::Alarm"}
    assert {
        "DocumentsFailedAlarm",
        "DocumentsDeadLettersAlarm",
        "DocumentsRejectedAlarm",
        "DocumentsNoSummaryAlarm",
        "DocumentsAbandonedAlarm",
        *(f"{lanes}{what}Alarm" for lanes in QUEUED.values() for what in ("Waits", "StandStill")),
    } <= (alarms.keys())
    for name, alarm in alarms.items():
        assert len(re.split(r"[.;:]\s", alarm["AlarmDescription"])) >= 2, name
        page = re.search(r"docs/(\w+)\.md", alarm["AlarmDescription"])
        assert page, name
        assert (ROOT / page[0]).exists()
        assert alarm["TreatMissingData"] == "notBreaching"
        if name.endswith("StandStillAlarm"):
            assert "AlarmActions" not in alarm, "DocumentsStandStillAlarm tells for the three"
            continue
        assert alarm["AlarmActions"] == {
            "Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]
        }


def test_alarms_watch_what_handlers_count():
    code = "".join(path.read_text() for path in (ROOT / "functions" / "documents").rglob("*.py"))
    counted = set(re.findall(r'(?:count|measure|held_as)\(\s*"(\w+)"', code))
    for names in re.findall(r"Metrics\(([^)]*)\)|abandoned=([^)]*)\)", code):
        counted |= set(re.findall(r'"(\w+)"', "".join(names)))
    counted |= set(re.findall(r'"([A-Z]\w+)"', (ROOT / "functions" / "common" / "spending" / "purses.py").read_text()))
    texts = [(ROOT / "pipelines" / name).read_text() for name in ("documents.yaml", "documents/lanes.yaml")]
    watched = set(re.findall(r"Namespace: Millrace/Documents,? *\n? *MetricName: (\w+)", "".join(texts)))
    assert {
        "DocumentsRejected",
        "SummariesUnavailable",
        "AnalysisWaitSeconds",
        "JobsStarted",
        "StepsAbandoned",
    } <= watched
    assert watched <= counted
    assert {
        "DocumentsReceived", "DocumentsSummarized", "DocumentsRejected", "Pages", "PagesSkippedOcr", "FlagsRaised",
        "LowConfidenceFields", "SummaryTokens", "SecondsToSummary", "PagesBought", "ModelInputTokens",
        "ModelOutputTokens", "ComprehendUnits",
    } <= counted  # fmt: skip


def test_outputs_that_others_count_on():
    assert {
        "InboxBucketName", "SummariesBucketName", "SummarizeDocumentArn", "DocumentsFailedQueueUrl",
        "DocumentsFailedQueueArn", "DocumentsRedriveFailedName", "DocumentsDeadLettersUrl",
    } <= TEMPLATE["Outputs"].keys()  # fmt: skip
