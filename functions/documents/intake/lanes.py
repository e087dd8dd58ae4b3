"""Which lane a document takes to Textract and to the model."""

from __future__ import annotations

from common import admission

STEP = "documents"
PER_MINUTE = 15
"""Documents that go first without asking for it: a quarter of what Textract's smallest quota, one call a second, lets
through in a minute."""


def choose(table: str, priority: admission.Priority) -> admission.Lane:
    """The lane for one document, in all of its steps. ``table``: name of the state table."""
    return admission.choose(table, STEP, 1, priority, most=1, per_minute=PER_MINUTE, unasked="LanesUnasked")
