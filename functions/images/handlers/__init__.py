"""One module per Lambda function: it parses its event, calls, returns.

url_door: ImagesUrlDoor: GET and HEAD at the Function URL.
access_point_door: ImagesAccessPointDoor: GetObject and HeadObject at the S3 Object Lambda access point.
"""
