"""Where originals come from.

fetch: Originals, from the bucket under the function's own name or by a presigned URL under the caller's.
"""
