"""`make demo`: the whole application on this machine, one chapter per pipeline.

run: starts the local cloud, plays the chapters, says where the results are, stops
account: an account through AWS's APIs alone: clients, a bucket, a wait with an end, DemoError
narration: an article through a week of edits and what each costs; the podcast feed
newsroom: publishes articles and looks through AWS's APIs at what comes
documents: scans, letters and broken files in; summaries with forms and flags out
images: one photo in many kinds of files through both doors, on one sheet
signed_requests: requests to a Function URL behind IAM (SigV4)
trips: 50,000 trips streamed, cleaned, queried, drawn, made into training sets
questions: six questions about those trips: answered, followed up, mended, warned of, refused
llm: a day of model calls delivered, read and measured; alarms go off
knowledge: thirty documents of five readers, asked by three of them; one deleted, a right taken away
training: a model of those trips: tuned, judged, deployed, asked; a worse one refused, another approved
drawing: what the chapters' pictures share: paper, ink, axes with round numbers
"""

CHAPTERS = {
    "narration": ("narration",),
    "images": ("images",),
    "documents": ("documents",),
    "trips": ("trips",),
    "questions": ("trips", "questions"),
    "knowledge": ("documents", "knowledge"),
    "training": ("trips", "training"),
    "llm": ("llm",),
}
"""Each chapter with the pipelines that it needs, in the order in which they are played."""
