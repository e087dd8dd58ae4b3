"""What each function of documents is asked in a test that takes one of its rights away, brought about on the stack."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from uuid import uuid4

from common.spending import pauses
from documents import keys
from local.demo.documents import office_files, pdf_writer
from tests.unit.documents import test_boundaries
from tests.workflow.documents import papers
from tests.workflow.documents.desk import Desk, Version

State = dict[str, Any]
Ask = tuple[str, Any]
"""A function and its event."""

AT = "2026-11-20T10:00:00Z"
LATE = "F" * 18
"""A place above all that the desk gives to versions."""
NAMES = {
    "summaries": keys.summary, "searchable": keys.searchable, "redacted": keys.redacted,
    "boxes": keys.boxes, "text": keys.text, "rejected": keys.rejected,
}  # fmt: skip
MADE = (*NAMES, "tables")
"""Prefixes of what is made of a document."""
ERROR = {"Error": "BrokenDocument", "Cause": "It is torn."}


class Office:
    """A desk, and documents brought just before the step that a test wants to watch."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.s3 = desk, desk.cloud.client("s3")

    def call(self, ask: Ask) -> str:
        """Everything that an invocation said: its answer or error, and the end of its log."""
        function, event = ask
        answer = self.desk.cloud.client("lambda").invoke(
            FunctionName=self.desk.cloud.physical_id(function), Payload=json.dumps(event), LogType="Tail"
        )
        log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
        return f"{answer['Payload'].read().decode()}\n{log}"

    # Documents

    def note(self, key: str = "") -> Version:
        return self.desk.upload(papers.note(uuid4().hex), key)

    def claim(self, version: Version) -> State:
        execution = f"{self.desk.machine.replace(':stateMachine:', ':execution:')}:played"
        return {"event": version.event(self.desk.inbox), "execution": execution, "at": AT}

    def state(self, version: Version, *functions: str) -> State:
        """The state after these steps, of an execution that the test plays itself."""
        state = self.desk.invoke("DocumentsClaim", self.claim(version))
        assert state["action"] == "work", state
        for function in functions:
            state = self.desk.invoke(f"Documents{function}", state)
        return dict(state)

    def before(self, step: str, body: bytes, key: str = "") -> State:
        """What the machine gave to a step of an execution that has succeeded."""
        arn = self.desk.start(self.desk.upload(body, key))
        assert self.desk.ended(arn).outcome == "summarized"
        pages = (
            self.desk.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        )
        entered = [event["stateEnteredEventDetails"] for page in pages for event in page["events"]
                   if "stateEnteredEventDetails" in event]  # fmt: skip
        return dict(next(json.loads(each["input"]) for each in entered if each["name"] == step))

    def put(self, name: str, version: Version, sequencer: str = "0" * 18) -> None:
        """A result of a version of the key, as an execution leaves it; without its content."""
        key = keys.table(version.key, 9) if name == "tables" else NAMES[name](version.key)
        about = {"document": {"version_id": version.version_id, "sequencer": sequencer}, "tables": [], "outputs": {}}
        self.s3.put_object(
            Bucket=self.desk.summaries, Key=key, Body=json.dumps(about).encode(), Metadata={"sequencer": sequencer}
        )

    def deleted(self, version: Version) -> None:
        """A mark that the document was deleted, which comes after it was claimed."""
        self.s3.put_object(
            Bucket=self.desk.summaries,
            Key=keys.deleted(version.key),
            Body=b'{"schema": 1}',
            Metadata={"sequencer": LATE},
        )

    def message(self, kind: str, version: Version, **detail: Any) -> State:
        about = {"key": version.key, "etag": version.etag, "version-id": version.version_id}
        about |= detail.pop("object", {})
        event = {"id": str(uuid4()), "detail-type": kind, "time": AT}
        event["detail"] = {"bucket": {"name": self.desk.inbox}, "object": about, **detail}
        return {"Records": [{"messageId": event["id"], "body": json.dumps(event)}]}

    def gone(self, version: Version, how: str = "Delete Marker Created", **about: Any) -> State:
        found = {"sequencer": LATE, "version-id": "of the marker", **about}
        return self.message("Object Deleted", version, object=found, **{"deletion-type": how, "reason": "DeleteObject"})


# Claim


def a_new_document(office: Office) -> Ask:
    return "DocumentsClaim", office.claim(office.note())


def by_hand(office: Office) -> Ask:
    return "DocumentsClaim", {**office.claim(office.note()), "event": office.desk.by_hand(office.note().key)}


def a_version_by_hand(office: Office) -> Ask:
    version = office.note()
    event = office.desk.by_hand(version.key)
    event["detail"]["object"]["version-id"] = version.version_id
    return "DocumentsClaim", {**office.claim(version), "event": event}


