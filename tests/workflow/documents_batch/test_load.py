"""`python -m bench.load`, in small: it ends well where all is well, and says so where something was lost."""

from __future__ import annotations

import pytest

from bench.load import Load, LoadError, Run
from tests.workflow.documents_batch.conftest import Batches, scripted


def played(batches: Batches, load: Load) -> tuple[Run, list[str], str]:
    told: list[str] = []
    run = Run(batches.cloud, load, told.append)
    return run, run.play(), "\n".join(told)


def test_every_document_is_summarized_and_a_lost_one_would_be_seen(batches: Batches) -> None:
    run, problems, told = played(batches, Load(documents=6, scans=0))
    assert problems == []
    assert "outcomes: 6 summarized" in told
    assert "a batch over what is done: 6 duplicate, 6 total" in told
    run.tags["load/never came"] = "x"
    run.tags["load/note 0000.txt"] = "another version"
    found = run.outcomes()
    assert found["load/never came"] == "lost"
    assert found["load/note 0000.txt"] == "wrong: load/note 0000.txt: its summary is of another upload"
    assert run.unequal("it", {"total": 6, "summarized": 5}, {}) != []


def test_documents_that_nobody_summarizes_end_the_load_in_time(batches: Batches) -> None:
    with batches.played_by(scripted()):
        batches.upload("load/note 0007.pdf")
        run = Run(batches.cloud, Load(documents=99, scans=0, seconds=0), lambda _line: None)
        with pytest.raises(LoadError, match="of 99 documents are done"):
            run.wait(0)
