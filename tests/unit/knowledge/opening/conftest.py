"""The same account in memory as the answers have."""

from tests.unit.knowledge.answers.conftest import account

__all__ = ["account"]
