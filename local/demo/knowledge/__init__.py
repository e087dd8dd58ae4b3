"""The knowledge chapter.

chapter: thirty documents of five readers, asked by three of them; one may not, one is deleted, a right is taken away
papers: the documents and who may read them, made by script
reading: readers who are users of the account, and what the door answers each of them
"""
