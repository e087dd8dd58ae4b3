"""From a file to its mail."""

from __future__ import annotations

from pathlib import Path

from documents.files import media_types
from documents.reading.mail.letters import Mail


def read(path: Path, media_type: str) -> Mail:
    """``media_type``: one of ``media_types.MAILS``. Raises what the kind's reader raises."""
    if media_type == media_types.MSG:
        from documents.reading.mail import outlook

        return outlook.read(path)
    from documents.reading.mail import eml

    return eml.read(path)
