"""What MiniStack lacks of CloudWatch.

alarms: CloudWatch alarms that look at the clock.
emf: CloudWatch embedded metric format:
metric_data: CloudWatch:
service_metrics: CloudWatch:
lambda_metrics: Lambda:
_alarm_state: The state of a metric alarm from its data points, as the CloudWatch User Guide describes it.
_metric_math: CloudWatch metric math:
"""
