"""A script of one's own: run as the container runs it, its model asked as an endpoint asks it, its mistakes named."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from tests.unit.training import jobs
from training.errors import ProgramUnusable
from training.programs import archive, run_script

TRAIN = """
import argparse, csv, glob, json, os, sys

def model_fn(folder):
    with open(os.path.join(folder, "weights.json")) as file:
        return json.load(file)

def input_fn(body, content_type):
    assert content_type == "text/csv", content_type
    return [row for row in csv.reader(body.splitlines())]

def predict_fn(rows, model):
    return [min(1.0, model["rate"] * float(row[0]) / 3_600) for row in rows]

def output_fn(answers, accept):
    return json.dumps(answers), accept

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float)
    parser.add_argument("--note")
    arguments = parser.parse_args()
    rows = sum(1 for path in glob.glob(os.environ["SM_CHANNEL_TRAIN"] + "/*.csv") for _ in open(path)) - 1
    assert "SM_CHANNEL_TEST" not in os.environ and "plan_0" not in os.environ["SM_HPS"]
    assert json.loads(os.environ["SM_CHANNELS"]) == ["train", "validation"], os.environ["SM_CHANNELS"]
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "weights.json"), "w") as file:
        json.dump({"rate": arguments.rate, "rows": rows, "note": arguments.note}, file)
"""


def run(folder, files, script="train.py", values=None, **channels):
    given = {"train": jobs.trips(40), "validation": jobs.trips(60, 2), "test": jobs.trips(2_500, 3), **channels}
    paths = {name: jobs.channel(folder / name, rows) for name, rows in given.items() if rows is not None}
    (folder / "model").mkdir()  # as the container has it
    told = jobs.trips_plan(positive="Customer", negative="Subscriber", entry_point=script)
    return jobs.run(folder, "script", told, paths, values or {"rate": 1.5, "note": "a b"}, own=jobs.packed(files))


def test_a_script_of_ones_own_is_trained_asked_and_measured(tmp_path):
    done = run(tmp_path, {"train.py": TRAIN, "common.py": "mine = True"})
    assert (done.status, done.failure) == (0, ""), done.log
    assert json.loads((done.model / "weights.json").read_text()) == {"rate": 1.5, "rows": 40, "note": "a b"}
    scores = done.document("scores.json")["probabilities"]
    rows = jobs.trips(2_500, 3)[1:]
    assert scores == [min(1.0, 1.5 * float(row[0]) / 3_600) for row in rows]
    smoke = done.document("smoke.json")["rows"]
    assert len(smoke) == 20
    assert all(entry["probability"] == min(1.0, 1.5 * float(entry["row"]["duration"]) / 3_600) for entry in smoke)
    assert smoke[0]["row"].keys() == {"duration", "station", "hour", "age"}
    assert 0.5 < done.metrics()["roc_auc"] < 1
    assert {path.name for path in (done.model / "code").iterdir()} >= {"inference.py", "train.py", "common.py"}
    assert not (done.model / "code" / "millrace").exists()


def test_hyperparameters_become_arguments_as_the_toolkit_writes_them():
    assert run_script.arguments({"depth": 4, "c": 0.5}) == ["-c", "0.5", "--depth", "4"]


def test_a_module_inference_takes_the_place_of_the_entry_point(tmp_path):
    serving = "def model_fn(folder): return 0.25\ndef transform_fn(model, body, given, accept):\n"
    serving += "    return str([model] * len(body.splitlines()))\n"
    done = run(tmp_path, {"src/train.py": TRAIN, "inference.py": serving}, script="src/train.py", validation=None)
    # The script asks for a channel that is not there: its own mistake, under its own words.
    assert done.failure.startswith("ProgramFailed: src/train.py ended with status 1: AssertionError")
    (tmp_path / "second").mkdir()
    done = run(tmp_path / "second", {"src/train.py": TRAIN, "inference.py": serving}, script="src/train.py")
    assert done.failure == ""
    assert set(done.document("scores.json")["probabilities"]) == {0.25}


MISTAKES = {
    "it fails": ("raise KeyError('Fare')", "train.py ended with status 1: KeyError: 'Fare'"),
    "it exits": ("import sys; sys.exit(3)", "ended with status 3"),
    "it is killed": ("import os; os.kill(os.getpid(), 9)", "was ended by SIGKILL"),
    "it writes nothing": ("pass", "wrote no file into SM_MODEL_DIR"),
    "an absolute path": ("\nprint(open('/opt/ml/input/data/train/x.csv'))", "train.py names it in line 2"),
}
TAIL = """
import os
if __name__ == "__main__":
    open(os.path.join(os.environ["SM_MODEL_DIR"], "m"), "w").close()
