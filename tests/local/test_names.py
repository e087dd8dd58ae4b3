"""The private names of MiniStack that the core leans on are there, in the shape it was written for."""

from __future__ import annotations

import importlib
from importlib import metadata

import pytest

from local.cloud.lifecycle import MINISTACK_VERSION, StartError, check_ministack
from local.gaps import _seams

LEANINGS = sorted(
    {
        (path, shape)
        for name in ("workers.pool", "iam")
        for path, shape in importlib.import_module(f"local.cloud.{name}").LEANS_ON.items()
    }
)


@pytest.mark.parametrize(("path", "shape"), LEANINGS, ids=[path for path, _ in LEANINGS])
def test_private_name_has_the_expected_shape(path, shape):
    assert _seams.shape(_seams.shipped(path)) == shape


def test_version_is_the_one_that_local_was_written_for():
    check_ministack(metadata.version("ministack"))


def test_another_version_is_refused_with_a_sentence():
    with pytest.raises(StartError, match=f"private names of {MINISTACK_VERSION}"):
        check_ministack("1.5.34")
