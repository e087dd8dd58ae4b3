"""One module per Lambda function: it parses its event, calls, returns.

analyze: Analyze:
batch_prepare: BatchPrepare:
batch_report: BatchReport:
claim: Claim:
collect_analysis: CollectAnalysis:
enrich: Enrich:
finish_analysis: FinishAnalysis:
inspect: Inspect:
reject: Reject:
start_analysis: StartAnalysis:
summarize: Summarize:
transform: Transform:
write: Write:
"""
