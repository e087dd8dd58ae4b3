"""Resources that their provider or their service refuses."""

from __future__ import annotations

from tests.local.gaps.cloudformation.faults.builders import (
    Stacks,
    Template,
    alarm,
    allowing,
    resource,
    role,
    table,
    table_of,
    template,
)

#: Fault: template, and what the event of the resource says.
AT_THE_RESOURCE: dict[str, tuple[Template, str]] = {
    "a key without its attribute": (
        template(R=table(["id"], ["other"])),
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [id]",
    ),
    "an attribute that is no key": (
        template(R=table(["id"], ["id", "other"])),
        "Some AttributeDefinitions are not used. AttributeDefinitions: [other]",
    ),
    "throughput beside pay per request": (
        template(
            R=table(["id"], ["id"], ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}),
        ),
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    ),
    "no throughput": (
        template(R=table(["id"], ["id"], BillingMode="PROVISIONED")),
        "No provisioned throughput specified for the table",
    ),
    "effect": (
        template(R=role(allowing(Effect="Alow", Action="s3:GetObject", Resource="*"))),
        "Syntax errors in policy.",
    ),
    "no action": (template(R=role(allowing(Resource="*"))), "Policy statement must contain actions."),
    "no resource": (template(R=role(allowing(Action="s3:GetObject"))), "Policy statement must contain resources."),
    "action without a service": (
        template(R=role(allowing(Action="GetObject", Resource="*"))),
        "Actions/Conditions must be prefaced by a vendor",
    ),
    "member of a statement": (
        template(R=role(allowing(Action="s3:GetObject", Resources="*"))),
        "Syntax errors in policy.",
    ),
    "principal in a role's policy": (
        template(R=role(allowing(Action="s3:GetObject", Resource="*", Principal="*"))),
        "Policy document should not specify a principal.",
    ),
    "version of a policy": (
        template(R=role({"Version": "2012-10-18", "Statement": []})),
        "The policy must contain a valid version string.",
    ),
    "trust with a resource": (
        template(
            R=resource(
                "AWS::IAM::Role",
                AssumeRolePolicyDocument=allowing(Action="sts:AssumeRole", Resource="*", Principal="*"),
            )
        ),
        "Has prohibited field Resource",
    ),
    "a queue's policy without a principal": (
        template(
            Q=resource(),
            R=resource(
                "AWS::SQS::QueuePolicy",
                Queues=[{"Ref": "Q"}],
                PolicyDocument=allowing(Action="sqs:SendMessage", Resource="*"),
            ),
        ),
        "Missing required field Principal",
    ),
    "FIFO queue by name": (
        template(R=resource(QueueName="plain", FifoQueue=True)),
        "must end with .fifo suffix",
    ),
    "FIFO attribute of a standard queue": (
        template(R=resource(ContentBasedDeduplication=True)),
        "Unknown Attribute ContentBasedDeduplication.",
    ),
    "redrive without a count": (
        template(A=resource(), R=resource(RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["A", "Arn"]}})),
        "Redrive policy does not contain mandatory attribute: maxReceiveCount",
    ),
    "period of an alarm": (template(R=alarm(Period=45)), "Period must be"),
    "ACL of a bucket": (
        template(R=resource("AWS::S3::Bucket", AccessControl="PublicRead")),
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    ),
    "a wrong value from another resource": (
        template(Q=resource(), R=resource("AWS::SNS::Topic", FifoTopic={"Fn::GetAtt": ["Q", "Arn"]})),
        "Properties validation failed for resource R with message: #/FifoTopic: expected type: Boolean",
    ),
}


class TestAtTheResource:
    @table_of(AT_THE_RESOURCE)
    def test_the_resource_fails(self, stacks: Stacks, fault: str) -> None:
        body, reason = AT_THE_RESOURCE[fault]
        made = stacks.create(body)
        assert made.status == "ROLLBACK_COMPLETE"
        assert made.errors == []
        assert reason in " ".join(made.reasons("R")), made.events

    @table_of(dict(list(AT_THE_RESOURCE.items())[::5]))
    def test_in_a_nested_stack_too(self, stacks: Stacks, fault: str) -> None:
        body, reason = AT_THE_RESOURCE[fault]
        made = stacks.create(template(Nested=stacks.nesting(body)))
        assert reason in made.reasons("Nested")[0]

    def test_an_update_of_the_resource_fails(self, stacks: Stacks) -> None:
        stacks.create(template(R=role(allowing(Action="s3:GetObject", Resource="*"))))
        made = stacks.update(template(R=role(allowing(Action="s3:GetObject"))))
        assert made.status == "UPDATE_ROLLBACK_COMPLETE"
        assert "Policy statement must contain resources." in made.reasons("R")[0]
