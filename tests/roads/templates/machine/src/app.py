def handler(event, context):
    return {"doubled": event["number"] * 2}
