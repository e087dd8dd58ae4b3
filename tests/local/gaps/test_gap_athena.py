"""Athena as a client meets it: who may read what, what is refused, what is scanned, stopped and left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.services.athena.lake import copies
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow, until

JSON = "org.openx.data.jsonserde.JsonSerDe"
DAYS = {"2020-01-01": [("a", 1), ("b", 2)], "2020-01-02": [("a", 3)], "2020-01-03": [("c", 40)]}


class Lake:
    """A database with one partitioned table of JSON lines, and a bucket with its rows and the answers."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.bucket, self.database = cloud.name("lake"), cloud.name("db").replace("-", "_")
        cloud.client("s3").create_bucket(Bucket=self.bucket)
        cloud.client("glue").create_database(DatabaseInput={"Name": self.database})
        self.sizes: dict[str, int] = {}
        for day, rows in DAYS.items():
            self.put(
                f"rows/day={day}/part.json", b"".join(json.dumps({"zone": z, "n": n}).encode() + b"\n" for z, n in rows)
            )
            self.sizes[day] = len(self.body(f"rows/day={day}/part.json"))
        self.table("t", "rows/", {"projection.enabled": "true", "projection.day.type": "date"} | _RANGE)

    def put(self, key: str, body: bytes) -> None:
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def body(self, key: str) -> bytes:
        return bytes(self.cloud.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def table(self, name: str, folder: str, parameters: dict[str, str] | None = None) -> None:
        columns = [{"Name": "zone", "Type": "string"}, {"Name": "n", "Type": "bigint"}]
        descriptor = {
            "Columns": columns,
            "Location": f"s3://{self.bucket}/{folder}",
            "SerdeInfo": {"SerializationLibrary": JSON},
        }
        keys = [{"Name": "day", "Type": "string"}]
        table = {"Name": name, "StorageDescriptor": descriptor, "PartitionKeys": keys, "Parameters": parameters or {}}
        self.cloud.client("glue").create_table(DatabaseName=self.database, TableInput=table)

    @property
    def rights(self) -> dict[str, list[dict[str, Any]]]:
        """What a reader needs, by kind."""
        glue, bucket = f"arn:aws:glue:{REGION}:{ACCOUNT}", f"arn:aws:s3:::{self.bucket}"
        return {
            "athena": [allow("athena:*", "*")],
            "catalogue": [
                allow("glue:GetDatabase", f"{glue}:*"),
                *(allow("glue:GetTable", f"{glue}:{r}") for r in ("catalog", "database/*", "table/*")),
            ],
            "bucket": [allow("s3:ListBucket", bucket), allow("s3:GetBucketLocation", bucket)],
            "rows": [allow("s3:GetObject", f"{bucket}/rows/*")],
            "answers": [allow("s3:PutObject", f"{bucket}/answers/*")],
            "results": [allow("s3:GetObject", f"{bucket}/answers/*")],
        }

    def start(self, sql: str, athena: Any = None, **more: Any) -> str:
        request = {
            "QueryExecutionContext": {"Database": self.database},
            "ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/answers/"},
            **more,
        }
        return str((athena or self.athena).start_query_execution(QueryString=sql, **request)["QueryExecutionId"])

    @property
    def athena(self) -> Any:
        return self.cloud.client("athena")

    def ended(self, query: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return None if found["Status"]["State"] in ("QUEUED", "RUNNING") else found

        return dict(until(look, 60))

    def ask(self, sql: str, **more: Any) -> list[list[str | None]]:
        """The rows of an answer, with its header."""
        execution = self.ended(self.start(sql, **more))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        found = self.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["ResultSet"]["Rows"]]

    def failed(self, sql: str, **more: Any) -> str:
        """The reason of a query that does not succeed."""
        status = self.ended(self.start(sql, **more))["Status"]
        assert status["State"] in ("FAILED", "CANCELLED"), status
        return str(status["StateChangeReason"])


_RANGE = {"projection.day.format": "yyyy-MM-dd", "projection.day.range": "2019-12-31,NOW"}


@pytest.fixture(scope="module")
def lake(cloud: Cloud) -> Lake:
    return Lake(cloud)


