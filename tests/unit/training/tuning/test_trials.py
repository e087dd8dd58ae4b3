"""Trials, what jobs come to, and archives that are not what they should be."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tomllib

import pytest

from common.errors import CeilingReached
from tests.unit.training import world as worlds
from tests.unit.training.world import CONTEXT, Failed, archive, manifest, packed
from training import archives
from training.errors import ModelMissing, ProgramUnusable
from training.handlers import choose, prepare
from training.manifests import parser
from training.programs import source
from training.tuning import plans, unpacking

GRID = {"strategy": "grid", "parallel": 2, "ranges": {"max_iter": [20, 30, 50]}}


def tuned(**changed):
    return manifest(hyperparameters={}, tuning=GRID, **changed)


def values(tuning):
    return plans.values_of(parser.parse(json.dumps(manifest(hyperparameters={}, tuning=tuning)).encode())[0])


def test_a_grid_is_every_cell_once():
    found = values({"strategy": "grid", "ranges": {"max_iter": [1, 2], "balance": ["none", "balanced"]}})
    assert found == [{"balance": b, "max_iter": m} for b in ("none", "balanced") for m in (1, 2)]


def test_random_trials_are_the_same_for_the_same_seed_and_within_their_bounds():
    ranges = {
        "max_iter": {"min": 10, "max": 20, "integer": True},
        "learning_rate": {"min": 0.001, "max": 1, "logarithmic": True},
    }
    found = values({"strategy": "random", "jobs": 30, "ranges": ranges, "seed": 4})
    assert found == values({"strategy": "random", "jobs": 30, "ranges": ranges, "seed": 4})
    assert found != values({"strategy": "random", "jobs": 30, "ranges": ranges, "seed": 5})
    assert len({json.dumps(each) for each in found}) == 30
    assert all(10 <= each["max_iter"] <= 20 and isinstance(each["max_iter"], int) for each in found)
    assert all(0.001 <= each["learning_rate"] <= 1 for each in found)
    assert sum(each["learning_rate"] < 0.03 for each in found) > 8  # half of a logarithmic range


def test_random_trials_are_fewer_where_the_ranges_hold_no_more():
    assert len(values({"strategy": "random", "jobs": 9, "ranges": {"max_iter": [10, 20]}})) == 2


def test_the_best_trial_is_chosen_and_the_others_are_told(world):
    state = world.run(world.put(tuned()))
    assert state["trial"] == 1
    report = world.bucket.get(f"models/trips/{state['version']}/report.json").json()
    assert [(each["trial"], each["status"]) for each in report["trials"]] == [(n, "Completed") for n in range(3)]
    recipe = tomllib.loads(world.bucket.get(f"models/trips/{state['version']}/recipe.toml").body.decode())
    assert recipe["hyperparameters"] == {"max_iter": 30}
    assert recipe["target"] == {"name": "user", "positive": "Customer", "negative": "Subscriber"}
    assert recipe["channels"]["train"]["rows"] == 200


def test_jobs_have_names_of_their_own_within_sagemakers_bounds(world):
    execution = world.start(world.put(tuned()), "one")
    execution.go(until="Tune")
    jobs = [trial["job"] for trial in execution.state["trials"]]
    version = execution.state["version"]
    assert jobs == [f"trips-{version[:12]}-1-{number}" for number in range(3)]
    longest = f"mr-01234567-{'a' * 24}-{'0' * 12}-999-49-99-99"
    assert len(longest) <= 63
    request = execution.state["request"]
    assert [each["ChannelName"] for each in request["InputDataConfig"]] == ["train"]  # a job never sees the test rows
    assert request["OutputDataConfig"]["S3OutputPath"] == f"s3://models/steps/{version}/jobs/"
    sent = execution.state["trials"][0]["hyperparameters"]
    assert sent["sagemaker_submit_directory"].startswith("s3://models/programs/")
    assert world.bucket.head(sent["sagemaker_submit_directory"].removeprefix("s3://models/")) is not None
    assert all(isinstance(text, str) and len(text) <= 2500 for text in sent.values())


def test_one_job_of_three_may_fail(world):
    def job(world, state, trial):
        if trial["trial"] == 1:
            cause = json.dumps({"FailureReason": "AlgorithmError: it crashed", "TrainingJobStatus": "Failed"})
            return {"trial": 1, "error": "States.TaskFailed", "cause": cause}
        return world.ended(state, trial, archive(state["name"], state["version"], 30), 0.7 + trial["trial"] / 10)

    world.job = job
    state = world.run(world.put(tuned()))
    assert (state["outcome"], state["trial"]) == ("deployed", 2)
    report = world.bucket.get(f"models/trips/{state['version']}/report.json").json()
    assert report["trials"][1]["reason"] == "AlgorithmError: it crashed"


def test_what_jobs_came_to_is_counted_once_however_often_choose_runs(world, monkeypatch):
    counted: dict[str, float] = {}

    def add(name, *said, **_):
        counted[name] = counted.get(name, 0) + (said[-1] if said else 1)

    monkeypatch.setattr(choose, "count", add)
    monkeypatch.setattr(choose, "measure", add)

    def job(world, state, trial):
        if trial["trial"] == 1:
            return {"trial": 1, "error": "States.TaskFailed", "cause": json.dumps({"BillableTimeInSeconds": 7})}
        return world.ended(state, trial, archive(state["name"], state["version"], 30), 0.7)

    world.job = job
    execution = world.start(world.put(tuned()), "one")
    execution.go(until="Choose")
    before = json.loads(json.dumps({**execution.state, "execution": execution.arn}))
    for _ in range(3):
        choose.handler(before, CONTEXT)
    assert counted == {"JobsFailed": 1, "TrainingSeconds": 127, "ModelsTrained": 1}
    other = json.loads(json.dumps(before))
    other["jobs"][0]["job"] += "-1"  # of a redrive, which ran them anew
    choose.handler(other, CONTEXT)
    assert counted["JobsFailed"] == 2


FAILED = {
    "crash": ("AlgorithmError: ExecuteUserScriptError: ExitCode 1 ZeroDivisionError", "JobsFailed"),
    "export": ("AlgorithmError: ExportDiffers: model.json answers 0.1 where 0.2", "ExportDiffers"),
    "script": ("AlgorithmError: ProgramFailed: train.py ended with status 3", "ProgramFailed"),
}


@pytest.mark.parametrize("name", FAILED)
@pytest.mark.parametrize("form", ["whole", "piece", "cut"])
def test_jobs_that_all_failed_end_under_the_name_that_the_program_gave(world, name, form):
    reason, error = FAILED[name]
    whole = json.dumps({"FailureReason": reason, "TrainingJobStatus": "Failed", "Tail": "x" * 50})
    piece = whole.partition('"FailureReason":')[2].strip()
    cause = {"whole": whole, "piece": piece, "cut": piece[: len(reason)]}[form]
    world.job = lambda _world, _state, trial: {"trial": trial["trial"], "error": "States.TaskFailed", "cause": cause}
    state = world.run(world.put(manifest()))
    assert state["error"] == error
    assert world.serves() is None
    assert not world.sagemaker.packages


@pytest.mark.parametrize(
    ("body", "value", "error"),
    [
        (packed({}), 0.9, "ModelMissing"),
        (packed({"model/model.json": b"{}", "model/smoke.json": b"{}"}), 0.9, "ModelMissing"),
        (packed({"model.json": b"{}", "smoke.json": b"{}"}), 0.9, "ModelMissing"),
        (packed({"model.json": b"no", "smoke.json": b"{}"}), 0.9, "ModelMissing"),
        (archive("trips", "f" * 32, 30), 0.9, "ModelMissing"),
        (b"no archive", 0.9, "ModelMissing"),
        (None, 0.9, "ModelMissing"),
        (packed({}), None, "MetricMissing"),
        (packed({}), float("nan"), "MetricMissing"),
    ],
    ids=["empty", "in a folder", "no model", "no JSON", "another version", "no tar", "nothing", "no metric", "NaN"],
)
def test_a_job_that_left_something_else_ends_under_its_name(world, body, value, error):
    world.job = lambda world, state, trial: world.ended(state, trial, body, value)
    assert world.run(world.put(manifest()))["error"] == error
    assert not list(world.bucket.keys("models/"))


def test_a_job_that_was_stopped_leaves_half_a_model_which_is_never_taken(world):
    def job(world, state, trial):
        done = world.ended(state, trial, archive(state["name"], state["version"], 30), 0.99)
        return done | {"status": "Stopped"}

    world.job = job
    assert world.run(world.put(manifest()))["error"] == "JobsFailed"


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 2) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "model.json"
        info.size = size if kind == tarfile.REGTYPE else 0
        tar.addfile(info, io.BytesIO(b"{}"[:size]) if kind == tarfile.REGTYPE else None)
    return out.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        member("../model.json"), member("/opt/ml/model/model.json"), member("a\\..\\model.json"),
        member("model.json", tarfile.SYMTYPE), member("model.json", tarfile.LNKTYPE), member("x", tarfile.FIFOTYPE),
        b"", b"\x1f\x8b", gzip.compress(b"x" * 600), member("model.json")[:-9], member("model.json")[:-1],
    ],
    ids=range(11),
)  # fmt: skip
def test_an_archive_that_is_hostile_or_damaged_is_refused(body):
    with pytest.raises(ModelMissing):
        unpacking.files(io.BytesIO(body), ["model.json"])


def test_an_archive_that_unpacks_to_too_much_is_left_where_the_bound_is(monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_BYTES", 10_000)
    with pytest.raises(ModelMissing, match="more than"):
        unpacking.files(io.BytesIO(packed({"a": b"0" * 6_000, "b": b"0" * 6_000})), ["b"])
    monkeypatch.setattr(unpacking, "MOST_FILE", 100)
    with pytest.raises(ModelMissing, match="are allowed"):
        unpacking.files(io.BytesIO(packed({"a": b"0" * 101})), ["a"])
    assert unpacking.files(io.BytesIO(packed({"./a": b"1", "b": b"0" * 101})), ["a"]) == {"a": b"1"}


def headed(*headers: bytes) -> bytes:
    """An archive whose only member has these in front of it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        for header in headers:
            tar.fileobj.write(header)
        info = tarfile.TarInfo("model.json")
        info.size = 2
        tar.addfile(info, io.BytesIO(b"{}"))
    return out.getvalue()


