"""Training jobs of the local SageMaker: what a program is given, what becomes of it, and what is left."""

from __future__ import annotations

import json

from tests.local.sagemaker.builders import Lab

GOOD = """
import csv, json, os, sys
rows = list(csv.DictReader(open(os.environ["SM_CHANNEL_TRAIN"] + "/a.csv")))
print("some words")
print("metric roc_auc=0.5")
print("metric roc_auc=0.75")
given = {"rows": rows, "arguments": sys.argv[1:], "hyper": json.loads(os.environ["SM_HPS"])}
json.dump(given, open(os.environ["SM_MODEL_DIR"] + "/model.json", "w"))
open(os.environ["SM_OUTPUT_DATA_DIR"] + "/plot.txt", "w").write("a plot")
"""


def test_a_program_gets_its_channels_and_leaves_its_model(lab: Lab) -> None:
    found = lab.run(GOOD, channels=("train", "validation"), parameters={"learning-rate": "0.1", "target": "y"})
    assert found["TrainingJobStatus"] == "Completed", found
    assert [(one["MetricName"], one["Value"]) for one in found["FinalMetricDataList"]] == [("roc_auc", 0.75)]
    uri = found["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{lab.bucket}/out/{found['TrainingJobName']}/output/model.tar.gz"
    given = json.loads(lab.files(uri)["model.json"])
    assert given["rows"] == [{"x": "1", "y": "0"}, {"x": "2", "y": "1"}]
    assert given["arguments"] == ["--learning-rate", "0.1", "--target", "y"]
    assert given["hyper"] == {"learning-rate": 0.1, "target": "y"}
    assert lab.files(uri.replace("model.tar.gz", "output.tar.gz")) == {"plot.txt": b"a plot"}
    statuses = [step["Status"] for step in found["SecondaryStatusTransitions"]]
    assert statuses == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert "some words" in lab.log(found["TrainingJobName"])
