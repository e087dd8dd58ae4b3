"""The model is asked for SQL, and again with what was wrong; its completions read.

prompts: What the model is asked: rules, tables, the question, the session, and what was wrong with earlier statements.
described: Tables as short lines of DDL, with comments and samples, within a room.
statements: One statement of the model, asked for and paid for once.
completions: What a model answered: a statement, what is missing, or neither.
"""
