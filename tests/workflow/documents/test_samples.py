"""Every sample of the documents pipeline goes through the real function, in the order of the machine.

Each leaves what the next one needs, as events/README.md says; so this is one test. The samples name a bucket that
nobody has, and tags of documents that are made here: both are put in.
"""

from __future__ import annotations

import json
from typing import Any

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests import samples
from tests.e2e.schemas import check
from tests.e2e.waiting import eventually
from tests.workflow.documents import papers

BUCKET = "${InboxBucketName}"
DOCUMENTS = {
    "notes/visit + Grüße.txt": papers.note(),
    "scans/visit.png": papers.scan(),
    "forms/intake.tiff": papers.two_pages(),
}


def sample(desk: Any, name: str, tags: dict[str, str]) -> Any:
    text = samples.path_of(name).read_text(encoding="utf-8").replace(BUCKET, desk.inbox)
    event = json.loads(text)
    for document in (event.get("document"), event.get("event", event).get("detail", {}).get("object")):
        if document and document["key"] in tags:
            document["etag"] = tags[document["key"]]
    return event


def test_samples_go_through_their_functions(desk):
    tags = {key: desk.upload(body, key).etag for key, body in DOCUMENTS.items()}
    done = {}

    def run(name: str) -> Any:
        function = "".join(part.capitalize() for part in name.split("_"))
        done[name] = desk.invoke(function, sample(desk, name, tags))
        return done[name]

    claimed = run("documents_claim")
    assert claimed["action"] == "work"
    assert run("documents_inspect")["inspection"]["route"] == "text"
    assert run("documents_analyze")["answer"] == {"parts": 1}
    told = desk.textract_usage("notifications")
    assert run("documents_start_analysis")["job"]
    eventually(lambda: desk.textract_usage("notifications") > told or None, "end of the job")
    assert run("documents_finish_analysis") == {"batchItemFailures": []}
    assert run("documents_collect_analysis")["answer"] == {"parts": 1}
    assert run("documents_transform")["extraction"]["forms"] == 2
    assert run("documents_enrich")["enrichment"]["secrets"] == 0
    assert run("documents_summarize")["summary"]["sentences"] > 0
    written = run("documents_write")
    assert written["outcome"] == "summarized"
    check(json.loads(desk.read(written["summary"])), "document-summary")
    assert run("documents_redrive_failed") == {"started": 0, "running": 0, "refused": []}
    rejected = run("documents_reject")
    assert rejected["outcome"] == "rejected"
    check(json.loads(desk.read(rejected["rejected"])), "rejected")
    functions = {name for name, entry in resources().items() if entry["Type"] == "AWS::Serverless::Function"}
    mine = {name for name in functions if not name.startswith("DocumentsBatch")}
    assert {"".join(part.capitalize() for part in name.split("_")) for name in done} == mine


def test_the_machines_sample_goes_through_the_machine(desk):
    version = desk.upload(papers.note("Sample"), "notes/visit + Grüße.txt")
    event = sample(desk, "summarize_document", {version.key: version.etag})
    event["detail"]["object"]["sequencer"] = "FF" + version.sequencer  # after whatever another test has uploaded
    assert desk.run(event).outcome == "summarized"


def resources() -> Any:
    whole, analysis = (ROOT / "pipelines" / name for name in ("documents.yaml", "documents/analysis.yaml"))
    return {**read_template(whole)["Resources"], **read_template(analysis)["Resources"]}
