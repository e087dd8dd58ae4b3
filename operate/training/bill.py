"""What training has cost, beside an endpoint that answers the same and is paid by the hour, idle too."""

from __future__ import annotations

from operate import amounts
from operate.cost import around, prices
from operate.cost.bill import Bill, Line, Way, unknown
from operate.cost.stack import Stack

PRICED = "ml.m5.large"
"""The type of instance whose price is known (``prices.toml``): the default of TrainingInstanceType."""


def bill(stack: Stack) -> Bill:
    counted = stack.counted("training", "PredictionsGiven", "ModelsTrained", "TrainingSeconds")
    beside = (around.compute(stack, "Training").line(), around.standard(stack, "TrainModel"))
    jobs = _jobs(stack, counted["TrainingSeconds"], counted["ModelsTrained"])
    endpoint = prices.table("training_usd")["hour_ml_m5_large"] * stack.hours
    return Bill(
        "training",
        counted["PredictionsGiven"],
        "predictions",
        1_000_000,
        Way("what was paid", (jobs, *beside)),
        (
            Way(
                "the articles' own way: the same jobs, and an endpoint that is there, idle too",
                (jobs, Line("endpoint", f"{stack.hours:,.1f} hours of {PRICED}", endpoint)),
            ),
        ),
        ("S3, SQS, DynamoDB, API Gateway, KMS, CloudWatch and serverless endpoints are not in it.",),
        ("training_usd", "lambda_usd", "step_functions_usd"),
    )


def _jobs(stack: Stack, seconds: float, models: float) -> Line:
    amount = f"{seconds / 3600:,.2f} hours that are billed, of {amounts.of(models, 'model')}"
    instance = stack.parameters.get("TrainingInstanceType", PRICED)
    if instance != PRICED and seconds:
        return unknown("training jobs", f"{amount}; {instance} has no price in operate/prices.toml")
    return Line("training jobs", amount, seconds / 3600 * prices.table("training_usd")["hour_ml_m5_large"])
