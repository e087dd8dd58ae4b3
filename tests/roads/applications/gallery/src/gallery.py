"""Pictures: listed when they come, shown by name, counted when asked and by the clock."""

import json
import os
from urllib.parse import unquote_plus

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def listed(event, context):
    for record in event["Records"]:
        found = record["s3"]["object"]
        table.put_item(Item={"id": unquote_plus(found["key"]), "size": found["size"]})


def show(event, context):
    found = table.get_item(Key={"id": event["pathParameters"]["name"]}).get("Item")
    if found is None:
        return {"statusCode": 404, "body": json.dumps({"message": "There is no such picture."})}
    return {"name": found["id"], "size": int(found["size"])}


def count(event, context):
    by = "queue" if "Records" in event else event["detail-type"]
    number = sum(1 for item in table.scan()["Items"] if item["id"].endswith(".jpg"))
    table.put_item(Item={"id": f"counted by {by}", "number": number})
    return {"batchItemFailures": []}
