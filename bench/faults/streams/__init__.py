"""Work of each pipeline: sent by AWS's APIs, and looked for when it has come out.

stream: what the scenes know of each of them
articles: published in a burst, some twice; audio, timeline and pointer are of the last version, and whole
papers: documents in the inbox; each summary is of its own document, and says what stands in it
rides: trips on the stream; each row is in the lake once, as it was sent
calls: a day of logs of models; each record counts once in its minute, each pair is measured once
asked: questions at the door, all at once; each has its own right answer, and is one question however often it is sent
"""
