"""RedriveFailed: asks whose execution failed -> started again, once an operator has mended the cause."""

from __future__ import annotations

from typing import Any

from common import redrive
from common.observability import Context, observed


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{"most": 100}`` in; ``{started, running, refused: [...]}`` out."""
    return redrive.start_again(event, _again)


def _again(given: Any) -> Any:
    """A person's word that so many documents of another repository may go was about what had vanished then. Days later
    others may have: the machine asks once more (``RepositoryShrank``)."""
    return {} if isinstance(given, dict) and given.keys() == {"confirm"} else given
