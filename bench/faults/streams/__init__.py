"""Work of each pipeline: sent by AWS's APIs, and looked for when it has come out.

stream: what the scenes know of each of them
articles: published in a burst, some twice; audio, timeline and pointer are of the last version
papers: documents in the inbox; each summary is of its own document
rides: trips on the stream; rows and their sum in the lake
calls: a day of logs of models; records and pairs in CloudWatch
"""
