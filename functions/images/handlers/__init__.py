"""One module per Lambda function: it parses its event, calls, returns.

access_point_door: AccessPointDoor:
url_door: UrlDoor:
"""
