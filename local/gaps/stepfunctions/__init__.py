"""What MiniStack lacks of Step Functions.

callback: Step Functions:
distributed_map: Step Functions:
execution: Step Functions:
jsonata: Step Functions:
limits: Step Functions:
logs: Step Functions:
names: Step Functions:
nested: Step Functions:
retry: Step Functions:
role: Step Functions:
throttle: Step Functions:
timeouts: Step Functions:
_map_items: Items of a distributed Map:
_map_results: Results of a distributed Map:
"""
