"""What a deletion leaves: docs/operations.md names each resource that is retained, and nothing else."""

from __future__ import annotations

import re
from functools import cache

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from operate.delete.inventory import STAYS
from tests.template.translate import templates

SECTION = (ROOT / "docs" / "operations.md").read_text().partition("## Delete a stack")[2].partition("\n## ")[0]


@cache
def retained() -> dict[str, str]:
    """Logical id -> type of what stays, by all templates as they are written."""
    return {
        name: entry["Type"]
        for path in templates()
        for name, entry in read_template(path)["Resources"].items()
        if entry.get("DeletionPolicy", "Delete").removesuffix("ExceptOnCreate") in STAYS
    }


def test_the_page_names_what_stays():
    told = SECTION.partition("What stays:")[2].partition("DeletionPolicy")[0]
    assert set(re.findall(r"`([A-Z]\w+)`", told)) == retained().keys()


def test_only_what_holds_data_stays():
    assert set(retained().values()) <= {"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key"}


def test_what_stays_has_a_name_of_its_own_in_the_next_stack():
    """A name that is written down would be taken when the stack is made again."""
    for path in templates():
        for name, entry in read_template(path)["Resources"].items():
            if name in retained():
                assert not {"BucketName", "TableName"} & entry["Properties"].keys(), name