def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


class TestAnswers:
    def test_the_answer_lies_where_it_is_said_to(self, lake: Lake) -> None:
        execution = lake.ended(lake.start("SELECT zone, n, day, NULL AS nothing FROM t WHERE day = '2020-01-02'"))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        key = execution["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{lake.bucket}/")
        assert lake.body(key) == b'"zone","n","day","nothing"\n"a","3","2020-01-02",\n'
        assert lake.body(f"{key}.metadata")

    def test_pages_count_the_header(self, lake: Lake) -> None:
        query = lake.start("SELECT zone FROM t ORDER BY n")
        lake.ended(query)
        first = lake.athena.get_query_results(QueryExecutionId=query, MaxResults=3)
        second = lake.athena.get_query_results(QueryExecutionId=query, NextToken=first["NextToken"])
        found = [row["Data"][0]["VarCharValue"] for page in (first, second) for row in page["ResultSet"]["Rows"]]
        assert found == ["zone", "a", "b", "a", "c"]
        assert "NextToken" not in second

    def test_types_of_columns(self, lake: Lake) -> None:
        query = lake.start("SELECT zone, n, CAST(1.5 AS decimal(5,2)) AS d, ARRAY[1] AS l FROM t LIMIT 1")
        lake.ended(query)
        found = lake.athena.get_query_results(QueryExecutionId=query)["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        assert [(c["Name"], c["Type"], c["Precision"], c["Scale"]) for c in found] == [
            ("zone", "varchar", 2147483647, 0),
            ("n", "bigint", 19, 0),
            ("d", "decimal", 5, 2),
            ("l", "array", 0, 0),
        ]


