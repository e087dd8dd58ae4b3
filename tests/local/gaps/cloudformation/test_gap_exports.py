"""Exports and imports between stacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.gaps.cloudformation.faults.builders import Made, Stacks, resource, template
from tests.local.gaps.harness import Cloud


@pytest.fixture
def export(cloud: Cloud) -> str:
    return cloud.name("export")


@pytest.fixture
def stack(cloud: Cloud) -> Callable[[], Stacks]:
    return lambda: Stacks(cloud)


def exporting(*exports: str, value: str = "first") -> dict[str, Any]:
    outputs = {f"O{index}": {"Value": value, "Export": {"Name": name}} for index, name in enumerate(exports)}
    return template(sections={"Outputs": outputs} if outputs else {})


def importing(export: str) -> dict[str, Any]:
    return template(P=resource("AWS::SSM::Parameter", Type="String", Value={"Fn::ImportValue": export}))


def reasons(made: Made) -> str:
    return " ".join(event.get("ResourceStatusReason", "") for event in made.events)


def listed(stacks: Stacks, export: str) -> list[str]:
    pages = stacks.client.get_paginator("list_exports").paginate()
    return [one["Value"] for page in pages for one in page["Exports"] if one["Name"] == export]


class TestNames:
    def test_another_stack_has_it(self, stack: Callable[[], Stacks], export: str) -> None:
        first, second = stack(), stack()
        assert first.create(exporting(export)).status == "CREATE_COMPLETE"
        made = second.create(exporting(export, value="second"))
        assert made.status == "ROLLBACK_COMPLETE"
        assert f"Export with name {export} is already exported by stack {first.name}" in reasons(made)
        assert listed(first, export) == ["first"]

    def test_two_outputs_have_it(self, stack: Callable[[], Stacks], export: str) -> None:
        only = stack()
        made = only.create(exporting(export, export))
        assert made.status == "ROLLBACK_COMPLETE"
        assert f"Export with name {export} is already exported by stack {only.name}" in reasons(made)

    def test_it_is_free_again(self, stack: Callable[[], Stacks], export: str) -> None:
        first, second = stack(), stack()
        first.create(exporting(export))
        assert first.update({**exporting(), "Description": "changed"}).status == "UPDATE_COMPLETE"
        assert listed(first, export) == []
        assert second.create(exporting(export, value="second")).status == "CREATE_COMPLETE"
        assert listed(first, export) == ["second"]


class TestImports:
    def test_there_is_no_such_export(self, stack: Callable[[], Stacks], export: str) -> None:
        made = stack().create(importing(export))
        assert made.status == "ROLLBACK_COMPLETE"
        assert f"No export named {export} found" in reasons(made)

    def test_what_is_imported_stays(self, cloud: Cloud, stack: Callable[[], Stacks], export: str) -> None:
        first, second = stack(), stack()
        first.create(exporting(export))
        assert second.create(importing(export)).status == "CREATE_COMPLETE"
        for change, verb in ((exporting(export, value="other"), "update"), (exporting(), "delete")):
            made = first.update({**change, "Description": verb})
            assert made.status == "UPDATE_ROLLBACK_COMPLETE"
            assert f"Cannot {verb} export {export} as it is in use by {second.name}" in reasons(made)
        with pytest.raises(ClientError, match=export):
            first.client.delete_stack(StackName=first.name)
        assert first.update({**exporting(export, "more-" + export)}).status == "UPDATE_COMPLETE"
        assert listed(first, export) == ["first"]
