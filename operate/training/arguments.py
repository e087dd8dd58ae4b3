"""How ``models`` is called, and what it needs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from operate.clients import Target
from operate.errors import OperateError

NEEDS = """\
needs: a deployed stack with UseTraining=true and your AWS credentials (the environment's or --profile), or --local;
       list, why: s3:ListBucket and s3:GetObject on the models bucket, dynamodb:GetItem, UpdateItem and
       ConditionCheckItem on the table, sagemaker:ListEndpoints;
       approve, refuse: lambda:InvokeFunction and sts:GetCallerIdentity;
       retire: s3:GetObject and s3:PutObject on pointers/, dynamodb:DeleteItem on the table, sagemaker:DeleteEndpoint,
       DeleteEndpointConfig, DeleteModel;
       train: s3:PutObject on manifests/

example: python -m operate models list
example: python -m operate models why rides
example: python -m operate models refuse rides 3f1c2a3e0a1b4c5d --reason "learned from half a month" """.rstrip()
ACTIONS = ("list", "why", "approve", "refuse", "retire", "train")
INSTEAD = "deploy with UseTraining=true"

Run = Callable[[argparse.Namespace, Callable[[Target], Iterable[str]]], int]


def add_to(add: Callable[..., argparse.ArgumentParser], run: Run) -> None:
    """The command. ``run`` prints what a call on the target gives."""
    models = add(
        "models",
        lambda options: run(options, lambda target: _call(target, options)),
        "models of the training pipeline: list, why, approve, refuse, retire, train",
        "A version may be\nnamed by its beginning.",
    )
    models.add_argument("action", choices=ACTIONS, help="list; why, approve, refuse, retire a model; train a manifest")
    models.add_argument("name", nargs="?", help="of the model; of the file for train")
    models.add_argument("version", nargs="?", help="32 hexadecimal digits, or how they begin (why: what serves)")
    models.add_argument("--reason", default="", help="why it is refused; kept, and told to whoever waits")
    models.add_argument("--yes", action="store_true", help="retire without being asked (default: it asks)")


def _call(target: Target, options: argparse.Namespace) -> Iterator[str]:
    from operate.training import deciding, manifests, overview, retiring, why

    action, name, version = options.action, options.name, options.version
    if action == "list":
        _alone(name, "list shows all models")
        return overview.command(target)
    if name is None:
        raise OperateError(f"Say which model: models {action} NAME." if action != "train" else "Name the file.")
    if action == "why":
        return why.command(target, name, version or "")
    if action == "train":
        _alone(version, "a manifest has no version before it was trained")
        return manifests.command(target, Path(name))
    if action == "retire":
        _alone(version, "a model is retired whole, and its versions stay")
        return retiring.command(target, name, agreed=lambda: retiring.agreed(options.yes))
    if version is None:
        raise OperateError(f"Say which version: models {action} {name} VERSION; models list shows what waits.")
    if action == "refuse" and not options.reason:
        raise OperateError("Say why: --reason; it is kept, and told to whoever waits.")
    return deciding.command(target, name, version, approve=action == "approve", reason=options.reason)


def _alone(given: str | None, sentence: str) -> None:
    if given is not None:
        raise OperateError(f"Leave {given} out: {sentence}.")
