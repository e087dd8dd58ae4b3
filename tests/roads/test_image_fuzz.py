"""3,000 broken images, and 3,000 PNGs by libvips, in processes with the function's memory: none dies, each is named.

They are the same ones every time.
What one file does to the process is what the next caller gets, so all of a share run in one process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from local.cloud.testing import ROOT

INPUTS, SHARES = 3000, 6


@pytest.mark.parametrize("share", range(SHARES))
def test_no_broken_image_ends_the_process(share: int) -> None:
    told = outcomes("image_fuzz", share)
    assert set(told["outcomes"]) <= {"image", "DamagedImage", "UnsupportedImage", "ImageTooLarge"}
    assert told["unfair"] == []
    assert {"image", "DamagedImage"} <= set(told["outcomes"]), "nothing was broken, or everything"


@pytest.mark.parametrize("share", range(SHARES))
def test_libvips_and_pillow_say_the_same_of_broken_pngs(share: int) -> None:
    told = outcomes("png_fuzz", share)
    assert told["unfair"] == []
    assert {"image", "by Pillow", "DamagedImage"} <= set(told["outcomes"]), "libvips was not asked, or always"


def outcomes(fuzz: str, share: int) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-m", f"tests.roads.{fuzz}", str(share), str(INPUTS // SHARES)],
        cwd=ROOT, env={"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    told: dict[str, Any] = json.loads(ran.stdout)
    assert sum(told["outcomes"].values()) == INPUTS // SHARES
    return told
