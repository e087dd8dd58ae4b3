"""What MiniStack lacks of S3.

conditions: S3:
event_versions: S3:
missing_key: S3:
template: S3:
object_lambda: S3 Object Lambda:
"""
