"""The documents as knowledge from the command line: searched and asked, indexed anew, and why one is not found.

arguments: how ``index``, ``why`` and ``search`` are called, and what they need
asks: a question to the documents, asked, waited for, and told: sentences with their sources
backfill: every document that was read sent to the index's lane of what can wait, the price first
why: what the index and the access files say of one document, and of who asks for it
"""
