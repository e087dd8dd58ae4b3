"""The Amazon States Language: what Step Functions refuses of a machine's definition, without any server.

check: a definition's text -> its problems; the sentence of a refusal
problem: one finding: code, message, place, severity
tree: scopes and states of a definition, each with its place and its language
fields: which fields a state may have, by type and language
shape: fields that are missing, unknown, of the other language, or exclude each other; Next and End
kinds: of what kind a field's value is, and between which numbers
graph: targets that are missing, states that are never reached, scopes that never end
names: names of states, labels and variables
choices: the rules of a Choice
failures: Retry and Catch
maps: the processor of a Map, and what only a distributed Map has
resources: the ARN of a task, its pattern and arguments, and what Express machines cannot do
sdk: services and actions of the aws-sdk integrations, by the models of botocore
queries: JSONata, JSONPaths and intrinsic functions
hints: warnings, which refuse nothing

The codes are those of the API reference, ValidateStateMachineDefinitionDiagnostic. Wordings and places are AWS's where
somebody has published what AWS answered (the issues 2735, 2745, 2670 and 2968 of floci-io/floci, pull request 12487 of
localstack/localstack, the rules of badmintoncryer/cdk-preflight); AWS promises neither for them nor for their order.
"""
