"""What ``preflight`` takes, what it needs, and an example."""

from __future__ import annotations

import argparse

SUMMARY = "before a deployment: credentials, workers, Region, models, and whether the lake stays readable"
MORE = "It ends\nat the first that is not as it should be, with what to change."
NEEDS = """\
needs: AWS credentials (the environment's or --profile), or --local; a deployed stack is looked at where there is one;
       cloudformation:DescribeStacks; lambda:GetAccountSettings; s3:ListBucket on the lake;
       bedrock:GetFoundationModelAvailability and bedrock:GetInferenceProfile, or sagemaker:DescribeEndpoint

example: python -m operate preflight --env prod"""


def add_to(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    command.add_argument(
        "--skip",
        action="append",
        default=[],
        choices=("workers", "regions", "models", "lake"),
        help="leave a check out; several times for several (default: none)",
    )
