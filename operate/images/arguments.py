"""What ``sign-image`` takes, what it needs, and an example."""

from __future__ import annotations

import argparse

SUMMARY = "print an address at which a picture comes as you say, signed; or change the key"
MORE = "Where\nUseSignedVariants is on, a profile is changed by signed addresses alone."
NEEDS = """\
needs: a deployed stack and your AWS credentials (the environment's or --profile), or --local;
       secretsmanager:GetSecretValue on the secret ImageVariantKeysArn, with --confirm PutSecretValue
       (docs/images.md, "Signed addresses")

example: python -m operate sign-image photos/a.jpg profile=free w=400 h=300 format=webp
example: python -m operate sign-image --new-key --confirm"""


def add_to(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    command.add_argument("key", nargs="?", help="of the original in the images bucket")
    command.add_argument(
        "parameters", nargs="*", metavar="NAME=VALUE", help="profile, w, h, fit, mode, format, q, focus"
    )
    command.add_argument("--base-url", help="https://... that viewers know; else CloudFront's, else the Function URL")
    command.add_argument("--new-key", action="store_true", help="make another key instead")
    command.add_argument("--confirm", action="store_true", help="with --new-key: do it; otherwise it is only told")
