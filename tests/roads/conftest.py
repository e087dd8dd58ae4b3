"""What roads share with the workflows."""

from tests.workflow.conftest import account

__all__ = ["account"]
