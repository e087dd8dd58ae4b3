"""Many documents in one run: their list, and what became of them.

document_list: What a batch is asked to do, and the list of its documents:
outcomes: What became of a batch's documents:
"""
