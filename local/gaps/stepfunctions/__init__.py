"""What MiniStack lacks of Step Functions.

definitions: what CreateStateMachine, UpdateStateMachine and ValidateStateMachineDefinition refuse
requests: lengths, ranges, ARNs and JSON of the other calls
names: legal execution names; the same name again is idempotent while it is open, else ExecutionAlreadyExists
execution: the execution that a thread works for; after StopExecution or time-out nothing of it runs on
limits: 262,144 bytes of input, result and state (States.DataLimitExceeded); errors that nothing catches
jsonata: Output of Succeed, TimeoutSeconds and HeartbeatSeconds as JSONata; how long an expression may take
jsonpath: paths, intrinsic functions, choices and variables of JSONPath states, and their errors
scopes: Arguments, Output and Assign of a Parallel in JSONata; variables of branches and items
role: every integration is authorised with the machine's role; aws-sdk integrations and their error names
retry: MaxDelaySeconds and JitterStrategy of a retrier
timeouts: TimeoutSeconds of the machine, HeartbeatSeconds of a task
integrations: what tasks of other services answer, how they fail and how long they are waited for
distributed_map: a distributed Map: child executions, MaxConcurrency, tolerated failures, Map Runs
_map_items: its items: ItemReader from S3, ItemSelector, ItemBatcher
_map_results: its results: ResultWriter's manifest and files, or the state's output
logs: execution history in CloudWatch Logs, by level
redriving: RedriveExecution, which goes on from the state that did not succeed; Map Runs with it
uncaught: an exception outside of a state fails the execution
"""