def what_is_not_there_by_hand(office: Office) -> Ask:
    return "DocumentsClaim", {**office.claim(office.note()), "event": office.desk.by_hand(uuid4().hex)}


# Inspect and Transform


def to_inspect(office: Office) -> Ask:
    return "DocumentsInspect", office.state(office.note())


def to_inspect_without_version(office: Office) -> Ask:
    """Of an inbox that keeps no versions."""
    return "DocumentsInspect", _without_its_version(office.state(office.note()))


def to_inspect_gone(office: Office) -> Ask:
    version = office.note()
    return "DocumentsInspect", _without_its_version(_without_its_object(office, version))


def to_inspect_unlocked(office: Office) -> Ask:
    """Encrypted, and opens without a password; a picture of the page sends it to Textract."""
    return "DocumentsInspect", office.state(office.desk.upload(pdf_writer.locked(papers.register(), "")))


def to_transform(office: Office) -> Ask:
    return "DocumentsTransform", office.state(office.note(), "Inspect")


def to_transform_a_scan(office: Office) -> Ask:
    return "DocumentsTransform", office.before("Transform", papers.scan(), f"{uuid4().hex}.png")


def to_transform_a_mail(office: Office) -> Ask:
    mail = office.desk.upload(office_files.mail(), f"{uuid4().hex}.eml")
    return "DocumentsTransform", office.state(mail, "Inspect")


def to_transform_a_mail_that_is_deleted(office: Office) -> Ask:
    ask = to_transform_a_mail(office)
    _deleted_by_now(office, _version_of(ask[1]))
    return ask


def _stack(office: Office, *pages: tuple[str, ...], key: str = "") -> Version:
    return office.desk.upload(pdf_writer.text_pdf(list(pages)), key or f"{uuid4().hex}.pdf")


def to_transform_a_stack(office: Office) -> Ask:
    stack = _stack(office, test_boundaries.STATEMENT, test_boundaries.INTAKE)
    return "DocumentsTransform", office.state(stack, "Inspect")


def to_transform_a_stack_that_has_become_smaller(office: Office) -> Ask:
    older = _stack(office, test_boundaries.STATEMENT, test_boundaries.INTAKE, test_boundaries.NOTE)
    office.state(older, "Inspect", "Transform")
    newer = _stack(office, test_boundaries.STATEMENT, test_boundaries.INTAKE, key=older.key)
    return "DocumentsTransform", office.state(newer, "Inspect")


def to_transform_without_its_work(office: Office) -> Ask:
    return "DocumentsTransform", _without_its_work(office, to_transform_a_scan(office)[1])


# Enrich


def to_enrich(office: Office) -> Ask:
    return "DocumentsEnrich", office.state(office.note(), "Inspect", "Transform")


def to_enrich_by_a_worker_that_knows_of_no_pause(office: Office) -> Ask:
    """A worker remembers for some seconds that the pipeline is not paused."""
    ask = to_enrich(office)
    time.sleep(pauses.SECONDS + 1)
    return ask


def to_enrich_of_a_packet(office: Office) -> Ask:
    folder = uuid4().hex
    office.desk.upload(b'{"types": ["claim_form", "consent_form"]}', f"{folder}/packet.json")
    office.put("summaries", Version(f"{folder}/other.txt", "", "1", 1, "01"))
    return "DocumentsEnrich", office.state(office.note(f"{folder}/a.txt"), "Inspect", "Transform")


def to_enrich_without_its_work(office: Office) -> Ask:
    return "DocumentsEnrich", _without_its_work(office, to_enrich(office)[1])


# Write


def to_write(office: Office) -> Ask:
    return "DocumentsWrite", office.before("Write", papers.note(uuid4().hex))


def to_write_tables(office: Office) -> Ask:
    return "DocumentsWrite", office.before("Write", papers.note_with_tables(2), f"{uuid4().hex}.md")


def to_write_a_scan(office: Office) -> Ask:
    return "DocumentsWrite", office.before("Write", papers.scan(), f"{uuid4().hex}.png")


def to_write_in_a_packet(office: Office) -> Ask:
    folder = uuid4().hex
    office.desk.upload(b'{"types": ["claim_form", "consent_form"]}', f"{folder}/packet.json")
    ask = "DocumentsWrite", office.before("Write", papers.note(folder), f"{folder}/a.txt")
    office.s3.delete_object(Bucket=office.desk.summaries, Key=f"packets/{folder}/packet.json")
    return ask


def to_write_what_was_deleted(office: Office) -> Ask:
    function, state = to_write(office)
    version = _version_of(state)
    for name in MADE:
        office.put(name, version)
    office.deleted(version)
    return function, state


