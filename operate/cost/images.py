"""What images have cost, beside the sum of the source article: an hour of its function, and an hour of the smallest
training machine with a GPU, which would wait while it prepares pictures itself."""

from __future__ import annotations

from operate.cost import around, prices
from operate.cost.bill import Bill, Line, Way
from operate.cost.stack import Stack

HOUR_MS = 3_600_000


def bill(stack: Stack) -> Bill:
    counted = stack.counted("images", "ImagesTransformed", "TransformMilliseconds", "BytesIn", "BytesOut")
    pictures, hours = counted["ImagesTransformed"], counted["TransformMilliseconds"] / HOUR_MS
    gets = prices.table("s3_usd")["thousand_gets"] * pictures / 1000
    reading = Line("S3, reading", f"{pictures:,.0f} GET, {counted['BytesIn'] / 1e9:,.3f} GB", gets)
    theirs = prices.table("articles_usd")
    function, machine = (
        Line(what, f"{hours * 3600:,.1f} seconds", hours * theirs[price])
        for what, price in (
            ("its function on x86", "function_hour_x86_64"),
            ("the machine, one picture at a time", "gpu_training_hour"),
        )
    )
    return Bill(
        "images",
        pictures,
        "pictures",
        1_000,
        Way("what was paid", (around.compute(stack, "Images").line(), reading)),
        (
            Way("the article's own way: its function, at its price of an hour", (function, reading)),
            Way("the article's comparison: the smallest training machine with a GPU", (machine, reading)),
        ),
        (
            f"Answers had {counted['BytesOut'] / 1e9:,.3f} GB; CloudFront, S3 Object Lambda, Secrets Manager and "
            "CloudWatch are not in it.",
            "Hours of the article are those that our function transformed for; waiting for S3 is not in them.",
        ),
        ("lambda_usd", "s3_usd", "articles_usd"),
    )
