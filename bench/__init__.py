"""Side-by-side measurements: the project and its reference in one run, as ratios. ``python -m bench [part ...]``.

narration: what Polly bills over an article's life; merges against pydub; articles end to end, cold against warm
admission: what becomes of 10,000 articles that are saved at once, simulated: failed, late, transitions, money
capacity: how many events a second each pipeline takes, and which quota binds first
documents: our walk over Textract's answers against the libraries that read them
painting: PDFs read as they are painted, against believing their text and against one rendering by pdfium
images: our transform against OpenCV on the same files
conformance: one image of every container, process, mode, profile and orientation: decision, result, dE, time, memory
trips: our Firehose transform against pandas on the same chunks
llm: log records per second through the reader and the free modules, against only parsing the same bytes
refusal: what a verdict on a refusal costs, and what it is worth, against a list, fuzzy matching and difflib
questions: what the guard takes for a statement, against parsing it
knowledge: facts that a search finds, tokens of a prompt and time, against substrings and whole texts
training: text classifier and walked trees against scikit-learn, and what a prediction costs
answers: prompts and completions like real ones, for llm and refusal
imports: what a cold start of each handler imports, against ``import boto3``
traces: what it costs to tell X-Ray of a call, against doing without and against the libraries for it
load: ``python -m bench.load``: a thousand documents at once on a local cloud, counted to the last one
faults: ``python -m bench.faults``: bursts of all work, and what becomes of it where something fails
sides: what is measured in a process of its own, and how such a process is started
"""
