"""Two people decide about one model at the same moment: in every order of their calls one of them does, and the other
is told who."""

from __future__ import annotations

import pytest

from tests.unit.training.turns import every_order
from tests.unit.training.world import CONTEXT, TABLE, Execution, Waiting, World, decide, manifest
from training.deploying.registration import CHANGED
from training.handlers.approval import decided
from training.model import Json

STATUSES = {"approved": "Approved", "refused": "Rejected"}


class Moment:
    """An execution that waits for a person, as often as it takes."""

    def __init__(self, world: World) -> None:
        self.world, self.dynamodb = world, world.real("dynamodb")
        self.execution = world.start(world.put(manifest(approval="manual")), "one")
        with pytest.raises(Waiting):
            self.execution.go()
        self.state, self.version = dict(self.execution.state), self.execution.state["version"]
        (self.package,) = world.sagemaker.packages
        self.items = {item["pk"]["S"]: item for item in self._items()}
        self.checked: set[str] = set()

    def back(self) -> Execution:
        """The account as it was, and the execution that waits."""
        now = {item["pk"]["S"]: item for item in self._items()}
        for key in now.keys() - self.items.keys():
            self.dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": key}})
        for key, item in self.items.items():
            if now.get(key) != item:
                self.dynamodb.put_item(TableName=TABLE, Item=item)
        for key in [*self.world.bucket.keys("pointers/"), *self.world.bucket.keys("rejected/")]:
            self.world.bucket.delete(key)
        self.world.sagemaker.packages[self.package]["approval"] = "PendingManualApproval"
        self.world.tokens = dict.fromkeys(self.world.tokens)
        self.world.events.clear()
        self.world.executions[self.execution.arn] = "RUNNING"
        return Execution(self.world, self.execution.arn, dict(self.state), "Approve")

    def check(self, execution: Execution, said: list[Json]) -> str:
        """One wins and is heard, the other is told, and the registry agrees; who won. Where the run has not gone on
        from an account like this one yet, it goes on to its end."""
        assert sorted(each["won"] for each in said) == [False, True]
        assert sorted(each["heard"] for each in said) == [False, True]
        won, lost = sorted(said, key=lambda each: not each["won"])
        assert (lost["state"], lost["by"], lost["at"]) == (won["state"], won["by"], won["at"])
        assert self.world.sagemaker.packages[self.package]["approval"] == STATUSES[won["state"]]
        left = repr((self._items(), self.world.tokens, self.world.events)).replace(won["at"], "")
        if left not in self.checked:
            self.checked.add(left)
            self._end(execution, won)
        return str(won["by"])

    def _items(self) -> list[Json]:
        return sorted(self.dynamodb.scan(TableName=TABLE)["Items"], key=lambda item: str(item["pk"]["S"]))

    def _end(self, execution: Execution, won: Json) -> None:
        world, approved = self.world, won["state"] == "approved"
        execution.wait()
        execution.go()
        assert execution.state["outcome"] == ("deployed" if approved else "refused")
        assert world.serves() == (self.version if approved else None)
        assert [kind for kind, _ in world.events] == ["ModelDeployed" if approved else "ModelRefused"]
        assert [each["error"] for each in world.rejected()] == ([] if approved else ["ApprovalRefused"])
        assert approved or f"{won['by']} refused the model" in world.rejected()[0]["message"]


@pytest.mark.parametrize("other", ["approved", "refused"])
def test_of_two_people_who_decide_at_the_same_moment_one_does(world, other):
    moment = Moment(world)
    winners, execution = [], moment.back()
    for said in every_order(
        world,
        lambda: decide("trips", moment.version, "approved", by="ann"),
        lambda: decide("trips", moment.version, other, by="bob"),
    ):
        winners.append(moment.check(execution, said))
        execution = moment.back()
    assert len(winners) > 100, "each order"
    assert set(winners) == {"ann", "bob"}


@pytest.mark.parametrize("other", ["approved", "refused"])
def test_of_a_person_and_the_registry_one_decides(world, other):
    """Somebody has changed the package in the registry's console; its event comes while an operator decides."""
    moment = Moment(world)
    event = {"detail-type": CHANGED, "detail": {"ModelPackageArn": moment.package}}
    winners, execution = [], moment.back()
    world.sagemaker.packages[moment.package]["approval"] = STATUSES[other]
    for said in every_order(
        world,
        lambda: decide("trips", moment.version, "approved", by="ann"),
        lambda: dict(decided.handler(event, CONTEXT)),
    ):
        winners.append(moment.check(execution, said))
        execution = moment.back()
        world.sagemaker.packages[moment.package]["approval"] = STATUSES[other]
    assert len(winners) > 100, "each order"
    assert set(winners) == {"ann", "SageMaker's registry"}
