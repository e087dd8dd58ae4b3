"""The training chapter.

chapter: a model of July's trips earns its place, two do not, a third waits for a person
manifests: what is asked for: the rides' model, a worse one, one of shuffled labels, a better one
desk: manifests put, what comes of them waited for, models asked
rider: somebody who asks the whole time, and what they were told
"""
