"""The door of predictions, by events as API Gateway makes them; and the machine's smoke test, which has no door."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from common import aws
from common.errors import StorageUnavailable
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from services import sagemaker_runtime
from tests.doors import ISSUER, claims, with_signature, with_token
from tests.e2e.schemas import check
from tests.unit.training import builders, doors_of_rows
from tests.unit.training.serving.conftest import MODELS, TABLE, model_error
from training.errors import ModelUnusable, NoSuchModel
from training.handlers import predict
from training.serving import walker

CONTEXT = SimpleNamespace(
    function_name="predict", memory_limit_in_mb=512, invoked_function_arn="a", aws_request_id="r",
    get_remaining_time_in_millis=lambda: 28_000,
)  # fmt: skip
ROUTE = "/models/{name}/predictions"
ROW = ["31", "5", "yes"]


def event(body, content_type="application/json", name="trips", *, encoded=False, made=with_signature, **more):
    sent = body if isinstance(body, str) else body.decode()
    if encoded:
        sent = base64.b64encode(sent.encode()).decode()
    found = made(
        **{"path": f"/models/{name}/predictions", "route": ROUTE, "parameters": {"name": name}, "body": sent} | more,
        headers={"content-type": content_type} if content_type else {},
    )
    if not content_type:
        del found["headers"]["content-type"]
    return found | {"isBase64Encoded": encoded}


def ask(*arguments, **more):
    response = predict.handler(event(*arguments, **more), CONTEXT)
    document = json.loads(response["body"])
    check(document, "model-predictions" if response["statusCode"] == 200 else "door-refusal")
    return response["statusCode"], document, response["headers"]


def metrics(capsys):
    """Values by name, of every line that is EMF."""
    found: dict[str, float] = {}
    for line in capsys.readouterr().out.splitlines():
        document = json.loads(line) if line.startswith("{") else {}
        for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in directive["Metrics"]:
                value = document[metric["Name"]]
                found[metric["Name"]] = found.get(metric["Name"], 0) + sum(
                    value if isinstance(value, list) else [value]
                )
    return found


@pytest.fixture
def served(account):
    account.model()
    account.point()
    return account


def test_each_form_has_the_same_answer(served):
    expected = walker.load(builders.trees()).probability(ROW)
    for form, (body, content_type) in doors_of_rows.sent(ROW).items():
        for encoded in (False, True):
            status, told, headers = ask(body, content_type, encoded=encoded)
            assert (status, told["predictions"]) == (200, [{"label": "Subscriber", "probability": expected}]), form
            assert (told["schema"], told["name"], told["version"]) == (1, "trips", builders.VERSION)
            assert told["positive"] == walker.load(builders.trees()).positive
            assert headers["Cache-Control"] == "no-store"


def test_what_the_model_does_not_see_is_told_per_row_and_counted(served, capsys):
    rows = [["31", "5", "yes"], [None, "never", "no"], ["young", "", "yes"]]
    status, told, _ = ask(json.dumps(rows))
    assert status == 200
    assert [each.get("notes") for each in told["predictions"]] == [
        None,
        {"missing": ["age"], "unseen": ["station"]},
        {"missing": ["station"], "unreadable": ["age"]},
    ]
    found = metrics(capsys)
    assert {name: found[name] for name in ("PredictionsGiven", "UnseenCategories", "MissingCells")} == {
        "PredictionsGiven": 3,
        "UnseenCategories": 1,
        "MissingCells": 3,
    }
    assert "PredictionsRefused" not in found


REFUSALS = [
    (400, "InvalidRequest", "[1,2]", "application/json", "trips"),
    (400, "InvalidRequest", '{"Age":1}', "application/json", "trips"),
    (400, "InvalidRequest", "{", "application/json", "trips"),
    (400, "InvalidRequest", "", "text/csv", "trips"),
    (413, "TooLarge", "1,2,3\n" * 10_001, "text/csv", "trips"),
    (413, "TooLarge", "1" * 6_000_001, "text/csv", "trips"),
    (415, "UnsupportedMediaType", "1,2,3", "text/plain", "trips"),
    (415, "UnsupportedMediaType", "1,2,3", "", "trips"),
    (404, "NotFound", "1,2,3", "text/csv", "nobody"),
    (404, "NotFound", "1,2,3", "text/csv", "../trips"),
    (404, "NotFound", "1,2,3", "text/csv", "T" * 5_000),
]


@pytest.mark.parametrize(("status", "error", "body", "form", "name"), REFUSALS)
def test_what_cannot_be_answered_is_refused_by_name(served, capsys, status, error, body, form, name):
    found, told, _ = ask(body, form, name)
    assert (found, told["error"]) == (status, error)
    assert told["message"].endswith(".")
    assert metrics(capsys)["PredictionsRefused"] == 1


def test_an_answer_that_would_be_too_long_is_refused_before_lambda_cuts_it(served):
    status, told, _ = ask("\n".join(["x,y,z"] * 10_000), "text/csv")
    assert (status, len(told["predictions"])) == (200, 10_000)
    wide = builders.fitted.fit([builders.Column(f"{number:099}", "number") for number in range(20)], {})
    served.model(builders.trees(trees=[]) | {"transform": wide.to_json()}, name="wide")
    served.point("wide")
    status, told, _ = ask("\n".join([",".join(["x"] * 20)] * 5_000), "text/csv", "wide")
    assert (status, told["error"]) == (413, "TooLarge")
    assert "fewer rows" in told["message"]


def test_another_method_or_address_is_told(served):
    assert ask("1", method="GET")[0] == 405
    assert ask("1", route="/models")[0] == 404


def test_nobody_asks_without_saying_who(served):
    def anonymous(**more):
        from tests.doors import request

        return request(authorizer=None, **more)

    assert ask("[1,2,3]", made=anonymous)[0] == 401


def test_a_token_is_an_identity_of_its_own(served, monkeypatch):
    monkeypatch.setenv("TOKEN_ISSUER", ISSUER)
    monkeypatch.setattr(predict, "time", SimpleNamespace(time=lambda: claims()["exp"] - 60))

    def by_token(headers, **more):
        return with_token(claims(), headers=headers, **more)

    assert ask(json.dumps(ROW), made=by_token)[0] == 200
    assert ask(json.dumps(ROW))[0] == 401  # signed by IAM, where tokens are asked for


def test_one_identity_asks_so_often_per_minute(served, monkeypatch):
    monkeypatch.setenv("PREDICTIONS_PER_MINUTE", "2")
    monkeypatch.setattr(predict, "time", SimpleNamespace(time=lambda: 1_795_154_400.0))
    body = json.dumps(ROW)
    assert [ask(body)[0] for _ in range(3)] == [200, 200, 429]
    other = "arn:aws:iam::123456789012:user/bob"
    assert ask(body, made=lambda **more: with_signature(other, **more))[0] == 200


def test_a_table_that_is_silent_lets_nobody_in(served):
    served.dynamodb.delete_table(TableName=TABLE)
    with pytest.raises(Exception, match="ResourceNotFound"):
        ask(json.dumps(ROW))


def test_storage_that_is_busy_is_a_503(served, monkeypatch):
    from common.objects import Bucket

    def busy(*_arguments, **_options):
        raise StorageUnavailable("S3 could not serve it just now.")

    monkeypatch.setattr(Bucket, "get", busy)
    status, told, headers = ask(json.dumps(ROW))
    assert (status, told["error"], headers["Retry-After"]) == (503, "Unavailable", "2")


def test_a_model_that_cannot_be_read_is_an_alarm_and_no_ones_fault(served):
    served.put(f"models/trips/{builders.VERSION}/model.json", b"{")
    with pytest.raises(ModelUnusable):
        ask(json.dumps(ROW))


# Behind an endpoint


@pytest.fixture
def behind(account):
    account.model()
    account.point(kind="serverless", endpoint="stack-trips-01234567")
    return account


def lines(body):
    return json.dumps([0.75] * len(body.splitlines())).encode()


def test_a_serverless_model_is_asked_through_its_endpoint(behind):
    behind.endpoint.answers = [{"predictions": [{"probability": 0.75, "label": "x"}, {"probability": 0.1}]}]
    status, told, _ = ask('[{"age":31,"station":"never"},[1,"5","no"]]')
    assert status == 200
    assert told["predictions"] == [
        {"label": "Customer", "probability": 0.75, "notes": {"missing": ["member"], "unseen": ["station"]}},
        {"label": "Subscriber", "probability": 0.1},
    ]
    (asked,) = behind.endpoint.asked
    assert asked["EndpointName"] == "stack-trips-01234567"
    assert (asked["ContentType"], asked["Accept"]) == ("text/csv", "application/json")
    assert asked["Body"] == b"31,never,\r\n1,5,no\r\n"


def test_a_script_s_model_is_known_by_its_contract(account):
    columns = [{"name": "age", "kind": "number"}, {"name": "city", "kind": "category"}]
    contract = {"schema": 1, "columns": columns, "target": "y", "positive": "1", "negative": "0"}
    account.put(f"models/own/{builders.VERSION}/contract.json", contract)
    account.point("own", kind="serverless", endpoint="stack-own-01234567")
    account.endpoint.answers = [lines]
    for _ in range(2):
        status, told, _ = ask('{"age":"x"}', name="own")
        assert status == 200
        notes = {"missing": ["city"], "unreadable": ["age"]}
        assert told["predictions"] == [{"label": "1", "probability": 0.75, "notes": notes}]


def test_many_rows_are_asked_in_parts(behind):
    behind.endpoint.answers = [lines]
    status, told, _ = ask("31,5,yes\n" * 2_500 + f"31,{'x' * 3_500_000},yes\n", "text/csv")
    assert (status, len(told["predictions"])) == (200, 2_501)
    sizes = [len(asked["Body"].splitlines()) for asked in behind.endpoint.asked]
    assert sum(sizes) == 2_501
    assert max(sizes) <= 1_000
    assert sizes[-1] == 1


def test_rows_that_look_like_a_header_reach_the_endpoint_as_rows(behind):
    behind.endpoint.answers = [[0.5]]
    assert ask('["age","station","member"]')[0] == 200
    assert behind.endpoint.asked[0]["Body"].startswith(b"age,station,member\r\nage,station,member\r\n")


def test_rows_that_the_model_s_program_refuses_are_the_caller_s(behind):
    behind.endpoint.answers = [model_error(400, "could not convert string to float")]
    status, told, _ = ask(json.dumps(ROW))
    assert (status, told["error"]) == (400, "InvalidRequest")
    assert "could not convert string to float" in told["message"]


@pytest.mark.parametrize(
    "answer",
    [model_error(500, "Traceback"), [0.5, 0.5], [], {"predictions": "no"}, ["0.5"], [1.5], [True], lambda _: b"[NaN]",
     lambda _: b"no JSON", [None]],
)  # fmt: skip
def test_a_program_that_answers_otherwise_is_a_defect(behind, answer):
    behind.endpoint.answers = [answer]
    with pytest.raises(ModelUnusable):
        ask(json.dumps(ROW))


def test_an_endpoint_that_cannot_be_reached_is_a_503(behind):
    behind.endpoint.answers = [EndpointConnectionError(endpoint_url="https://runtime")]
    assert ask(json.dumps(ROW))[0] == 503


class Hourglass:
    """A context whose function has so many seconds for each time that it is asked, the last again and again."""

    function_name, memory_limit_in_mb, invoked_function_arn, aws_request_id = "predict", 512, "a", "r"

    def __init__(self, *seconds: float) -> None:
        self._seconds = list(seconds)

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * (self._seconds.pop(0) if len(self._seconds) > 1 else self._seconds[0]))


def test_an_endpoint_is_given_up_before_the_function_is_over(behind, monkeypatch):
    """Else Lambda kills it, and the caller hears 500 without a word."""
    made, real = [], aws.client

    def client(name, **options):
        if name == "sagemaker-runtime":
            made.append((options["attempts"], options["read_timeout"]))
        return real(name, **options)

    monkeypatch.setattr(aws, "client", client)
    behind.endpoint.answers = [ReadTimeoutError(endpoint_url="https://runtime")]
    status, told, headers = ask(json.dumps(ROW))
    assert (status, told["error"], headers["Retry-After"]) == (503, "Unavailable", "2")
    assert "Send the same again" in told["message"]
    ((attempts, seconds),) = made
    assert attempts * (seconds + sagemaker_runtime.CONNECT_SECONDS) <= 28 - predict.MARGIN_SECONDS


def test_where_time_is_over_after_some_rows_fewer_are_asked_for(behind):
    behind.endpoint.answers = [lines]
    sent = event("31,5,yes\n" * 2_500, "text/csv")
    response = predict.handler(sent, Hourglass(28, 15, 8))
    told = json.loads(response["body"])
    assert (response["statusCode"], told["error"]) == (413, "TooLarge")
    assert "answered 2,000 of 2,500 rows" in told["message"]
    assert len(behind.endpoint.asked) == 2


def test_the_template_gives_the_function_the_time_that_it_counts_on():
    function = read_template(ROOT / "pipelines" / "training.yaml")["Resources"]["TrainingPredict"]["Properties"]
    longest = max(sagemaker_runtime.SHORTER_SECONDS) + sagemaker_runtime.CONNECT_SECONDS
    assert longest + predict.MARGIN_SECONDS <= function["Timeout"]


# The machine's smoke test


def test_a_version_that_does_not_serve_yet_answers_the_machine(account):
    account.model(version="9" * 32)
    rows = [{"age": "31", "station": "5", "member": "yes"}, {"row": {"age": None}, "probability": 0.1}]
    told = predict.handler({"smoke": {"name": "trips", "version": "9" * 32, "rows": rows}}, CONTEXT)
    model = walker.load(builders.trees())
    expected = [model.probability(ROW), model.probability([None, None, None])]
    assert [each["probability"] for each in told["predictions"]] == expected
    assert (told["name"], told["version"]) == ("trips", "9" * 32)
    with pytest.raises(NoSuchModel):
        predict.handler({"smoke": {"name": "trips", "version": "8" * 32, "rows": rows}}, CONTEXT)


def test_nobody_at_the_door_asks_for_a_version_of_their_choice(served):
    served.model(builders.trees(base=9.0), version="9" * 32)
    smuggled = {"smoke": {"name": "trips", "version": "9" * 32, "rows": [{}]}}
    for body in (json.dumps(smuggled), json.dumps({**smuggled, "age": 1})):
        assert ask(body)[0] == 400
    found = predict.handler(event(json.dumps(ROW)) | smuggled, CONTEXT)
    assert json.loads(found["body"])["version"] == builders.VERSION


def test_the_log_holds_nothing_of_a_row(served, capsys):
    ask(json.dumps(["31", "a secret station", "yes"]))
    ask(json.dumps({"a secret column": 1}))
    said = capsys.readouterr()
    assert "secret" not in said.out + said.err
    assert served.s3.list_objects_v2(Bucket=MODELS)["KeyCount"] == 2
