"""What a function sees, what it may use up, and how its end is reported."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud.server import MAX_ASYNC_EVENT, MAX_SYNC_EVENT
from local.cloud.settings import Settings
from local.cloud.workers import pool
from local.cloud.workers.environment import Outcome
from local.cloud.workers.runtime_api import MAX_RESPONSE_BYTES
from tests.local.processes import processes_with

OUTSIDE = ["moto", "ministack", "PIL", "pydantic", "yaml", "pip", "setuptools", "pytest", "local", "common"]


def test_function_without_layers_sees_the_standard_library_and_what_lambda_brings(call):
    """Lambda's runtimes for Python include boto3 (developer guide, "Runtime-included SDK versions")."""
    seen = call("Bare", ["json", "sqlite3", "boto3", "of_the_layer", *OUTSIDE])["payload"]
    assert [name for name, there in seen.items() if there] == ["json", "sqlite3", "boto3"]


def test_layer_adds_its_requirements_and_its_own_files_and_nothing_else(call):
    seen = call("Layered", ["boto3", "botocore", "simplejson", "of_the_layer", *OUTSIDE])["payload"]
    assert [name for name, there in seen.items() if there] == ["boto3", "botocore", "simplejson", "of_the_layer"]


def test_path_holds_no_program_of_this_machine(call):
    found = call("Plain", {"do": "tools", "names": ["ffprobe", "ffmpeg", "git", "python3", "pip", "sh"]})["payload"]
    assert [name for name, path in found.items() if path] == ["sh"]


def test_an_access_points_host_is_this_cloud(call):
    """The SDK asks it where a function names an access point by its ARN; no resolver knows it."""
    asked = {"do": "resolve", "host": "images-123456789012.127.0.0.1"}
    assert call("Plain", asked)["payload"] == ["127.0.0.1"]


