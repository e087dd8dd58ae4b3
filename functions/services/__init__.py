"""AWS services that two pipelines or more call: one module per service. No pipeline is known here.

comprehend: Languages, sentiment, toxicity, entities, personal data: one request per call, cut at Comprehend's limits.
bedrock: Converse, ApplyGuardrail, Titan's embeddings: read timeout, errors that may pass later, 8,192 tokens a text.
completions: A Converse answer of any form: its text without thoughts, why it stopped, tokens.
s3vectors: One index's vectors put, read, deleted and searched, in requests of the sizes that S3 Vectors takes.
knowledge_bases: Retrieve of one Bedrock knowledge base: its passages with their places, which error may pass later.
sagemaker: SageMaker's registry and endpoints: groups, packages, models, endpoints, each call repeatable.
sagemaker_runtime: InvokeEndpoint: the largest body, read timeout, error names, whose fault a container's error is.
"""
