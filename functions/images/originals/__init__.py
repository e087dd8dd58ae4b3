"""Where originals come from.

bucket: Out of the bucket, with the function's own permissions.
presigned: By the presigned URL that S3 makes in the caller's name; whether that caller may read; the key in it.
limits: What both share: the most bytes of an original, the timeout, our names and sentences for what S3 refuses.
"""
