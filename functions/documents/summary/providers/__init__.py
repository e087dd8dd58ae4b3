"""Who writes summaries: Amazon Bedrock, or a model behind a SageMaker endpoint of one's own.

base: What every provider of a language model does for this pipeline.
bedrock: Amazon Bedrock by Converse.
sagemaker: A model behind a SageMaker endpoint, in either of the two forms that most text models there speak.
"""
