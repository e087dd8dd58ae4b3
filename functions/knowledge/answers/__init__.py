"""Who asks what, and what is told: questions taken, prompts, completions held against their sources, kept answers.

asked: The bodies of questions, searches and votes: their members and their bounds; the ask that a question becomes.
taken: An ask with its id, as the door has taken it and the machine is started.
turns: What a turn of a conversation holds; its answer is shown again only to who may still read its sources.
evidence: Numbers, dates, codes and names of a text, and whether other texts hold them.
known: Whether the passages are about what is asked at all, before a model is asked.
finding: The passages of an ask, of its follow-up, and of a search.
prompts: What the model is asked: numbered passages, the session, the question, each in a fence.
completions: What the model answered: sentences with what each cites, or what is missing.
composing: The model asked once and paid for once, with what may be read then.
support: Each sentence held against the passages that it cites.
judging: What of a completion may be told, or why nothing of it.
citations: The answer's text, and which part of it rests on which place of which page.
serving: What the door does for each of its routes.
documents: An answer in its three states; without its sources.
votes: One vote per user and answer.
work: What the steps leave for each other in S3.
"""