"""
MISTAKES |= {
    "no model_fn": (TAIL, "has no model_fn"),
    "all four": (
        TAIL + "def model_fn(f): pass\ndef transform_fn(*a): pass\ndef predict_fn(*a): pass\n",
        "the container takes either",
    ),
    "it cannot be asked": (
        TAIL + "def model_fn(f): pass\ndef input_fn(*a): pass\ndef predict_fn(*a): raise KeyError('Fare')\n",
        "The script's model ended with status 1 when it was asked: KeyError: 'Fare'",
    ),
    "too few answers": (
        TAIL + "def model_fn(f): pass\ndef transform_fn(*a): return '[0.5]'\n",
        "a list of 1,000 probabilities",
    ),
    "no probabilities": (
        TAIL + "def model_fn(f): pass\ndef transform_fn(m, b, *a): return str([2.0] * len(b.splitlines()))\n",
        "one number from 0 to 1 per row",
    ),
    "no JSON": (TAIL + "def model_fn(f): pass\ndef transform_fn(*a): return 'x'\n", "does not answer in JSON"),
    "text as numbers": (TAIL + "class M:\n    predict = None\ndef model_fn(f): return M()\n", "write an input_fn"),
}


@pytest.mark.parametrize(("script", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_of_a_script_is_named(tmp_path, script, sentence):
    words = jobs.trips(1_500, 3)
    words[5][1] = "a station"
    done = run(tmp_path, {"train.py": script}, test=words)
    assert done.status == 1
    assert done.failure.startswith("ProgramFailed: ")
    assert sentence in done.failure
    assert not (done.model / "scores.json").exists()


def test_a_script_without_a_test_channel_is_told_so(tmp_path):
    assert run(tmp_path, {"train.py": TRAIN}, test=None).failure.startswith("ManifestInvalid: A script needs a channel")


# The archive


def made(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, kind, size in members:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, size, "/etc/passwd"
            tar.addfile(member, io.BytesIO(b"\0" * size) if kind == tarfile.REGTYPE else None)
    return out.getvalue()


FILE = tarfile.REGTYPE
ARCHIVES = {
    "no tar": (b"PK\x03\x04", "is no tar.gz"),
    "cut": (made(("train.py", FILE, 90_000))[:60], "is no tar.gz"),
    "empty": (made(), "holds nothing"),
    "in a folder": (made(("src/train.py", FILE, 1)), "lies at src/train.py"),
    "absolute": (made(("/train.py", FILE, 1)), "leads out of its folder"),
    "above": (made(("a/../../train.py", FILE, 1)), "leads out of its folder"),
    "Windows": (made(("..\\train.py", FILE, 1)), "leads out of its folder"),
    "a link": (made(("train.py", tarfile.SYMTYPE, 0)), "a link or a device"),
    "a hard link": (made(("train.py", tarfile.LNKTYPE, 0)), "a link or a device"),
    "a device": (made(("train.py", tarfile.CHRTYPE, 0)), "a link or a device"),
    "twice": (made(("train.py", FILE, 1), ("./train.py", FILE, 2)), "twice"),
    "ours": (made(("train.py", FILE, 1), ("millrace/training/errors.py", FILE, 1)), "ours have"),
    "a bomb": (made(("train.py", FILE, 1), ("zeros", FILE, 100_000_001)), "unpacks to more than"),
    "many": (made(*((f"{number}.py", FILE, 0) for number in range(2_001))), "more than 2,000 members"),
}


@pytest.mark.parametrize(("own", "sentence"), ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_of_a_wrong_layout_is_named(own, sentence):
    with pytest.raises(ProgramUnusable, match=sentence):
        archive.build("script", own, "train.py")


def test_the_same_sources_are_the_same_bytes_and_others_another_digest():
    for kind in ("tabular", "text_classifier"):
        assert archive.build(kind) == archive.build(kind)
    assert archive.digest("tabular") != archive.digest("text_classifier")
    one, two = (jobs.packed({"train.py": text}) for text in ("1", "2"))
    assert archive.digest("script", one) != archive.digest("script", two)
    assert archive.digest("script", one) == archive.digest("script", made_otherwise(one))


def made_otherwise(own):
    """The same files, packed at another time by another person."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(own)) as given, tarfile.open(fileobj=out, mode="w:gz") as tar:
        for member in given:
            member.mtime, member.uid, member.name = 1_700_000_000, 501, f"./{member.name}"
            tar.addfile(member, given.extractfile(given.getmembers()[0]))
    return out.getvalue()


def test_an_archive_holds_what_a_job_needs_and_nothing_that_asks_aws():
    with tarfile.open(fileobj=io.BytesIO(archive.build("tabular"))) as tar:
        names = set(tar.getnames())
        text = "".join(tar.extractfile(name).read().decode() for name in names)
    assert archive.entry_point("tabular") in names
    assert "millrace/training/serving/walker.py" in names
    assert not {"millrace/training/serving/models.py", "millrace/common/aws.py"} & names
    assert "import boto" not in text