class TestRefusals:
    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT * FROM read_csv('/etc/passwd')",
            "COPY (SELECT 1) TO '{here}/x'",
            "SELECT 1; SELECT 2",
            "SELECT * FROM t LIMIT 5, 10",
            "CREATE TABLE x (a int)",
            "",
        ],
    )
    def test_what_is_no_athena_is_refused_at_the_call(self, lake: Lake, tmp_path: Path, sql: str) -> None:
        code, message = refusal(lambda: lake.start(sql.format(here=tmp_path) or " "))
        assert code == "InvalidRequestException"
        assert message
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("request_", "sentence"),
        [
            ({"WorkGroup": "nowhere"}, "WorkGroup nowhere is not found."),
            ({"ResultConfiguration": {}}, "No output location provided."),
            (
                {"ResultConfiguration": {"OutputLocation": "s3://no-such-bucket/"}},
                "Unable to verify/create output bucket",
            ),
            ({"ResultConfiguration": {"OutputLocation": "answers/x"}}, "is not a valid S3 path"),
        ],
    )
    def test_requests(self, lake: Lake, request_: dict[str, Any], sentence: str) -> None:
        assert sentence in refusal(lambda: lake.start("SELECT 1", **request_))[1]

    def test_a_failed_query_has_its_error_and_no_results(self, lake: Lake) -> None:
        execution = lake.ended(lake.start("SELECT nothing FROM t"))
        reason = "COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved"
        assert execution["Status"]["StateChangeReason"] == reason
        assert execution["Status"]["AthenaError"] == {
            "ErrorCategory": 2,
            "ErrorType": 1006,
            "Retryable": False,
            "ErrorMessage": reason,
        }
        code, message = refusal(lambda: lake.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"]))
        assert (code, message) == (
            "InvalidRequestException",
            "Query did not finish successfully. Final query state: FAILED",
        )

    def test_the_same_token_is_the_same_query(self, lake: Lake) -> None:
        token = "x" * 40
        first = lake.start("SELECT 1", ClientRequestToken=token)
        assert lake.start("SELECT 1", ClientRequestToken=token) == first
        assert "Idempotent" in refusal(lambda: lake.start("SELECT 2", ClientRequestToken=token))[1]

    def test_parameters(self, lake: Lake) -> None:
        sql = "SELECT n FROM t WHERE zone = ? AND n > ?"
        assert lake.ask(sql, ExecutionParameters=["'a'", "1"]) == [["n"], ["3"]]
        assert "expected 2 but found 1" in lake.failed(sql, ExecutionParameters=["'a'"])

    def test_unknown_queries(self, lake: Lake) -> None:
        assert "was not found" in refusal(lambda: lake.athena.get_query_results(QueryExecutionId="x"))[1]


class TestRights:
    def test_athena_alone_reads_nothing(self, cloud: Cloud, lake: Lake) -> None:
        rights = lake.rights
        alone = cloud.as_role("athena", cloud.role(*rights["athena"]))
        assert "Unable to verify/create output bucket" in refusal(lambda: lake.start("SELECT * FROM t", alone))[1]
        output = cloud.as_role("athena", cloud.role(*rights["athena"], *rights["bucket"], *rights["answers"]))
        status = lake.ended(lake.start("SELECT * FROM t", output))["Status"]
        assert status["State"] == "FAILED"
        assert "is not authorized to perform: glue:GetDatabase on resource" in status["StateChangeReason"]

    @pytest.mark.parametrize("missing", ["catalogue", "rows", "answers"])
    def test_each_right_is_needed(self, cloud: Cloud, lake: Lake, missing: str) -> None:
        found = [statement for kind, part in lake.rights.items() if kind != missing for statement in part]
        status = lake.ended(lake.start("SELECT * FROM t", cloud.as_role("athena", cloud.role(*found))))["Status"]
        assert status["State"] == "FAILED", status

    def test_a_user_with_all_of_them_reads(self, cloud: Cloud, lake: Lake) -> None:
        iam, name = cloud.client("iam"), cloud.name("reader")
        iam.create_user(UserName=name)
        policy = {"Version": "2012-10-17", "Statement": [s for part in lake.rights.values() for s in part]}
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        reader = cloud.client(
            "athena", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )
        execution = lake.ended(lake.start("SELECT count(*) FROM t", reader))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        found = reader.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        assert found["ResultSet"]["Rows"][1]["Data"] == [{"VarCharValue": "4"}]

    def test_the_answer_of_anothers_query_is_read_with_the_readers_own_rights(self, cloud: Cloud, lake: Lake) -> None:
        query = lake.ended(lake.start("SELECT zone FROM t"))["QueryExecutionId"]
        reader = cloud.as_role("athena", cloud.role(*lake.rights["athena"]))
        code, message = refusal(lambda: reader.get_query_results(QueryExecutionId=query))
        assert (code, message[:65]) == (
            "InvalidRequestException",
            "You do not seem to have access to the S3 location of your query r",
        )
        allowed = cloud.as_role("athena", cloud.role(*lake.rights["athena"], *lake.rights["results"]))
        assert len(allowed.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]) == 5

    def test_an_answer_that_was_deleted_is_gone(self, cloud: Cloud, lake: Lake) -> None:
        execution = lake.ended(lake.start("SELECT zone FROM t"))
        key = execution["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{lake.bucket}/")
        cloud.client("s3").delete_object(Bucket=lake.bucket, Key=key)
        call = lambda: lake.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])  # noqa: E731
        assert refusal(call) == ("InvalidRequestException", "Could not find results")

    def test_a_call_about_several_queries_is_authorised_for_their_workgroups(self, cloud: Cloud, lake: Lake) -> None:
        group = cloud.name("group")
        lake.athena.create_work_group(Name=group)
        query = lake.ended(lake.start("SELECT 1 AS one", WorkGroup=group))["QueryExecutionId"]
        arn = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup"
        for call, request in (
            ("batch_get_query_execution", {"QueryExecutionIds": [query]}),
            ("list_query_executions", {"WorkGroup": group}),
        ):
            action = "athena:" + "".join(word.title() for word in call.split("_"))
            friend = cloud.as_role("athena", cloud.role(allow(action, f"{arn}/{group}")))
            assert getattr(friend, call)(**request)
            stranger = cloud.as_role("athena", cloud.role(allow(action, f"{arn}/other")))
            assert refusal(lambda call=call, request=request, who=stranger: getattr(who, call)(**request))[0] == (
                "AccessDeniedException"
            )

    def test_a_call_without_a_workgroup_is_about_the_primary_one(self, cloud: Cloud, lake: Lake) -> None:
        arn = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/primary"
        friend = cloud.as_role("athena", cloud.role(allow("athena:ListQueryExecutions", arn)))
        query = lake.ended(lake.start("SELECT 1"))["QueryExecutionId"]
        assert query in friend.list_query_executions()["QueryExecutionIds"]

    def test_a_call_about_a_query_is_authorised_for_its_workgroup(self, cloud: Cloud, lake: Lake) -> None:
        group = cloud.name("group")
        lake.athena.create_work_group(Name=group)
        query = lake.ended(lake.start("SELECT 1 AS one", WorkGroup=group))["QueryExecutionId"]
        arn = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup"
        friend = cloud.as_role("athena", cloud.role(allow("athena:GetQueryExecution", f"{arn}/{group}")))
        assert friend.get_query_execution(QueryExecutionId=query)["QueryExecution"]["WorkGroup"] == group
        stranger = cloud.as_role("athena", cloud.role(allow("athena:GetQueryExecution", f"{arn}/other")))
        assert refusal(lambda: stranger.get_query_execution(QueryExecutionId=query))[0] == "AccessDeniedException"


