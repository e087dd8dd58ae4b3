"""SageMaker: training jobs and endpoints as bounded processes, packages, tags; an extractive summariser for the rest.

service: which operation a request is, and its answer; the switchboard
jobs: calls of training jobs
models: calls of models and endpoint configurations
endpoints: calls of endpoints
packages: calls of model packages and their groups
runtime: InvokeEndpoint of what was created here, and its errors
tags: tags of whatever has an ARN
access: actions and resources of a request, the roles and tags that it gives
store: what was made, by account and Region
pages: lists: filters, order, tokens
world: the cloud around: roles, clients that act with them, events
errors: errors in SageMaker's words
switches: limits, doubled events, calls that fail, on request
summariser: InvokeEndpoint of names that begin with millrace-, by an extractive summariser
training: one training job
hosting: the process behind one endpoint
"""
