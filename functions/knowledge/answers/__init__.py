"""Who asks what, and what is told: questions taken, prompts, completions held against their sources, kept answers.

evidence: Numbers, dates, codes and names of a text, and whether other texts hold them.
known: Whether the passages are about what is asked at all, before a model is asked.
prompts: What the model is asked: numbered passages, the session, the question, each in a fence.
completions: What the model answered: sentences with what each cites, or what is missing.
support: Each sentence held against the passages that it cites.
citations: The answer's text, and which part of it rests on which place of which page.
"""
