"""Who writes summaries: Amazon Bedrock, or a model behind a SageMaker endpoint of one's own."""
