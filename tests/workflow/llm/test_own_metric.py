"""A metric of your own: one file and one line in a copy of the application, deployed, and it is in CloudWatch."""

from __future__ import annotations

import difflib
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from tests import metrics
from tests.e2e.waiting import eventually
from tests.unit.llm import builders

LENGTH = '''"""Words of completions: needs nothing but the pair."""

from __future__ import annotations

from collections.abc import Sequence

from llm.model import Needs, PaidModule, Pair, Sample, sample


class Length(PaidModule):
    name = "length"
    needs: Needs = "completion"

    def calls(self, pairs: Sequence[Pair]) -> int:
        return 0

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        return [sample(pair, "CompletionWords", len(pair.completion.split())) for pair in pairs]
'''
LIST = Path("functions/llm/modules/__init__.py")
ANSWERS = ("Give it light.", "Water it from below, and not too much.")


def copy_with_a_metric(folder: Path) -> Path:
    """The application with the new module; the template to deploy."""
    for part in ("functions", "pipelines", "statemachines", "layers"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / LIST).with_name("length.py").write_text(LENGTH)
    before = (ROOT / LIST).read_text()
    after = before.replace('    "toxicity",\n', '    "toxicity",\n    "length",\n')
    (folder / LIST).write_text(after)
    changes = [one for one in difflib.ndiff(before.splitlines(), after.splitlines()) if one[:2] in {"+ ", "- "}]
    assert changes == ['+     "length",']
    return folder / "pipelines" / "llm.yaml"


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    template = copy_with_a_metric(tmp_path_factory.mktemp("application"))
    shares = {f"Sample{name}": "0" for name in ("Similarity", "Sentiment", "Toxicity")}
    cloud = start_cloud(template, parameters=shares, stack="mine")
    yield cloud
    assert cloud.stop() == 0


def total(cloud: Cloud, metric: str, **split: str) -> float:
    """The sum of a metric of this stack."""
    return metrics.total(cloud.client("cloudwatch"), "Millrace/LLM", metric, f"{cloud.stack}-llm", **split)


def test_a_new_metric_is_one_file_and_one_line(mine: Cloud):
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    records = [builders.converse(answered=text, timestamp=at, request_id=uuid.uuid4().hex) for text in ANSWERS]
    bucket = mine.outputs["ModelLogsBucketName"]
    mine.client("s3").put_object(Bucket=bucket, Key=builders.key(), Body=builders.log(*records))
    words = sum(len(text.split()) for text in ANSWERS)
    eventually(lambda: total(mine, "CompletionWords") == words or None, "words of completions")
    assert total(mine, "CompletionWords", ModelFamily="anthropic.claude-3-5-sonnet") == words
    assert (total(mine, "PairsEvaluated"), total(mine, "PaidCalls")) == (2, 0), "the others have no share"
    assert (total(mine, "PairsNotEvaluated"), total(mine, "ModuleErrors")) == (0, 0)
