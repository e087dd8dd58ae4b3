"""Roles of documents are as small as they can be: take any one right away, and what needs it fails under that name.

The rights are read from the template, so that a new one needs a case here. Steps that ask a throttled service are tried
in tests/workflow/documents/test_rights.py through the machine, and so are those of the nested applications; the redrive
in tests/workflow/test_iam.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from local.cloud.testing import Cloud
from tests.workflow import grants
from tests.workflow.documents import rights
from tests.workflow.documents.conftest import bus, cloud, desk, quiet
from tests.workflow.documents.desk import Desk
from tests.workflow.documents.rights import Ask, Office

__all__ = ["bus", "cloud", "desk", "quiet"]  # fixtures of a stack of documents alone

ELSEWHERE = (grants.REDRIVE, "DocumentsAnalyze", "DocumentsSummarize")
GRANTS = grants.of_documents(ELSEWHERE)

CASES: dict[tuple[str, str, str], Callable[[Office], Ask]] = {
    ("DocumentsClaim", "dynamodb:GetItem", "StateTable"): rights.a_new_document,
    ("DocumentsClaim", "dynamodb:PutItem", "StateTable"): rights.a_new_document,
    ("DocumentsClaim", "dynamodb:UpdateItem", "StateTable"): rights.a_new_document,
    ("DocumentsClaim", "s3:GetObject", "the inbox's *"): rights.by_hand,
    ("DocumentsClaim", "s3:GetObjectVersion", "the inbox's *"): rights.a_version_by_hand,
    ("DocumentsClaim", "s3:GetObject", "summaries/*"): rights.by_hand,
    ("DocumentsClaim", "s3:GetObject", "rejected/*"): rights.by_hand,
    ("DocumentsClaim", "s3:GetObject", "deleted/*"): rights.a_new_document,
    ("DocumentsClaim", "s3:PutObject", "steps/*"): rights.a_new_document,
    ("DocumentsClaim", "s3:ListBucket", "InboxBucket"): rights.what_is_not_there_by_hand,
    ("DocumentsClaim", "s3:ListBucket", "SummariesBucket"): rights.a_new_document,
    ("DocumentsInspect", "s3:GetObject", "the inbox's *"): rights.to_inspect_without_version,
    ("DocumentsInspect", "s3:GetObjectVersion", "the inbox's *"): rights.to_inspect,
    ("DocumentsInspect", "s3:ListBucket", "InboxBucket"): rights.to_inspect_gone,
    ("DocumentsInspect", "s3:PutObject", "steps/*"): rights.to_inspect_unlocked,
    ("DocumentsTransform", "s3:GetObject", "the inbox's *"): rights.to_transform_a_mail,
    ("DocumentsTransform", "s3:GetObjectVersion", "the inbox's *"): rights.to_transform,
    ("DocumentsTransform", "s3:GetObject", "steps/*"): rights.to_transform_a_scan,
    ("DocumentsTransform", "s3:PutObject", "steps/*"): rights.to_transform,
    ("DocumentsTransform", "s3:PutObject", "the inbox's *.attachments/*"): rights.to_transform_a_mail,
    ("DocumentsTransform", "s3:PutObject", "the inbox's *.parts/*"): rights.to_transform_a_stack,
    ("DocumentsTransform", "s3:DeleteObject", "the inbox's *.attachments/*"): (
        rights.to_transform_a_mail_that_is_deleted
    ),
    ("DocumentsTransform", "s3:DeleteObject", "the inbox's *.parts/*"): (
        rights.to_transform_a_stack_that_has_become_smaller
    ),
    ("DocumentsTransform", "s3:GetObject", "deleted/*"): rights.to_transform_a_mail,
    ("DocumentsTransform", "s3:ListBucket", "InboxBucket"): rights.to_transform_a_mail,
    ("DocumentsTransform", "s3:ListBucket", "SummariesBucket"): rights.to_transform_without_its_work,
    ("DocumentsEnrich", "s3:GetObject", "steps/*"): rights.to_enrich,
    ("DocumentsEnrich", "s3:PutObject", "steps/*"): rights.to_enrich,
    ("DocumentsEnrich", "s3:GetObject", "settings/redaction.json"): rights.to_enrich,
    ("DocumentsEnrich", "s3:GetObject", "the inbox's *"): rights.to_enrich,
    ("DocumentsEnrich", "s3:GetObject", "summaries/*"): rights.to_enrich_of_a_packet,
    ("DocumentsEnrich", "s3:ListBucket", "InboxBucket"): rights.to_enrich,
    ("DocumentsEnrich", "s3:ListBucket", "SummariesBucket"): rights.to_enrich,
    ("DocumentsEnrich", "dynamodb:GetItem", "StateTable"): rights.to_enrich_by_a_worker_that_knows_of_no_pause,
    ("DocumentsEnrich", "dynamodb:UpdateItem", "StateTable"): rights.to_enrich,
    ("DocumentsEnrich", "comprehend:DetectEntities", "*"): rights.to_enrich,
    ("DocumentsEnrich", "comprehend:DetectPiiEntities", "*"): rights.to_enrich,
    ("DocumentsWrite", "s3:GetObject", "the inbox's *"): rights.to_write,
    ("DocumentsWrite", "s3:GetObjectVersion", "the inbox's *"): rights.to_write,
    ("DocumentsWrite", "s3:GetObject", "steps/*"): rights.to_write,
    ("DocumentsWrite", "s3:DeleteObject", "steps/*"): rights.to_write_what_was_deleted,
    ("DocumentsWrite", "s3:GetObject", "deleted/*"): rights.to_write,
    ("DocumentsWrite", "s3:GetObject", "summaries/*"): rights.to_write,
    ("DocumentsWrite", "s3:GetObject", "tables/*"): rights.to_write_tables,
    ("DocumentsWrite", "s3:GetObject", "searchable/*"): rights.to_write,
    ("DocumentsWrite", "s3:GetObject", "redacted/*"): rights.to_write,
    ("DocumentsWrite", "s3:GetObject", "boxes/*"): rights.to_write,
    ("DocumentsWrite", "s3:GetObject", "text/*"): rights.to_write,
    ("DocumentsWrite", "s3:PutObject", "summaries/*"): rights.to_write,
    ("DocumentsWrite", "s3:PutObject", "tables/*"): rights.to_write_tables,
    ("DocumentsWrite", "s3:PutObject", "searchable/*"): rights.to_write_a_scan,
    ("DocumentsWrite", "s3:PutObject", "redacted/*"): rights.to_write,
    ("DocumentsWrite", "s3:PutObject", "boxes/*"): rights.to_write,
    ("DocumentsWrite", "s3:PutObject", "text/*"): rights.to_write,
    ("DocumentsWrite", "s3:DeleteObject", "summaries/*"): rights.to_write_what_was_deleted,
    ("DocumentsWrite", "s3:DeleteObject", "tables/*"): rights.to_write_what_was_deleted,
    ("DocumentsWrite", "s3:DeleteObject", "searchable/*"): rights.to_write_what_was_deleted,
    ("DocumentsWrite", "s3:DeleteObject", "redacted/*"): rights.to_write_what_was_deleted,
    ("DocumentsWrite", "s3:DeleteObject", "boxes/*"): rights.to_write_what_was_deleted,
    ("DocumentsWrite", "s3:DeleteObject", "text/*"): rights.to_write_what_was_deleted,
    ("DocumentsWrite", "s3:GetObject", "packets/*"): rights.to_write_in_a_packet,
    ("DocumentsWrite", "s3:PutObject", "packets/*"): rights.to_write_in_a_packet,
    ("DocumentsWrite", "s3:GetObject", "rejected/*"): rights.to_write,
    ("DocumentsWrite", "s3:DeleteObject", "rejected/*"): rights.to_write_what_was_deleted,
    ("DocumentsWrite", "s3:ListBucket", "InboxBucket"): rights.to_write,
    ("DocumentsWrite", "s3:ListBucket", "SummariesBucket"): rights.to_write,
    ("DocumentsWrite", "events:PutEvents", "default"): rights.to_write,
    ("DocumentsReject", "s3:GetObject", "rejected/*"): rights.to_reject,
    ("DocumentsReject", "s3:PutObject", "rejected/*"): rights.to_reject,
    ("DocumentsReject", "s3:DeleteObject", "rejected/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:GetObject", "summaries/*"): rights.to_reject,
    ("DocumentsReject", "s3:GetObject", "deleted/*"): rights.to_reject,
    ("DocumentsReject", "s3:GetObject", "tables/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:GetObject", "searchable/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:GetObject", "redacted/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:GetObject", "boxes/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:GetObject", "text/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:DeleteObject", "summaries/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:DeleteObject", "tables/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:DeleteObject", "searchable/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:DeleteObject", "redacted/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:DeleteObject", "boxes/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:DeleteObject", "text/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:DeleteObject", "steps/*"): rights.to_reject_what_was_deleted,
    ("DocumentsReject", "s3:ListBucket", "SummariesBucket"): rights.to_reject,
    ("DocumentsReject", "events:PutEvents", "default"): rights.to_reject,
    ("DocumentsDelete", "s3:GetObject", "the inbox's *"): rights.to_delete,
    ("DocumentsDelete", "s3:DeleteObject", "the inbox's *.attachments/*"): rights.to_delete_with_attachments,
    ("DocumentsDelete", "s3:DeleteObject", "the inbox's *.parts/*"): rights.to_delete_with_parts,
    ("DocumentsDelete", "s3:GetObjectTagging", "the inbox's *"): rights.to_delete_by_a_tag_without_version,
    ("DocumentsDelete", "s3:GetObjectVersionTagging", "the inbox's *"): rights.to_delete_by_tag,
    ("DocumentsDelete", "s3:ListBucket", "InboxBucket"): rights.to_delete,
    ("DocumentsDelete", "s3:ListBucket", "SummariesBucket"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "deleted/*"): rights.to_delete,
    ("DocumentsDelete", "s3:PutObject", "deleted/*"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "summaries/*"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "tables/*"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "searchable/*"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "redacted/*"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "boxes/*"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "text/*"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "steps/*"): rights.to_delete,
    ("DocumentsDelete", "s3:DeleteObject", "summaries/*"): rights.to_delete,
    ("DocumentsDelete", "s3:DeleteObject", "tables/*"): rights.to_delete,
    ("DocumentsDelete", "s3:DeleteObject", "searchable/*"): rights.to_delete,
    ("DocumentsDelete", "s3:DeleteObject", "redacted/*"): rights.to_delete,
    ("DocumentsDelete", "s3:DeleteObject", "boxes/*"): rights.to_delete,
    ("DocumentsDelete", "s3:DeleteObject", "text/*"): rights.to_delete,
    ("DocumentsDelete", "s3:DeleteObject", "steps/*"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "rejected/*"): rights.to_delete,
    ("DocumentsDelete", "s3:DeleteObject", "rejected/*"): rights.to_delete,
    ("DocumentsDelete", "s3:GetObject", "packets/*"): rights.to_delete_from_a_packet,
    ("DocumentsDelete", "s3:PutObject", "packets/*"): rights.to_delete_from_a_packet,
    ("DocumentsDelete", "s3:DeleteObject", "packets/*"): rights.to_forget_a_packet,
    ("DocumentsDelete", "dynamodb:GetItem", "StateTable"): rights.to_delete_by_a_tag_without_version,
    ("DocumentsDelete", "states:StartExecution", "SummarizeDocument"): rights.to_restore,
    ("DocumentsDelete", "states:DescribeExecution", "its executions"): rights.to_delete,
    ("DocumentsDelete", "events:PutEvents", "default"): rights.to_delete,
}


@pytest.fixture(scope="module")
def office(cloud: Cloud, quiet: None) -> Iterator[Office]:
    """Of an application that makes redacted copies and splits PDFs."""
    desk = Desk(cloud)
    with desk.with_parameters(Redact="copy", SplitPdf="by-type"):
        yield Office(desk)


def test_every_right_of_the_template_has_a_case():
    assert [grant.key for grant in GRANTS] == list(dict.fromkeys(grant.key for grant in GRANTS)), "one right, one place"
    assert {grant.key for grant in GRANTS} == CASES.keys()


@pytest.mark.parametrize("grant", GRANTS, ids=lambda one: " ".join(one.key))
def test_a_function_without_one_right_fails_under_its_name(cloud, desk, office, grant):
    ask = CASES[grant.key](office)
    with grants.without(cloud, grant):
        said = office.call(ask)
    # A request for an object's head is refused without a body, so without the right's name.
    assert f"is not authorized to perform: {grant.action}".lower() in said.lower() or (
        grant.action in ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket") and "operation: Forbidden" in said
    ), said
    again = office.call(ask)
    assert "not authorized" not in again, "with the right it works"
    assert "Forbidden" not in again
