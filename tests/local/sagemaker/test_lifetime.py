"""What the local SageMaker has started ends with the cloud, however that ends."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from local.cloud.testing import start_cloud
from local.services.sagemaker.training import environment
from tests.local.sagemaker.builders import IMAGE, Lab, archive, running, until

SAYS = "import os, time\nopen({path!r}, 'w').write(str(os.getpid()))\n"


def _process(path: Path) -> int:
    found: str = until(lambda: path.read_text() if path.exists() else "", str(path))
    return int(found)


def test_programs_and_models_have_the_packages_of_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment that the cloud makes where it is missing."""
    monkeypatch.delenv(environment.SETTING, raising=False)
    cloud = start_cloud(None)
    try:
        lab = Lab(cloud)
        program = (
            "import os, sklearn\nfrom sklearn.ensemble import HistGradientBoostingClassifier as Trees\n"
            "rows = [[n] for n in range(200)]\nfound = Trees().fit(rows, [n > 99 for n in range(200)])\n"
            "print('metric roc_auc=' + str(found.score(rows, [n > 99 for n in range(200)])))\n"
            "open(os.environ['SM_MODEL_DIR'] + '/version', 'w').write(sklearn.__version__)"
        )
        found = lab.run(program)
        assert found["TrainingJobStatus"] == "Completed", found
        assert found["FinalMetricDataList"][0]["Value"] == 1.0
        assert lab.files(found["ModelArtifacts"]["S3ModelArtifacts"]) == {"version": b"1.9.0"}
    finally:
        cloud.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_jobs_and_endpoints_end_with_the_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setenv(environment.SETTING, sys.executable)
    cloud = start_cloud(None)
    try:
        lab = Lab(cloud)
        job, model = tmp_path / "job", tmp_path / "model"
        deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        lab.sagemaker.create_training_job(
            **lab.request(f"{deaf}{SAYS.format(path=str(job))}print('x', flush=True)\ntime.sleep(600)")
        )
        code = f"{SAYS.format(path=str(model))}def model_fn(d): return 1\n"
        data = lab.put("models/m.tar.gz", archive({"code/inference.py": code}))
        container = {"Image": IMAGE, "ModelDataUrl": data}
        lab.sagemaker.create_model(ModelName="m", ExecutionRoleArn=lab.role, PrimaryContainer=container)
        size = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        variant = {"VariantName": "AllTraffic", "ModelName": "m", **size}
        lab.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
        lab.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
        processes = [_process(job), _process(model)]
        assert all(running(each) for each in processes)
    finally:
        cloud.stop(number)
    until(lambda: not any(running(each) for each in processes), "the end of both")
