"""One module per Lambda function: it parses its event, calls, returns.

start: Start:
plan: Plan:
synthesize: Synthesize:
merge: Merge:
retag: Retag:
publish: Publish:
reject: Reject:
remerge: Remerge:
"""
