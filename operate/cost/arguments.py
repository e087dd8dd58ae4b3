"""What ``cost`` takes, what it needs, and examples."""

from __future__ import annotations

import argparse

from operate.arguments import days

PIPELINES = ("narration", "documents", "images", "trips", "llm", "questions", "knowledge", "training")
SUMMARY = "what the pipelines of a stack have cost, from its metrics"
MORE = (
    "Beside it: what the same\nwork costs in the way of the article that each pipeline follows. Prices are those of a "
    "table, with\nits dates, and not compared with AWS."
)
NEEDS = """\
needs: a deployed stack and your AWS credentials (the environment's or --profile), or --local;
       cloudwatch:GetMetricData, lambda:GetFunctionConfiguration. Prices are not asked of AWS: they are the list prices
       in operate/prices.toml, and of models in functions/llm/prices.toml, as of the days that stand there

example: python -m operate cost --days 7 --env prod
example: python -m operate cost documents --local"""


def add_to(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    command.add_argument("pipeline", nargs="?", choices=PIPELINES, help="one of them (default: all that the stack has)")
    command.add_argument("--days", type=days, default=30, help="days to look back (default: %(default)s)")
