"""The local S3 Vectors: boto3's ``s3vectors`` client works against it, over numpy.

service: the calls: which operation a request is, its members, its answer
places: names and ARNs of buckets and indexes, and which of them a request means
access: the IAM actions and resources of a request, in the words of the user guide
store: vector buckets and indexes of each account and Region, in memory
kept: buckets, indexes and vectors on disk, where the local cloud keeps its state
vectors: one index: a matrix with its keys and metadata; put, get, delete, list, nearest
metadata: what may be written beside a vector
filters: what QueryVectors may be asked, and the rows that match
buckets: calls about buckets, indexes, policies and tags
records: calls about vectors
pages: tokens of lists and of answers that go on
errors: the errors of the service's model, with the fields that are wrong
switches: rates, faults on request, counts
"""
