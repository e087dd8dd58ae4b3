"""`make demo`: the whole application on this machine, one chapter per pipeline.

signed_requests: Requests to a Function URL behind IAM, signed as AWS clients sign (SigV4, service `lambda`).
documents: The documents chapter.
narration: The narration chapter.
images: The images chapter.
trips: The trips chapter.
llm: The chapter on models.
drawing: What the chapters' pictures share:
newsroom: A newsroom beside the running application:
run: Starts the local cloud, plays the chapters, says where the results are, stops.
"""
