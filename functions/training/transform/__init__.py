"""One way from text to the cells that a model sees, whatever door they came through.

cells: The text of one cell -> a number, a category, a text, or nothing.
rows: CSV, JSON, JSON lines or instances -> rows of texts in the model's order of columns.
kinds: What the columns of a file are, where its manifest does not say.
fitted: What the training rows taught: the categories that are known; its hash travels with the model.
"""