def extended(kind: bytes, size: int, body: bytes = b"") -> bytes:
    info = tarfile.TarInfo("header")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.USTAR_FORMAT) + body.ljust(-(-size // 512) * 512, b"\0")


@pytest.mark.parametrize(
    "body",
    [
        headed(extended(tarfile.XHDTYPE, 3_000_000)),
        headed(extended(tarfile.XGLTYPE, 3_000_000)),
        headed(extended(tarfile.GNUTYPE_LONGNAME, 3_000_000, b"a" * 3_000_000)),
        headed(*[extended(tarfile.XHDTYPE, 512, b"20 comment=" + b"a" * 8 + b"\n")] * 2_000),
    ],
    ids=["extended", "global", "long name", "many"],
)
def test_headers_that_would_be_held_in_memory_are_left_where_the_bound_is(body, monkeypatch):
    read = []
    plain = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, size=-1: read.append(size) or plain(self, size))
    with pytest.raises(ModelMissing):
        unpacking.files(io.BytesIO(body), ["model.json"])
    assert sum(read) < 2 * archives.MOST_HEADERS
    read.clear()
    with pytest.raises(ProgramUnusable):
        source.files(body, "train.py")
    assert sum(read) < 2 * archives.MOST_HEADERS


def test_headers_of_a_usual_length_are_read():
    name = "deep/" * 40 + "model.json"
    assert unpacking.files(io.BytesIO(packed({name: b"{}"})), [name]) == {name: b"{}"}


def test_a_day_whose_jobs_are_spent_waits_and_pays_nothing(world, monkeypatch):
    monkeypatch.setenv("DAILY_TRAINING_JOBS", "2")
    execution = world.start(world.put(tuned()), "one")
    execution.go(until="Prepare")
    with pytest.raises(CeilingReached):
        prepare.handler(json.loads(json.dumps({**execution.state, "execution": execution.arn})), CONTEXT)
    monkeypatch.setenv("DAILY_TRAINING_JOBS", "3")
    from common.spending import accounts

    accounts.forget()
    execution.go()
    assert execution.state["outcome"] == "deployed"


def test_a_program_that_changes_after_its_manifest_was_read_is_refused(world):
    world.real("s3").put_object(Bucket="data", Key="code.tar.gz", Body=packed({"train.py": b"pass"}))
    script = {"program": {"source": "s3://data/code.tar.gz"}, "deploy": {"kind": "none"}, "hyperparameters": {}}
    execution = world.start(world.put(manifest(**script)), "one")
    execution.go(until="Prepare")
    world.real("s3").put_object(Bucket="data", Key="code.tar.gz", Body=packed({"train.py": b"1"}))
    execution.go()
    assert execution.state["error"] == "ProgramUnusable"


def test_a_script_is_judged_by_the_answers_that_its_job_left(world):
    world.real("s3").put_object(Bucket="data", Key="code.tar.gz", Body=packed({"train.py": b"pass"}))
    script = {"program": {"source": "s3://data/code.tar.gz"}, "deploy": {"kind": "none"}, "hyperparameters": {}}
    test_rows = worlds.rows(1)

    def job(world, state, trial):
        answers = [0.9 if int(row[0]) <= 30 else 0.1 for row in test_rows]
        smoke = {"rows": [{"row": {"age": "5", "station": "7"}, "probability": 0.9}]}
        files = {"scores.json": {"schema": 1, "probabilities": answers}, "smoke.json": smoke}
        return world.ended(state, trial, packed(files), 0.9)

    world.job = job
    execution = world.start(world.put(manifest(**script)), "one")
    execution.go(until="Tune")
    assert [each["ChannelName"] for each in execution.state["request"]["InputDataConfig"]] == ["test", "train"]
    execution.go()
    assert execution.state["outcome"] == "deployed"
    world.job = None
    # What has no endpoint and no file of ours cannot be compared with: the next one is refused, and told why.
    state = world.run(world.put(manifest(), "2026-12-01T11:00:00Z"), "two")
    assert state["error"] == "GateRefused"
    assert "Retire it first" in world.rejected()[0]["message"]


def test_scores_that_are_not_of_the_test_rows_are_refused(world):
    world.real("s3").put_object(Bucket="data", Key="code.tar.gz", Body=packed({"train.py": b"pass"}))
    script = {"program": {"source": "s3://data/code.tar.gz"}, "deploy": {"kind": "none"}, "hyperparameters": {}}
    smoke = {"rows": [{"row": {"age": "5"}, "probability": 0.9}]}
    body = packed({"scores.json": {"probabilities": [0.5]}, "smoke.json": smoke})
    world.job = lambda world, state, trial: world.ended(state, trial, body, 0.9)
    assert world.run(world.put(manifest(**script)))["error"] == "ModelMissing"


def test_a_defect_fails_the_execution_under_its_own_name(world):
    def job(world, state, trial):
        raise RuntimeError("a defect")

    world.job = job
    execution = world.start(world.put(manifest()), "one")
    with pytest.raises(Failed):
        execution.go()
    assert world.serves() is None
