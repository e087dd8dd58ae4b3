"""What MiniStack lacks of S3.

requests: lengths of keys and metadata, numbers in the query, copies onto themselves, how many keys one call deletes
multipart: sizes and order of the parts of an upload
lifecycle: rules that cannot be
names_and_tags: reserved names of buckets, tags
policies: bucket policies and notifications that are none
conditions: If-Match and If-None-Match, on CopyObject too, and the s3:GetObject that If-Match needs
missing_key: 403 in place of 404 for a caller without s3:ListBucket
event_versions: events on EventBridge name the object's version
version_headers: the headers that GetObject is asked to answer with, for a version too
tag_events: events about an object's tags
template: BucketEncryption and LifecycleConfiguration of a template are kept
deletes: CloudFormation deletes an empty bucket only
object_lambda: WriteGetObjectResponse: its permission, statuses and error codes; partNumber outside the presigned URL
"""
