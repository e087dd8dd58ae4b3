"""Every function and machine does what its sample is of, as `sam build` made it: a function's own zip and layers under
AWS's runtime client, with nothing else on the path than what Lambda's runtime brings.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from local.cloud.deploying.template import local_parameters
from local.cloud.testing import ROOT, start_cloud
from tests.roads import builds
from tests.roads.test_samples import CHECKS, Room


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    own = "{}.{}".format(*sys.version_info)
    if builds.python()[1] != own:
        pytest.fail(
            f"Layers for Python {builds.python()[1]} were built, and the local cloud runs on Python {own}, which "
            f"is not on the path: put it there, or run make clean setup."
        )
    home = builds.built(builds.HERE).parents[1]
    # What was built has no samconfig.toml beside it: without these the stream keeps its trips for minutes.
    parameters = {**local_parameters(ROOT / "samconfig.toml"), "Architecture": builds.HERE}
    cloud = start_cloud(home / "template.yaml", built=True, parameters=parameters)
    try:
        found = Room(cloud)
        done = found.local("seed")
        assert done.returncode == 0, done.stderr
        yield found
    finally:
        cloud.stop()


@pytest.mark.parametrize("logical_id", sorted(CHECKS))
def test_what_was_built_does_it(room: Room, logical_id: str):
    CHECKS[logical_id](room, room.answer(logical_id))
