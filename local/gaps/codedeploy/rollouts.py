"""CloudFormation: an alias with the update policy CodeDeployLambdaAliasUpdate goes over to its version by steps.

AWS: where an update changes the version of such an alias, CodeDeploy gives the new version a share of the calls, waits,
and then all of them (CodeDeploy user guide, "Deployment configurations on an AWS Lambda compute platform"). Where an
alarm of the deployment group is on at first or meanwhile, the alias goes back, the resource fails, and with it the
update of the stack, which is rolled back (CloudFormation template reference, "UpdatePolicy attribute"; CodeDeploy user
guide, "Configure advanced options for a deployment group"). It acts by the group's service role.
MiniStack: does not know CodeDeploy; the alias moves at once.

What is waited for goes by the clock of the alarms, which a test puts forward. Hooks are not called; the log says so.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation, lambda_svc
from ministack.services import cloudwatch as cw
from ministack.services.cloudformation import engine, provisioners

from local.gaps import _authority, _seams
from local.gaps._types import Json, Record
from local.gaps.cloudwatch import alarms

LEANS_ON = {
    "services.cloudformation._stacks": "AccountRegionScopedDict",
    "services.cloudformation.engine._extract_deps": "(resource_def, all_resource_names)",
    "services.cloudformation.engine._intrinsic_references": "(value)",
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.cloudformation.provisioners._lambda_function_for_cfn_ref": "(function_ref)",
    "services.cloudformation.stacks._runs_on_worker_thread": "(resource_type)",
    "services.cloudwatch._alarms": "AccountRegionScopedDict",
    "services.cloudwatch._composite_alarms": "AccountRegionScopedDict",
    "services.lambda_svc._update_alias": "(func_name, alias_name, data)",
}

POLICY = "CodeDeployLambdaAliasUpdate"
LOOK_EVERY = 0.2
"""Seconds between two looks at the clock and the alarms."""

_ALIAS = "AWS::Lambda::Alias"
_CONFIGURATION = re.compile(
    r"CodeDeployDefault\.Lambda(?:(AllAtOnce)|Canary(\d+)Percent(\d+)Minutes?|Linear(\d+)PercentEvery(\d+)Minutes?)"
)
_log = logging.getLogger("local.gaps.codedeploy.rollouts")

#: A share of the calls, and for how many seconds.
Step = tuple[float, float]
_Update = Callable[..., tuple[str, Record]]


def steps(configuration: str) -> list[Step]:
    """What comes before the new version has all calls.

    Raises ValueError for a configuration that CodeDeploy does not bring with it: those of one's own are stubs here.
    """
    match = _CONFIGURATION.fullmatch(configuration)
    if match is None:
        raise ValueError(f"The local cloud does not have the deployment configuration {configuration}.")
    at_once, canary, wait, linear, every = match.groups()
    if at_once:
        return []
    if canary:
        return [(int(canary) / 100, int(wait) * 60.0)]
    return [(share / 100, int(every) * 60.0) for share in range(int(linear), 100, int(linear))]


@dataclass(frozen=True)
class Rollout:
    """One deployment: an alias from one version to another. ``group``: properties of its deployment group."""

    function: str
    alias: str
    before: str
    after: str
    group: Record

    def run(self) -> None:
        """Blocks until the new version may have all calls.

        Raises ValueError where an alarm rings, the role lacks a right or the configuration is unknown; the alias is
        then where it was.
        """
        self._check_role()
        try:
            self._look()
            for share, seconds in steps(
                str(self.group.get("DeploymentConfigName") or "CodeDeployDefault.LambdaAllAtOnce")
            ):
                self._move({self.after: share})
                self._wait(seconds)
        finally:
            self._move({})

    def _move(self, weights: dict[str, float]) -> None:
        data = {"FunctionVersion": self.before, "RoutingConfig": {"AdditionalVersionWeights": weights}}
        answer = lambda_svc._update_alias(self.function, self.alias, data)
        if answer[0] >= 400:
            raise ValueError(f"CodeDeploy could not move {self.function}:{self.alias}: {answer[2]!r}")

    def _wait(self, seconds: float) -> None:
        end = alarms.now() + seconds
        while alarms.now() < end:
            self._look()
            time.sleep(LOOK_EVERY)
        self._look()

    def _look(self) -> None:
        ringing = [name for name in self._alarms() if _state(name) == "ALARM"]
        if ringing:
            raise ValueError(
                "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and "
                f"the affected deployments have been stopped. Activated alarms: {', '.join(ringing)}"
            )

    def _alarms(self) -> list[str]:
        configured = self.group.get("AlarmConfiguration") or {}
        if str(configured.get("Enabled", "false")).lower() != "true":
            return []
        return [str(alarm["Name"]) for alarm in configured.get("Alarms") or []]

    def _check_role(self) -> None:
        role, here = str(self.group.get("ServiceRoleArn")), f"{get_region()}:{get_account_id()}"
        source = f"arn:aws:codedeploy:{here}:deploymentgroup:{self.group['ApplicationName']}"
        if not _authority.trusts(role, "codedeploy.amazonaws.com", source):
            raise ValueError(f"AWS CodeDeploy does not have the permissions required to assume the role {role}.")
        function = f"arn:aws:lambda:{here}:function:{self.function}"
        needed = [("lambda:GetAlias", function), ("lambda:UpdateAlias", function)]
        if self._alarms():
            needed.append(("cloudwatch:DescribeAlarms", "*"))
        for action, resource in needed:
            denied = _authority.role_may(role, "codedeploy", action, resource)
            if denied is not None:
                raise ValueError(denied.message)


def _state(alarm: str) -> str:
    found = cw._alarms.get(alarm) or cw._composite_alarms.get(alarm) or {}
    return str(found.get("StateValue", ""))


def _lineage(stack_name: str) -> Iterator[Record]:
    """A stack and those that it is nested in."""
    name: str | None = stack_name
    while name and (stack := cloudformation._stacks.get(name)):
        yield stack
        name = stack.get("_parent_stack_name")


def _group(stack: Record, logical_id: str | None) -> Record | None:
    """Properties of the deployment group that the alias's update policy names."""
    resource = (stack.get("_template") or {}).get("Resources", {}).get(logical_id) or {}
    policy = (resource.get("UpdatePolicy") or {}).get(POLICY)
    if not policy:
        return None
    for hook in ("BeforeAllowTrafficHook", "AfterAllowTrafficHook"):
        if policy.get(hook):
            _log.warning("%s of %s is not called here.", hook, logical_id)
    name = policy.get("DeploymentGroupName")
    found = stack["_resources"].get(name["Ref"] if isinstance(name, dict) and "Ref" in name else name)
    if found is None:
        raise ValueError(f"UpdatePolicy of {logical_id} names no deployment group of its own stack; name one by Ref.")
    return dict(found["Properties"])


