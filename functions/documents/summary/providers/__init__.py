"""Who writes summaries: Amazon Bedrock, or a model behind a SageMaker endpoint of one's own.

base: Prompt, Completion and the protocol of a provider: one question to one model.
bedrock: Amazon Bedrock by Converse: the tool that the model has to call, default settings, refusals' names.
sagemaker: A model behind an endpoint: bodies of both formats (hugging-face, jumpstart), default settings, refusals.
answers: What a container answers, told by its shape: the text in it, why it stopped, tokens.
completions: Sentences, or a name, out of what a model wrote: a tool's input, JSON within text, or prose.
guarded: Any of them behind a guardrail: what it checks where the provider is blind.
"""
