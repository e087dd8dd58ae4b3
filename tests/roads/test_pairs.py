"""Any two pipelines make a stack that deploys and works."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.workflow import account as accounts
from tests.workflow.account import DOES, PIPELINES, Account, switches


@pytest.mark.parametrize("pair", list(combinations(PIPELINES, 2)), ids="-".join)
def test_two_pipelines_deploy_and_work(account: Account, pair: tuple[str, str]):
    stack = account.deploy(f"pair-{'-'.join(pair).lower()}", **switches(*pair))
    accounts.has_only(stack, *pair)
    for pipeline in pair:
        DOES[pipeline](stack)
    account.delete(stack)
