"""Side-by-side measurements: the project and its reference in one run, told as ratios. ``python -m bench``.

load: A load on the documents pipeline of a local cloud of its own:
peak: How much memory a process of a measurement took at most; the sides run as scripts, so this stands alone.
documents: Documents:
texts: Articles and a history of their edits, made by a seeded generator:
llm: LLM monitoring:
cloud: Articles end to end on the local cloud, from the message on SNS to the published audio:
documents_side: One side of ``bench.documents`` in a process of its own:
images_side: One side of ``bench.images`` in a process of its own:
merges: Both merges of 60 fragments against the usual way to join speech with pydub:
images: Images:
billing: Characters that Polly bills over the life of one article, by what an edit pays for.
trips_side: One side of ``bench.trips`` in a process of its own:
trips: Trips:
job: Work in a process of its own, so that its CPU and memory are its own:
imports: What a cold start of each handler imports, against ``import boto3`` in the same run.
refusal: Refusals:
"""