def _rollout(old: Record, new: Record, stack_name: str, logical_id: str | None) -> Rollout | None:
    """None where the alias moves at once: nothing to move, no policy, or the stack is on its way back."""
    lineage = list(_lineage(stack_name))
    same = all(old.get(key) == new.get(key) for key in ("Name", "FunctionName"))
    if not lineage or not same or old.get("FunctionVersion") == new.get("FunctionVersion"):
        return None
    if any("ROLLBACK" in str(stack.get("StackStatus")) for stack in lineage):
        return None
    group = _group(lineage[0], logical_id)
    _, function, *_ = provisioners._lambda_function_for_cfn_ref(new.get("FunctionName", ""))
    if group is None or not function:
        return None
    return Rollout(function, str(new["Name"]), str(old["FunctionVersion"]), str(new["FunctionVersion"]), group)


def _by_steps(update: _Update) -> _Update:
    def update_alias(
        physical_id: str, old: Record, new: Record, stack_name: str, logical_id: str | None = None
    ) -> tuple[str, Record]:
        rollout = _rollout(old, new, stack_name, logical_id)
        if rollout is not None:
            rollout.run()
        return update(physical_id, old, new, stack_name, logical_id)

    return update_alias


def _with_rollouts(handlers: dict[str, Json]) -> dict[str, Json]:
    handlers[_ALIAS] = {
        **handlers[_ALIAS],
        "update": _by_steps(handlers[_ALIAS]["update"]),
        "update_with_logical_id": True,
    }
    return handlers


def _waiting(runs: Callable[[str], bool]) -> Callable[[str], bool]:
    def runs_on_worker_thread(resource_type: str) -> bool:
        return resource_type == _ALIAS or runs(resource_type)

    return runs_on_worker_thread


def _after_the_group(extract: Callable[[Record, set[str]], set[str]]) -> Callable[[Record, set[str]], set[str]]:
    def extract_deps(resource_def: Record, all_resource_names: set[str]) -> set[str]:
        named = {name for name, _ in engine._intrinsic_references(resource_def.get("UpdatePolicy") or {})}
        return extract(resource_def, all_resource_names) | (named & all_resource_names)

    return extract_deps


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _with_rollouts)
    _seams.replace("services.cloudformation.stacks._runs_on_worker_thread", _waiting)
    _seams.replace("services.cloudformation.engine._extract_deps", _after_the_group)
