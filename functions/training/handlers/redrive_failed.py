"""RedriveFailed: manifests whose execution failed -> started again, once an operator has mended the cause."""

from __future__ import annotations

from typing import Any

from common import redrive
from common.observability import Context, observed


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{"most": 100}`` in; ``{started, running, refused: [...]}`` out."""
    return redrive.start_again(event)
