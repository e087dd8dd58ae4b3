"""What code of users may do as a training job, and whose training sets are listened to."""

from __future__ import annotations

from typing import Any

from tests.template.decided import application, everything
from tests.template.resources import listed, of_type


def of_kind(kind: str, name: str) -> dict[str, Any]:
    every = [of_type(each.decided(), kind) for each in application(given=everything()).all()]
    return next(found[name] for found in every if name in found)


def test_a_job_puts_nothing_beside_what_jobs_leave():
    """What the machine keeps below steps/ says whether a person is asked; its pointers say what serves."""
    role = of_kind("AWS::IAM::Role", "TrainingJobRole")
    statements = [each for policy in role["Policies"] for each in policy["PolicyDocument"]["Statement"]]
    puts = [
        str(resource)
        for each in statements
        if any(not action.startswith(("s3:Get", "s3:List")) for action in listed(each["Action"]) if "s3:" in action)
        for resource in listed(each["Resource"])
    ]
    assert puts
    assert all(resource.endswith("/steps/*/jobs/*") for resource in puts), puts
    reads = [str(resource) for each in statements for resource in listed(each["Resource"]) if "/steps" in str(resource)]
    assert reads == puts, "labels of test rows lie below steps/"


def test_a_training_set_of_another_stack_starts_nothing():
    detail = of_kind("AWS::Events::Rule", "TrainingSetsRule")["EventPattern"]["detail"]
    assert detail["manifest"]["bucket"] == ["LakeBucket"]
