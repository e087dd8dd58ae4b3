"""Questions asked of a stack's lake from the command line, with requests that are signed as any client's.

arguments: how the command is called, and what it needs
calls: signed requests, or requests with a token, to the address of the questions
command: a question asked, waited for, and told: the sentence, the statement, the first rows, the session
"""
