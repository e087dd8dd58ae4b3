"""What MiniStack lacks of CloudWatch.

metric_data: GetMetricData keeps dimension sets apart, evaluates metric math, lists the newest value first
_statistics: trimmed and winsorized means, percentile ranks and the like
_metric_math: the evaluator of metric math expressions
_insights: Metrics Insights queries of one series
points: what PutMetricData accepts, in all three protocols
alarm_limits: ranges and combinations of an alarm that are refused
dashboards: bodies of dashboards that are refused
log_groups: log groups, events and filters of CloudWatch Logs that are refused
emf: metrics out of embedded-metric-format log lines
lambda_metrics: Invocations, Errors, Duration and Throttles of every invocation
service_metrics: depth of queues, executions of state machines, messages of topics
alarms: alarms evaluated by the clock, their actions, the topic's policy
_control: a side door for tests, to metrics of AWS services and to the clock of the alarms
_alarm_state: an alarm's state from its data points: M of N, missing data, premature transitions
"""
