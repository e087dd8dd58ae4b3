"""Where the samples in events/ lie: one folder per pipeline, a file per function, machine and article."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[1] / "events"


def path_of(name: str) -> Path:
    """The sample of a logical id in small letters: ``narration_plan`` is narration/plan.json, ``narrate_article`` and
    ``article_premium`` stand in their pipeline's folder under their own name."""
    pipeline, _, rest = name.partition("_")
    if (EVENTS / pipeline).is_dir():
        return EVENTS / pipeline / f"{rest}.json"
    (found,) = EVENTS.glob(f"*/{name}.json")
    return found


def names() -> set[str]:
    """Of all samples, each as its logical id would be written and as its file is."""
    files = [path for path in EVENTS.glob("*/*.json") if path.parent.name != "schemas"]
    return {name for path in files for name in (path.stem, f"{path.parent.name}_{path.stem}")}


def document(name: str, **outputs: str) -> Any:
    """A sample with outputs of a stack filled in; what is not given gets a name that AWS would take."""
    text = path_of(name).read_text(encoding="utf-8")
    return json.loads(re.sub(r"\$\{([A-Za-z]+)\}", lambda found: outputs.get(found[1], f"a-{found[1].lower()}"), text))
