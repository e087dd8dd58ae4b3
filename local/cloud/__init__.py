"""The process: it starts, deploys, serves and stops.

lifecycle: The life of a local cloud:
server: The front door:
http: The request and response that a stand-in engine sees:
iam: Authorisation of the stand-in engines by MiniStack's own evaluator, the one that guards its other services.
settings: Where this local cloud lives:
clients: boto3 clients for the local endpoint, as the account's root user.
testing: Start a local cloud in a process of its own, for tests and measurements.
invoke: Run one function of the stack with one event, as `sam local invoke` does.
stacks: Resources of a stack and of the applications nested in it, by the logical ids of the templates.
deploying: From a SAM template to a created stack.
workers: Functions in clean processes of their own.
"""
