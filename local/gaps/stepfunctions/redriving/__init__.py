"""RedriveExecution: an execution that failed, timed out or was stopped goes on where it failed.

journal: what each state has answered, kept with its execution; answered from there when it is redriven
runs: the way of a redriven execution through its own definition; Map Runs that are redriven with it
context: RedriveCount and RedriveTime, which states read
calls: RedriveExecution itself; what DescribeExecution, ListExecutions and the events of the status say of it
"""
