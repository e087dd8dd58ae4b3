"""The local cloud: one process on 127.0.0.1 that answers as AWS does for this application's template.

cli: the command line: ``up``, ``demo``, ``invoke``, ``event``, ``seed``, ``sam``, ``accuracy``, with their options
sam_build: ``sam build`` for this machine, with wheels for its C library; run by SAM CLI's interpreter
cloud: the process: starts MiniStack, deploys the template, routes requests to engines, runs functions
gaps: what MiniStack lacks or allows and AWS does not, one module per gap, in rooms by service
asl: what Step Functions refuses of a state machine's definition, without any server
samples: the samples of events/ on a running cloud: names filled in, what they need put there
services: the stand-in engines of Polly, Textract, Comprehend, Bedrock and SageMaker
demo: ``make demo``: the whole application on this machine, one chapter per pipeline
"""