def test_environment_is_built_from_nothing(call, cloud):
    seen = call("Plain", {"do": "environ"})["payload"]
    environ = seen["environ"]
    assert environ["GREETING"] == "hello"
    assert environ["EMPTY"] == ""
    assert environ["AWS_ENDPOINT_URL"] == cloud.url
    assert environ["AWS_DISABLE_HOST_PREFIX_INJECTION"] == "true"
    assert environ["AWS_LAMBDA_FUNCTION_NAME"] == cloud.physical_id("Plain")
    assert environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environ["_HANDLER"] == "app.echo"
    assert environ["LAMBDA_TASK_ROOT"] == seen["cwd"] == seen["path"][0]
    assert environ["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    expected = ("AWS_", "LAMBDA_", "_HANDLER", "GREETING", "EMPTY", "PATH", "LD_LIBRARY_PATH", "LANG", "TZ", "TMPDIR")
    # LC_CTYPE is set by CPython itself where the locale of LANG is not installed (PEP 538).
    assert [name for name in environ if not name.startswith((*expected, "LC_CTYPE"))] == []


def test_context_and_log(call, cloud):
    answer = call("Plain", {"a": 1})
    seen = answer["payload"]
    assert answer["error"] is None
    assert answer["log"] == "a line on stdout\na line on stderr\n"
    assert seen["event"] == {"a": 1}
    assert seen["arn"].endswith(f":function:{cloud.physical_id('Plain')}")
    assert seen["memory"] == "256"
    assert 0 < seen["left"] <= 10_000


@pytest.mark.parametrize("event", [None, "text", 7, [1, 2], {"nested": {"ü": "\U0001f3a7"}}])
def test_any_json_reaches_the_handler_as_it_was_sent(call, event):
    assert call("Plain", event)["payload"]["event"] == event


def test_process_is_used_again(call):
    assert call("Plain", {})["payload"]["process"] == call("Plain", {})["payload"]["process"]


def test_exception_is_reported_under_its_class(call):
    answer = call("Plain", {"do": "raise"})
    assert answer["error"] == "Unhandled"
    assert answer["payload"]["errorType"] == "TooLoudError"
    assert answer["payload"]["errorMessage"] == "turn it down"
    assert "in echo" in answer["payload"]["stackTrace"][0]
    assert "[ERROR] TooLoudError: turn it down" in answer["log"]


def test_exception_reaches_step_functions_under_its_class(cloud):
    states = cloud.client("stepfunctions")
    started = states.start_execution(stateMachineArn=cloud.outputs["MachineArn"], input='{"do": "raise"}')
    while True:
        described = states.describe_execution(executionArn=started["executionArn"])
        if described["status"] != "RUNNING":
            break
        time.sleep(0.05)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"]) == {"caught": "TooLoudError"}


def test_module_that_cannot_be_imported(call):
    answer = call("Broken", {})
    assert answer["error"] == "Unhandled"
    assert answer["payload"]["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'no_such_module'" in answer["payload"]["errorMessage"]


def test_process_that_exits(call):
    answer = call("Plain", {"do": "exit"})
    assert answer["payload"]["errorType"] == "Runtime.ExitError"
    assert answer["payload"]["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    assert call("Plain", {})["error"] is None, "the next event gets a new process"


@pytest.mark.parametrize("child", [False, True])
def test_over_its_memory_it_is_killed(call, child):
    answer = call("Small", {"megabytes": 200, "child": child})
    assert answer["error"] == "Unhandled"
    assert answer["payload"]["errorType"] == "Runtime.ExitError"
    assert answer["payload"]["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")


def test_within_its_memory_it_lives(call):
    assert call("Small", {"megabytes": 40, "child": False})["payload"] == 40 * 1024**2


def test_over_its_time_it_is_killed_with_its_children(call, tmp_path):
    mark = f"child-of-{tmp_path.name}"
    answer = call("Hasty", {"seconds": 30, "child": mark})
    assert answer["error"] == "Unhandled"
    assert answer["payload"]["errorType"] == "Sandbox.Timedout"
    assert answer["payload"]["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert answer["log"].startswith("sleeping\n")
    assert processes_with(mark) == []


def test_file_over_the_ephemeral_storage_is_refused(call):
    assert call("Plain", {"do": "write", "size": 1024})["error"] is None
    answer = call("Plain", {"do": "write", "size": 512 * 1024**2 + 1})
    assert answer["payload"]["errorType"] == "OSError"
    assert "File too large" in answer["payload"]["errorMessage"]


def test_files_over_the_ephemeral_storage_together_end_it(call):
    answer = call("Plain", {"do": "fill", "files": 3, "size": 200 * 1024**2})
    assert answer["payload"]["errorType"] == "Runtime.ExitError"
    assert "No space left on device: more than 512 MB" in answer["payload"]["errorMessage"]


def test_answer_over_six_megabytes_is_refused(call):
    quotes = 2  # the answer is JSON text
    assert call("Plain", {"do": "large", "size": MAX_RESPONSE_BYTES - quotes})["error"] is None
    answer = call("Plain", {"do": "large", "size": MAX_RESPONSE_BYTES - quotes + 1})
    assert answer["payload"]["errorType"] == "Function.ResponseSizeTooLarge"


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", MAX_SYNC_EVENT), ("Event", MAX_ASYNC_EVENT)])
def test_event_over_its_limit_is_refused(cloud, kind, limit):
    functions, name = cloud.client("lambda"), cloud.physical_id("Plain")
    fits = b'"%s"' % (b"x" * (limit - 2))
    assert functions.invoke(FunctionName=name, InvocationType=kind, Payload=fits)["StatusCode"] in (200, 202)
    with pytest.raises(ClientError) as caught:
        functions.invoke(FunctionName=name, InvocationType=kind, Payload=fits[:-1] + b'x"')
    assert caught.value.response["Error"]["Code"] == "RequestTooLargeException"
    assert str(limit) in str(caught.value)


def test_one_function_has_a_few_processes_at_most(call):
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: call("Patient", {"seconds": 0.2}), range(12)))
    assert [answer["error"] for answer in answers] == [None] * 12
    assert 1 < len({answer["payload"] for answer in answers}) <= 4


@pytest.mark.parametrize("qualifier", ["$LATEST", "live"])
def test_reserved_concurrency_of_the_template_throttles(cloud, qualifier):
    functions, name = _without_retries(cloud), cloud.physical_id("Single")
    assert functions.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 1
    with ThreadPoolExecutor(3) as threads:
        calls = [
            threads.submit(functions.invoke, FunctionName=name, Qualifier=qualifier, Payload=b'{"seconds": 1}')
            for _ in range(3)
        ]
    refusals = [c.exception() for c in calls if c.exception() is not None]
    assert len(refusals) == 2
    assert {e.response["Error"]["Code"] for e in refusals} == {"TooManyRequestsException"}


def test_first_events_at_once_all_find_their_code(cloud):
    """Unpacking the code must not be seen half done by a second process."""
    functions = cloud.client("lambda")
    role = functions.get_function(FunctionName=cloud.physical_id("Plain"))["Configuration"]["Role"]
    names = [f"burst-{number}" for number in range(6)]
    for name in names:
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="app.echo",
            Code={"ZipFile": _zip(f"def echo(event, context): return {name!r}")},
        )
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda n: json.loads(functions.invoke(FunctionName=n)["Payload"].read()), names * 4))
    assert answers == names * 4