# Reject


def to_reject(office: Office) -> Ask:
    return "DocumentsReject", _refused(office.state(office.note()))


def to_reject_what_was_deleted(office: Office) -> Ask:
    function, state = to_reject(office)
    version = _version_of(state)
    for name in (name for name in MADE if name != "rejected"):
        office.put(name, version)
    office.deleted(version)
    return function, state


# Delete


def to_delete(office: Office) -> Ask:
    version = office.note()
    assert office.desk.run(version).outcome == "summarized"
    for name in MADE:
        office.put(name, version)
    office.s3.delete_object(Bucket=office.desk.inbox, Key=version.key)
    return "DocumentsDelete", office.gone(version)


def to_delete_by_tag(office: Office) -> Ask:
    version = office.note()
    assert office.desk.run(version).outcome == "summarized"
    _tag(office, version)
    return "DocumentsDelete", office.message("Object Tags Added", version)


def to_delete_by_a_tag_without_version(office: Office) -> Ask:
    version = office.note()
    assert office.desk.run(version).outcome == "summarized"
    _tag(office, version)
    return "DocumentsDelete", office.message("Object Tags Added", version, object={"version-id": ""})


def to_delete_with_attachments(office: Office) -> Ask:
    mail = office.desk.upload(office_files.mail(), f"{uuid4().hex}.eml")
    office.state(mail, "Inspect", "Transform")
    office.s3.delete_object(Bucket=office.desk.inbox, Key=mail.key)
    return "DocumentsDelete", office.gone(mail)


def to_delete_with_parts(office: Office) -> Ask:
    stack = _stack(office, test_boundaries.STATEMENT, test_boundaries.INTAKE)
    office.state(stack, "Inspect", "Transform")
    office.s3.delete_object(Bucket=office.desk.inbox, Key=stack.key)
    return "DocumentsDelete", office.gone(stack)


def to_restore(office: Office) -> Ask:
    """The newest version was deleted for good, so that the one before it is the current one again."""
    old = office.note()
    new = office.note(old.key)
    office.s3.delete_object(Bucket=office.desk.inbox, Key=new.key, VersionId=new.version_id)
    about = {"version-id": new.version_id, "sequencer": new.sequencer}
    return "DocumentsDelete", office.gone(new, "Permanently Deleted", **about)


def to_forget_a_packet(office: Office) -> Ask:
    folder = uuid4().hex
    office.s3.put_object(Bucket=office.desk.summaries, Key=f"packets/{folder}/packet.json", Body=b"{}")
    return "DocumentsDelete", office.gone(Version(f"{folder}/packet.json", "e", "1", 1, LATE))


def to_delete_from_a_packet(office: Office) -> Ask:
    folder = uuid4().hex
    office.desk.upload(b'{"types": ["claim_form", "consent_form"]}', f"{folder}/packet.json")
    version = office.note(f"{folder}/a.txt")
    assert office.desk.run(version).outcome == "summarized"
    office.s3.delete_object(Bucket=office.desk.inbox, Key=version.key)
    return "DocumentsDelete", office.gone(version)


def _tag(office: Office, version: Version) -> None:
    tags = {"TagSet": [{"Key": "millrace-retention", "Value": "delete"}]}
    office.s3.put_object_tagging(Bucket=office.desk.inbox, Key=version.key, VersionId=version.version_id, Tagging=tags)


def _refused(state: State) -> State:
    return {"document": state["document"], "work": state["work"], "error": ERROR, "at": AT}


def _deleted_by_now(office: Office, version: Version) -> None:
    marker = office.s3.delete_object(Bucket=office.desk.inbox, Key=version.key)["VersionId"]
    office.desk.gone(version, "Delete Marker Created", marker, LATE)


def _version_of(state: State) -> Version:
    about = state["document"]
    return Version(about["key"], about["etag"], about["version_id"], 1, about["sequencer"])


def _without_its_version(state: State) -> State:
    return {**state, "document": {**state["document"], "version_id": None}}


def _without_its_object(office: Office, version: Version, *functions: str) -> State:
    state = office.state(version, *functions)
    office.s3.delete_object(Bucket=office.desk.inbox, Key=version.key, VersionId=version.version_id)
    return state


def _without_its_work(office: Office, state: State) -> State:
    for page in office.s3.get_paginator("list_objects_v2").paginate(
        Bucket=office.desk.summaries, Prefix=keys.step_folder(state["work"])
    ):
        for found in page.get("Contents", []):
            office.s3.delete_object(Bucket=office.desk.summaries, Key=found["Key"])
    return state