class TestScan:
    def test_what_is_pruned_is_not_scanned(self, lake: Lake) -> None:
        def scanned(where: str) -> int:
            execution = lake.ended(lake.start(f"SELECT count(*) FROM t {where}"))  # noqa: S608
            assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
            return int(execution["Statistics"]["DataScannedInBytes"])

        assert scanned("") == sum(lake.sizes.values())
        assert scanned("WHERE day = '2020-01-02'") == lake.sizes["2020-01-02"]
        assert scanned("WHERE day = '1999-01-01'") == 0

    def test_the_limit_of_a_workgroup(self, cloud: Cloud, lake: Lake) -> None:
        group, row = cloud.name("group"), b'{"zone": "a", "n": 1}' + b" " * 200 + b"\n"
        lake.table("big", "big/", {"projection.enabled": "true", "projection.day.type": "date"} | _RANGE)
        lake.put("big/day=2020-01-01/part.json", row * (10_000_000 // len(row) + 1))
        lake.put("big/day=2020-01-02/part.json", row)
        lake.athena.create_work_group(Name=group, Configuration={"BytesScannedCutoffPerQuery": 10_000_000})
        status = lake.ended(lake.start("SELECT count(*) FROM big", WorkGroup=group))["Status"]
        assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")
        assert lake.ask("SELECT n FROM big WHERE day = '2020-01-02'", WorkGroup=group) == [["n"], ["1"]]

    def test_the_place_that_a_workgroup_enforces(self, cloud: Cloud, lake: Lake) -> None:
        group, place = cloud.name("group"), f"s3://{lake.bucket}/enforced/"
        configuration = {"EnforceWorkGroupConfiguration": True, "ResultConfiguration": {"OutputLocation": place}}
        lake.athena.create_work_group(Name=group, Configuration=configuration)
        execution = lake.ended(lake.start("SELECT 1", WorkGroup=group))
        assert execution["ResultConfiguration"]["OutputLocation"].startswith(place)


SLOW = (
    "SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) "
    "CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) "
    "WHERE (x * y) % 7 = 3"
)


class TestLife:
    def test_a_slow_query_is_stopped_while_another_ends(self, lake: Lake) -> None:
        slow = lake.start(SLOW)
        running = lambda: lake.athena.get_query_execution(QueryExecutionId=slow)["QueryExecution"]["Status"]["State"]  # noqa: E731
        until(lambda: running() == "RUNNING")
        assert lake.ask("SELECT count(*) FROM t") == [["_col0"], ["4"]]
        assert running() == "RUNNING"
        assert "Query has not yet finished" in refusal(lambda: lake.athena.get_query_results(QueryExecutionId=slow))[1]
        lake.athena.stop_query_execution(QueryExecutionId=slow)
        status = lake.ended(slow)["Status"]
        assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query was cancelled by user")

    def test_many_at_a_time(self, lake: Lake) -> None:
        queries = [lake.start(f"SELECT {n} AS n, count(*) FROM t") for n in range(8)]  # noqa: S608
        for n, query in enumerate(queries):
            assert lake.ended(query)["Status"]["State"] == "SUCCEEDED"
            rows = lake.athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
            assert rows[1]["Data"] == [{"VarCharValue": str(n)}, {"VarCharValue": "4"}]

    def test_statistics(self, lake: Lake) -> None:
        query = lake.start("SELECT * FROM t")
        lake.ended(query)
        found = lake.athena.get_query_runtime_statistics(QueryExecutionId=query)["QueryRuntimeStatistics"]
        assert found["Rows"] == {"InputBytes": sum(lake.sizes.values()), "OutputRows": 4}


class TestStatements:
    def test_a_table_from_its_statement_to_its_rows(self, lake: Lake) -> None:
        place = f"s3://{lake.bucket}/rows/"
        sql = (
            "CREATE EXTERNAL TABLE IF NOT EXISTS `made` (`zone` string, `n` bigint) PARTITIONED BY (`day` string) "
            f"ROW FORMAT SERDE '{JSON}' LOCATION '{place}'"
        )
        made = lake.ended(lake.start(sql))
        assert made["Status"]["State"] == "SUCCEEDED", made["Status"]
        assert made["ResultConfiguration"]["OutputLocation"].endswith(".txt")
        assert lake.ask("SELECT count(*) FROM made") == [["_col0"], ["0"]]
        lake.ended(lake.start("MSCK REPAIR TABLE made"))
        assert lake.ask("SELECT count(*) FROM made WHERE day < '2020-01-03'") == [["_col0"], ["3"]]
        assert lake.ask("SHOW PARTITIONS made") == [[f"day={day}"] for day in DAYS]
        lake.ended(lake.start("CREATE VIEW few AS SELECT zone FROM made WHERE n > 2"))
        assert lake.ask("SELECT zone FROM few ORDER BY 1") == [["zone"], ["a"], ["c"]]
        lake.ended(lake.start("DROP TABLE made"))
        assert "TABLE_NOT_FOUND" in lake.failed("SELECT * FROM made")

    def test_prepared_statements_of_the_api(self, cloud: Cloud, lake: Lake) -> None:
        name = cloud.name("p").replace("-", "_")
        sql = "SELECT n FROM t WHERE zone = ? ORDER BY n"
        lake.athena.create_prepared_statement(StatementName=name, WorkGroup="primary", QueryStatement=sql)
        assert lake.ask(f"EXECUTE {name} USING 'a'") == [["n"], ["1"], ["3"]]
        assert lake.ask(f"EXECUTE {name}", ExecutionParameters=["'b'"]) == [["n"], ["2"]]

    def test_unload_writes_a_manifest(self, cloud: Cloud, lake: Lake) -> None:
        place = f"s3://{lake.bucket}/{cloud.name('unload')}/"
        sql = f"UNLOAD (SELECT * FROM t) TO '{place}' WITH (format = 'JSON', compression = 'none')"  # noqa: S608
        execution = lake.ended(lake.start(sql))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        manifest = execution["Statistics"]["DataManifestLocation"].removeprefix(f"s3://{lake.bucket}/")
        (written,) = lake.body(manifest).decode().split()
        assert len(lake.body(written.removeprefix(f"s3://{lake.bucket}/")).splitlines()) == 4


class TestTemplate:
    def test_saved_queries_of_a_template(self, cloud: Cloud) -> None:
        properties = {"Name": "hours", "Database": "db", "QueryString": "SELECT 1", "Description": "d"}
        found = cloud.stack({"Q": {"Type": "AWS::Athena::NamedQuery", "Properties": properties}}, Id={"Ref": "Q"})
        named = cloud.client("athena").get_named_query(NamedQueryId=found["Id"])["NamedQuery"]
        assert (named["Name"], named["QueryString"]) == ("hours", "SELECT 1")


def test_nothing_is_left_on_the_disk(lake: Lake, cloud_folder: Path) -> None:
    lake.ask("SELECT * FROM t")
    lake.failed("SELECT 1 / (n - 1) FROM t")
    assert list(cloud_folder.glob(f"{copies.PREFIX}*")) == []