def test_new_code_is_used_at_once(cloud):
    functions = cloud.client("lambda")
    role = functions.get_function(FunctionName=cloud.physical_id("Plain"))["Configuration"]["Role"]
    common = {"FunctionName": "changing"}
    functions.create_function(
        **common, Runtime="python3.13", Role=role, Handler="app.f", Code={"ZipFile": _zip("def f(e, c): return 1")}
    )
    assert functions.invoke(**common)["Payload"].read() == b"1"
    functions.update_function_code(**common, ZipFile=_zip("def f(e, c): return 2"))
    assert functions.invoke(**common)["Payload"].read() == b"2"


def _without_retries(cloud):
    """The usual client calls again when it is throttled."""
    return boto3.session.Session().client(
        "lambda",
        endpoint_url=cloud.url,
        region_name=cloud.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )


def _zip(source: str) -> bytes:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", source)
    return buffer.getvalue()


def test_log_is_in_cloudwatch_with_its_report(call, cloud):
    request_id = call("Plain", {"a": "to the log"})["payload"]["request_id"]
    events = cloud.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{cloud.physical_id('Plain')}", filterPattern=f'"REPORT RequestId: {request_id}"'
    )["events"]
    assert len(events) == 1
    used = int(events[0]["message"].rpartition("Max Memory Used: ")[2].removesuffix(" MB"))
    assert 5 < used < 256


def test_bootstrap_imports_nothing_of_this_repository():
    text = Path("local/cloud/workers/bootstrap.py").read_text()
    assert "from local" not in text
    assert "import local" not in text


@pytest.mark.parametrize(
    ("bounds", "processes"), [([], None), ([10], None), ([2, 2], 4), ([4, 2], 6), ([12, 4], 8), ([12, None], None)]
)
def test_a_function_of_several_queues_has_as_many_processes_as_they_ask_for(monkeypatch, bounds, processes):
    from ministack.services import lambda_svc

    mappings = [
        {"FunctionName": "f", "ScalingConfig": {"MaximumConcurrency": most} if most else None} for most in bounds
    ]
    others = [{"FunctionName": "g", "ScalingConfig": {"MaximumConcurrency": 9}}] * 2
    monkeypatch.setattr(lambda_svc, "_esms", dict(enumerate([*mappings, *others])))
    assert pool._of_its_queues("f") == processes


class Idle:
    """What the pool knows of a process, without one."""

    def __init__(self) -> None:
        self.usable, self.last_used, self.ended = True, time.monotonic(), threading.Event()

    def invoke(self, _invocation: object, _doom: object = None) -> Outcome:
        self.last_used = time.monotonic()
        return Outcome(body=b"null", failed=False, log="", peak_mb=1)

    def kill(self) -> None:
        self.ended.set()

    close = kill


def test_processes_that_wait_for_nothing_end_though_no_event_comes(monkeypatch, tmp_path):
    """A cloud that is left alone gives its memory back: twenty-five processes are more than a gigabyte."""
    made: list[Idle] = []
    monkeypatch.setattr(pool, "Environment", lambda _: made.append(Idle()) or made[-1])
    monkeypatch.setattr(pool.Workers, "_launch", lambda *_: None)
    workers = pool.Workers(Settings(1, "us-east-1", tmp_path), lambda _: {}, keep_seconds=0.2)
    for name in ("one", "two"):
        assert workers.run({"FunctionName": name}, {}, "id", None, None) == {"body": None, "log": ""}
    assert all(each.ended.wait(60) for each in made)
    workers.run({"FunctionName": "one"}, {}, "id", None, None)
    assert len(made) == 3  # the next event has a new one
    workers.close()


def test_an_event_that_comes_while_the_cloud_stops_ends_its_thread_without_a_traceback(monkeypatch, tmp_path):
    told: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda ended: told.append(str(ended.exc_value)))
    pool.let_threads_end()
    workers = pool.Workers(Settings(1, "us-east-1", tmp_path), lambda _: {})
    workers.close()
    begun: list[str] = []

    def deliver() -> None:
        begun.append("deliver")
        workers.run({"FunctionName": "one"}, {}, "id", None, None)

    def break_down() -> None:
        raise RuntimeError("a defect")

    for work in (deliver, break_down):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert begun == ["deliver"]
    assert told == ["a defect"]
