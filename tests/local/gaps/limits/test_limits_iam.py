"""IAM refuses documents that are none, counts what there is, and substitutes variables."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.gaps.iam import _documents, pass_role
from local.gaps.iam.variables import Substituted, substituted
from tests.local.gaps.harness import ACCOUNT, Cloud, allow, archive
from tests.local.gaps.refusals import answered, refused, stack_refused

MALFORMED = "MalformedPolicyDocument"
GOOD = allow("s3:GetObject", "*")
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **more}


def without(statement: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != name}


def long(kind: str, size: int) -> dict[str, Any]:
    """A document of exactly ``size`` characters without white space."""
    base = document({**GOOD, "Resource": "arn:aws:s3:::"} if kind == "identity" else TRUST, Id="")
    return {**base, "Id": "x" * (size - _documents.size(base))}


IDENTITIES: list[tuple[Any, str]] = [
    (document(GOOD, Version="2011-01-01"), "Syntax errors in policy."),
    ({"Version": "2012-10-17"}, "Syntax errors in policy."),
    (document(), "Syntax errors in policy."),
    (document({**GOOD, "Effect": "Maybe"}), "Syntax errors in policy."),
    (document({**GOOD, "Colour": "red"}), "Syntax errors in policy."),
    (document(without(GOOD, "Action")), "must contain actions"),
    (document(without(GOOD, "Resource")), "must contain resources"),
    (document({**GOOD, "Action": "GetObject"}), "prefaced by a vendor"),
    (document({**GOOD, "Action": "s 3:GetObject"}), "Vendor s 3 is not valid"),
    (document({**GOOD, "Resource": "bucket/*"}), "must be in ARN format"),
    (document({**GOOD, "Principal": "*"}), "should not specify a principal"),
    (document({**GOOD, "Sid": "One"}, {**GOOD, "Sid": "One"}), "must be unique"),
    (document({**GOOD, "Sid": "One two"}), "must be alpha-numeric"),
    (document({**GOOD, "Condition": {"StringIs": {"aws:username": "a"}}}), "Invalid Condition type"),
    (document({**GOOD, "NotAction": "s3:*"}), "Syntax errors in policy."),
]
TRUSTS: list[tuple[Any, str]] = [
    (document({**TRUST, "Resource": "*"}), "prohibited field Resource"),
    (document(without(TRUST, "Principal")), "Missing required field Principal"),
    (document({**TRUST, "Action": "s3:GetObject"}), "may only specify STS"),
    (document({**TRUST, "Principal": {"Service": "nobody"}}), '"SERVICE":"nobody"'),
    (document({**TRUST, "Principal": {"AWS": "someone"}}), "Invalid principal in policy"),
    (document({**TRUST, "Effect": "Perhaps"}), "Syntax errors in policy."),
]


@pytest.fixture(scope="module")
def role(cloud: Cloud) -> str:
    return cloud.role().rsplit("/", 1)[-1]


class TestDocuments:
    @pytest.mark.parametrize(("policy", "says"), IDENTITIES, ids=lambda value: str(value)[:90])
    def test_identity(self, cloud: Cloud, role: str, policy: Any, says: str) -> None:
        text = json.dumps(policy)
        iam = cloud.client("iam")
        refused(iam.put_role_policy, MALFORMED, says, RoleName=role, PolicyName="p", PolicyDocument=text)
        refused(iam.create_policy, MALFORMED, says, PolicyName=cloud.name("p"), PolicyDocument=text)
        inline = {"PolicyName": "p", "PolicyDocument": policy}
        trusted = {"AssumeRolePolicyDocument": document(TRUST)}
        stack_refused(cloud, "AWS::IAM::Role", {**trusted, "Policies": [inline]})
        stack_refused(cloud, "AWS::IAM::Policy", {**inline, "Roles": [role]})
        stack_refused(cloud, "AWS::IAM::ManagedPolicy", {"PolicyDocument": policy})

    @pytest.mark.parametrize(("policy", "says"), TRUSTS, ids=lambda value: str(value)[:90])
    def test_trust(self, cloud: Cloud, role: str, policy: Any, says: str) -> None:
        iam, text = cloud.client("iam"), json.dumps(policy)
        name = cloud.name("role")
        refused(iam.create_role, MALFORMED, says, RoleName=name, AssumeRolePolicyDocument=text)
        refused(iam.update_assume_role_policy, MALFORMED, says, RoleName=role, PolicyDocument=text)
        stack_refused(cloud, "AWS::IAM::Role", {"AssumeRolePolicyDocument": policy})

    def test_what_is_no_json(self, cloud: Cloud, role: str) -> None:
        iam = cloud.client("iam")
        refused(iam.put_role_policy, MALFORMED, "", RoleName=role, PolicyName="p", PolicyDocument="{")
        refused(iam.create_role, MALFORMED, "", RoleName=cloud.name("r"), AssumeRolePolicyDocument="{")

    @pytest.mark.parametrize(
        "statement",
        [
            GOOD,
            {**GOOD, "Action": ["s3:Get*", "*"], "Sid": "A1"},
            {**GOOD, "Resource": "arn:aws:s3:::bucket/${aws:username}/*"},
            {**without(GOOD, "Action"), "NotAction": "iam:*"},
            {**GOOD, "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}, "Null": {"a:b": "true"}}},
        ],
        ids=str,
    )
    def test_good_ones(self, cloud: Cloud, role: str, statement: dict[str, Any]) -> None:
        text = json.dumps(document(statement))
        cloud.client("iam").put_role_policy(RoleName=role, PolicyName="good", PolicyDocument=text)
        cloud.client("iam").put_role_policy(
            RoleName=role, PolicyName="good", PolicyDocument=json.dumps({"Statement": statement})
        )
        cloud.client("iam").delete_role_policy(RoleName=role, PolicyName="good")


class TestSizes:
    def test_a_role_s_policies_together(self, cloud: Cloud) -> None:
        iam, role = cloud.client("iam"), cloud.role().rsplit("/", 1)[-1]
        half = long("identity", 5120)
        for name in ("a", "b"):  # white space does not count
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(half, indent=4))
        says = f"Maximum policy size of 10240 bytes exceeded for role {role}"
        more = {"PolicyName": "c", "PolicyDocument": json.dumps(document(GOOD))}
        refused(iam.put_role_policy, "LimitExceeded", says, RoleName=role, **more)
        iam.put_role_policy(RoleName=role, **{**more, "PolicyName": "a"})  # in the place of another
        stack_refused(
            cloud,
            "AWS::IAM::Policy",
            {"PolicyName": "c", "PolicyDocument": long("identity", 5121), "Roles": [role]},
            "10240",
        )

    @pytest.mark.parametrize(("kind", "most"), [("user", 2048), ("group", 5120)])
    def test_users_and_groups(self, cloud: Cloud, kind: str, most: int) -> None:
        iam, name, key = cloud.client("iam"), cloud.name(kind), f"{kind.capitalize()}Name"
        getattr(iam, f"create_{kind}")(**{key: name})
        put = getattr(iam, f"put_{kind}_policy")
        put(**{key: name}, PolicyName="a", PolicyDocument=json.dumps(long("identity", most)))
        large = json.dumps(long("identity", most + 1))
        refused(put, "LimitExceeded", str(most), **{key: name, "PolicyName": "a", "PolicyDocument": large})

    def test_a_template_s_role(self, cloud: Cloud) -> None:
        policies = [{"PolicyName": name, "PolicyDocument": long("identity", 5120)} for name in ("a", "b")]
        good = {"AssumeRolePolicyDocument": long("trust", 2048), "Policies": policies}
        assert cloud.stack({"R": {"Type": "AWS::IAM::Role", "Properties": good}})
        extra = {"PolicyName": "c", "PolicyDocument": document(GOOD)}
        stack_refused(cloud, "AWS::IAM::Role", {**good, "Policies": [*policies, extra]}, "Maximum policy size of 10240")
        stack_refused(
            cloud, "AWS::IAM::Role", {"AssumeRolePolicyDocument": long("trust", 2049)}, "ACLSizePerRole: 2048"
        )

    def test_trust_and_managed(self, cloud: Cloud) -> None:
        iam, name = cloud.client("iam"), cloud.name("p")
        large = json.dumps(long("trust", 2049))
        refused(iam.create_role, "LimitExceeded", "2048", RoleName=name, AssumeRolePolicyDocument=large)
        large = json.dumps(long("identity", 6145))
        refused(iam.create_policy, "LimitExceeded", "PolicySize: 6144", PolicyName=name, PolicyDocument=large)
        assert iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(long("identity", 6144)))
        stack_refused(cloud, "AWS::IAM::ManagedPolicy", {"PolicyDocument": long("identity", 6145)}, "PolicySize: 6144")

    def test_ten_managed_policies(self, cloud: Cloud) -> None:
        iam, role = cloud.client("iam"), cloud.role().rsplit("/", 1)[-1]
        arns = [
            iam.create_policy(PolicyName=cloud.name("p"), PolicyDocument=json.dumps(document(GOOD)))["Policy"]["Arn"]
            for _ in range(11)
        ]
        for arn in arns[:10]:
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        iam.attach_role_policy(RoleName=role, PolicyArn=arns[0])
        refused(iam.attach_role_policy, "LimitExceeded", "PoliciesPerRole: 10", RoleName=role, PolicyArn=arns[10])
        missing = f"arn:aws:iam::{ACCOUNT}:policy/none"
        refused(iam.attach_role_policy, "NoSuchEntity", missing, RoleName=role, PolicyArn=missing)
        trusted = {"AssumeRolePolicyDocument": document(TRUST)}
        stack_refused(cloud, "AWS::IAM::Role", {**trusted, "ManagedPolicyArns": arns}, "PoliciesPerRole: 10")

    @pytest.mark.parametrize(
        "members",
        [{"RoleName": "x" * 65}, {"RoleName": "a b"}, {"MaxSessionDuration": 43201}, {"Path": "nowhere"}],
        ids=str,
    )
    def test_names(self, cloud: Cloud, members: dict[str, Any]) -> None:
        trusted = {"RoleName": cloud.name("role"), "AssumeRolePolicyDocument": json.dumps(document(TRUST))}
        refused(cloud.client("iam").create_role, "ValidationError", "failed to satisfy", **{**trusted, **members})
        stack_refused(cloud, "AWS::IAM::Role", {"AssumeRolePolicyDocument": document(TRUST), **members})


class Folders:
    """A bucket with one object in the folder of each of some names, and who may read which."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.bucket = cloud, cloud.name("bucket")
        cloud.client("s3").create_bucket(Bucket=self.bucket)
        for name in ("ann", "bob", "*", "none", "${aws:username}"):
            cloud.client("s3").put_object(Bucket=self.bucket, Key=f"{name}/x", Body=b"x")

    def user(
        self, name: str, resource: str, condition: Any = None, version: str = "2012-10-17", tags: Any = None
    ) -> Any:
        """A client of a new user with one statement; ``{bucket}`` is the bucket."""
        iam = self.cloud.client("iam")
        iam.create_user(UserName=name, Tags=tags or [])
        statement = allow("s3:*", resource.replace("{bucket}", f"arn:aws:s3:::{self.bucket}"))
        if condition:
            statement["Condition"] = condition
        text = json.dumps({"Version": version, "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self.cloud.client(
            "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )

    def may(self, client: Any, folder: str) -> bool:
        try:
            client.get_object(Bucket=self.bucket, Key=f"{folder}/x")
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            return False
        return True


@pytest.fixture(scope="module")
def folders(cloud: Cloud) -> Folders:
    return Folders(cloud)


class TestVariables:
    def test_a_user_s_own_folder(self, cloud: Cloud, folders: Folders) -> None:
        name = cloud.name("ann")
        cloud.client("s3").put_object(Bucket=folders.bucket, Key=f"{name}/x", Body=b"x")
        client = folders.user(name, "{bucket}/${aws:username}/*")
        assert (folders.may(client, name), folders.may(client, "bob")) == (True, False)

    def test_a_tag_in_a_resource_and_a_condition(self, cloud: Cloud, folders: Folders) -> None:
        tags = [{"Key": "team", "Value": "bob"}]
        client = folders.user(cloud.name("u"), "{bucket}/${aws:PrincipalTag/team}/*", tags=tags)
        assert (folders.may(client, "bob"), folders.may(client, "ann")) == (True, False)
        condition = {"StringLike": {"s3:prefix": "${aws:PrincipalTag/team}/*"}}
        lister = folders.user(cloud.name("u"), "{bucket}", condition, tags=tags)
        assert lister.list_objects_v2(Bucket=folders.bucket, Prefix="bob/x")["KeyCount"] == 1
        refused(lister.list_objects_v2, "AccessDenied", "", Bucket=folders.bucket, Prefix="ann/x")

    @pytest.mark.parametrize(("key", "matches"), [("a/*/x", True), ("a/ann/x", False)])
    def test_a_substituted_star_is_a_star(self, key: str, matches: bool) -> None:
        """IAM takes no star in a tag or a name, so the matcher is asked itself."""
        made = substituted("a/${aws:PrincipalTag/team}/*", lambda _: "*")
        assert isinstance(made, Substituted)
        assert (made.matches.fullmatch(key) is not None) == matches

    def test_a_missing_key_matches_nothing_unless_it_has_a_default(self, cloud: Cloud, folders: Folders) -> None:
        client = folders.user(cloud.name("u"), "{bucket}/${aws:PrincipalTag/team}/*")
        assert not folders.may(client, "bob")
        assert not folders.may(client, "none")
        client = folders.user(cloud.name("u"), "{bucket}/${aws:PrincipalTag/team, 'none'}/*")
        assert (folders.may(client, "none"), folders.may(client, "bob")) == (True, False)

    def test_the_older_version_substitutes_nothing(self, cloud: Cloud, folders: Folders) -> None:
        name = cloud.name("ann")
        cloud.client("s3").put_object(Bucket=folders.bucket, Key=f"{name}/x", Body=b"x")
        client = folders.user(name, "{bucket}/${aws:username}/*", version="2008-10-17")
        assert (folders.may(client, name), folders.may(client, "${aws:username}")) == (False, True)

    def test_signs(self, cloud: Cloud, folders: Folders) -> None:
        client = folders.user(cloud.name("u"), "{bucket}/${*}/*")
        assert (folders.may(client, "*"), folders.may(client, "bob")) == (True, False)

    def test_a_role_and_a_bucket_s_policy(self, cloud: Cloud, folders: Folders) -> None:
        iam, role = cloud.client("iam"), cloud.role()
        iam.tag_role(RoleName=role.rsplit("/", 1)[-1], Tags=[{"Key": "team", "Value": "ann"}])
        other = Folders(cloud)
        statement = allow("s3:GetObject", f"arn:aws:s3:::{other.bucket}/${{aws:PrincipalTag/team}}/*")
        policy = json.dumps(document({**statement, "Principal": {"AWS": role}}))
        cloud.client("s3").put_bucket_policy(Bucket=other.bucket, Policy=policy)
        client = cloud.as_role("s3", role)
        assert (other.may(client, "ann"), other.may(client, "bob")) == (True, False)

    @pytest.mark.parametrize("folder", ["a\r\nb", "a\n"])
    def test_a_line_end_is_a_character_like_others(self, cloud: Cloud, folders: Folders, folder: str) -> None:
        cloud.client("s3").put_object(Bucket=folders.bucket, Key=f"{folder}/x", Body=b"x")
        assert folders.may(folders.user(cloud.name("u"), "{bucket}/a*"), folder)
        assert folders.may(folders.user(cloud.name("u"), "{bucket}/a?*/x"), folder)
        assert not folders.may(folders.user(cloud.name("u"), "{bucket}/a/x"), folder)
        cloud.client("s3").put_object(Bucket=folders.bucket, Key="end/x\n", Body=b"x")
        client = folders.user(cloud.name("u"), "{bucket}/end/x")
        refused(client.get_object, "AccessDenied", "", Bucket=folders.bucket, Key="end/x\n")

    @given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
    def test_any_value_stands_for_itself(self, before: str, value: str, after: str) -> None:
        plain = before.replace("$", "") + "|" + after.replace("$", "")
        pattern = plain.replace("|", "${key}", 1)
        made = substituted(pattern, lambda _: value)
        assert isinstance(made, Substituted)
        assert made == plain.replace("|", value, 1)
        assert made.matches.fullmatch(str(made))


class TestBatches:
    @pytest.mark.parametrize(("granted", "taken"), [("sqs:SendMessage", True), ("sqs:SendMessageBatch", False)])
    def test_a_batch_is_sent_by_the_right_to_one_message(self, cloud: Cloud, granted: str, taken: bool) -> None:
        iam, name = cloud.client("iam"), cloud.name("sender")
        url = cloud.client("sqs").create_queue(QueueName=cloud.name("queue"))["QueueUrl"]
        iam.create_user(UserName=name)
        text = json.dumps(document(allow(granted, "*")))
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        sender = cloud.client("sqs", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
        entries = [{"Id": "a", "MessageBody": "{}"}]
        if taken:
            assert sender.send_message_batch(QueueUrl=url, Entries=entries)["Successful"][0]["Id"] == "a"
        else:
            refused(sender.send_message_batch, "AccessDenied", "sqs:SendMessage", QueueUrl=url, Entries=entries)


class TestPassRole:
    """Who gives a role to a service needs iam:PassRole on it, for that service."""

    CALLS: tuple[tuple[str, str, str, Callable[[Cloud, str], dict[str, Any]]], ...] = (
        (
            "lambda",
            "lambda.amazonaws.com",
            "create_function",
            lambda cloud, role: {
                "FunctionName": cloud.name("f"),
                "Role": role,
                "Code": {"ZipFile": archive("handler = print")},
                "Runtime": "python3.13",
                "Handler": "app.handler",
            },
        ),
        (
            "stepfunctions",
            "states.amazonaws.com",
            "create_state_machine",
            lambda cloud, role: {
                "name": cloud.name("m"),
                "roleArn": role,
                "definition": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
            },
        ),
        (
            "events",
            "events.amazonaws.com",
            "put_targets",
            lambda cloud, role: {
                "Rule": rule(cloud),
                "Targets": [{"Id": "1", "Arn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s", "RoleArn": role}],
            },
        ),
        (
            "firehose",
            "firehose.amazonaws.com",
            "create_delivery_stream",
            lambda cloud, role: {
                "DeliveryStreamName": cloud.name("d"),
                "ExtendedS3DestinationConfiguration": {"RoleARN": role, "BucketARN": bucket(cloud)},
            },
        ),
        (
            "cloudformation",
            "cloudformation.amazonaws.com",
            "create_stack",
            lambda cloud, role: {
                "StackName": cloud.name("s"),
                "RoleARN": role,
                "TemplateBody": json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
            },
        ),
    )

    @pytest.mark.parametrize(("service", "to", "call", "members"), CALLS, ids=[row[0] for row in CALLS])
    def test_each_call(
        self, cloud: Cloud, service: str, to: str, call: str, members: Callable[[Cloud, str], dict[str, Any]]
    ) -> None:
        role = cloud.role(allow("*", "*"), service=to)
        all_but_passing = {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"}
        client = cloud.as_role(service, cloud.role(all_but_passing))
        with pytest.raises(ClientError) as caught:
            getattr(client, call)(**members(cloud, role))
        error = caught.value.response["Error"]
        assert error["Code"] in ("AccessDeniedException", "AccessDenied")
        assert f"is not authorized to perform: iam:PassRole on resource: {role}" in error["Message"]
        for service_, allowed in ((to, True), ("ec2.amazonaws.com", False)):
            condition = {"StringEquals": {"iam:PassedToService": service_}}
            passing = {**allow("iam:PassRole", role), "Condition": condition}
            client = cloud.as_role(service, cloud.role(all_but_passing, passing))
            if allowed:
                getattr(client, call)(**members(cloud, role))
            else:
                with pytest.raises(ClientError, match="iam:PassRole"):
                    getattr(client, call)(**members(cloud, role))

    def test_the_call_itself_is_asked_first(self, cloud: Cloud) -> None:
        role = cloud.role(service="states.amazonaws.com")
        nobody = cloud.as_role("stepfunctions", cloud.role(allow("sqs:*", "*")))
        definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
        with pytest.raises(ClientError, match="perform: states:CreateStateMachine"):
            nobody.create_state_machine(name=cloud.name("m"), roleArn=role, definition=definition)


class TestSessions:
    @pytest.mark.parametrize(
        ("members", "says"),
        [
            ({"RoleSessionName": "a b"}, "'roleSessionName' failed to satisfy constraint"),
            ({"DurationSeconds": 43201}, "less than or equal to 43200"),
            ({"DurationSeconds": 3601}, "exceeds the MaxSessionDuration set for this role"),
        ],
        ids=str,
    )
    def test_what_a_session_is(self, cloud: Cloud, members: dict[str, Any], says: str) -> None:
        request = {"RoleArn": cloud.role(), "RoleSessionName": "test", **members}
        refused(cloud.client("sts").assume_role, "ValidationError", says, **request)

    def test_what_no_sdk_sends(self, cloud: Cloud) -> None:
        """A number and a name that the SDK itself refuses."""
        form = f"Action=AssumeRole&Version=2011-06-15&RoleArn={cloud.role()}&RoleSessionName="
        assert "Member must have length greater than or equal to 2" in answered(cloud, "sts", "/", f"{form}a")
        said = answered(cloud, "sts", "/", f"{form}test&DurationSeconds=100")
        assert "<Code>ValidationError</Code>" in said
        assert "'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal" in said

    def test_as_long_as_its_role_says(self, cloud: Cloud) -> None:
        role = cloud.role()
        cloud.client("iam").update_role(RoleName=role.rpartition("/")[2], MaxSessionDuration=7200)
        sts = cloud.client("sts")
        assert sts.assume_role(RoleArn=role, RoleSessionName="test", DurationSeconds=7200)["Credentials"]
        chained = cloud.as_role("sts", cloud.role(allow("sts:AssumeRole", "*")))
        refused(
            chained.assume_role,
            "ValidationError",
            "role chaining",
            RoleArn=role,
            RoleSessionName="test",
            DurationSeconds=7200,
        )

    def test_a_role_of_a_service_is_not_for_root(self, cloud: Cloud) -> None:
        name = cloud.name("role")
        trust = json.dumps(document(TRUST))
        arn = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        says = "Roles may not be assumed by root accounts."
        refused(cloud.client("sts").assume_role, "AccessDenied", says, RoleArn=arn, RoleSessionName="test")


def rule(cloud: Cloud) -> str:
    name = cloud.name("rule")
    cloud.client("events").put_rule(Name=name, EventPattern='{"source": ["a"]}')
    return name


def bucket(cloud: Cloud) -> str:
    """The ARN of a new bucket."""
    name = cloud.name("bucket")
    cloud.client("s3").create_bucket(Bucket=name)
    return f"arn:aws:s3:::{name}"


@given(
    st.recursive(
        st.none() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_a_role_is_found_wherever_it_stands(around: Any) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    assert list(pass_role.roles({"A": [around, {"RoleArn": role}], "Role": "no role"})) == [role]
