"""What importing a handler may load: the import stands before the first answer of every new worker."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.template import rules
from tests.template.translate import source

FUNCTIONS = Path(__file__).parents[3] / "functions"

HEAVY = frozenset(
    {
        "aws_lambda_powertools",
        "boto3",
        "botocore.session",
        "ffmpeg",
        "imageio_ffmpeg",
        "mammoth",
        "markdown_it",
        "numpy",
        "phonenumbers",
        "PIL",
        "pydantic",
        "pypdf",
        "pypdfium2",
        "rapidfuzz",
        "pydub",
        "selectolax",
        "yaml",
    }
)
"""Each costs more than a handler's own modules together; loaded late, most events never pay for them."""

ALLOWED: Mapping[str, Mapping[str, str]] = {
    "narration.handlers.plan": {"pydantic": "every event is a stranger's message"},
}
"""What a handler may load at import all the same, and why."""

HANDLERS = sorted(
    function["Handler"].rpartition(".")[0] for function in rules.of_type(source(), "AWS::Serverless::Function").values()
)

LIST = "import importlib, json, sys; importlib.import_module(sys.argv[1]); print(json.dumps(sorted(sys.modules)))"


def loaded(module: str) -> set[str]:
    """Modules in a fresh interpreter after importing one of ours, in an environment without any variable."""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(FUNCTIONS)!r}); {LIST}", module]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", HANDLERS)
def test_import_loads_nothing_heavy(module):
    found = loaded(module)
    assert module in found
    assert found & HEAVY == set(ALLOWED.get(module, {}))


def test_text_is_escaped_without_loading_an_http_client():
    """xml.sax.saxutils would bring urllib.request along, 11 ms of every cold start that plans or speaks."""
    assert not loaded("narration.speech.ssml") & {"urllib.request", "http.client", "xml.sax.saxutils"}


def test_what_is_heavy_would_be_seen():
    assert {"boto3", "botocore.session"} <= loaded("boto3") & HEAVY


def test_every_exception_is_one_of_a_handler():
    assert set(ALLOWED) <= set(HANDLERS)
