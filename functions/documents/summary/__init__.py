"""Sentences by a language model; what is wrong with them is judged by ``meaning.flags.summaries``.

masking: What the model may see of a document: with redaction its text without personal data.
prompts: What the model is asked: 3 to 6 sentences, the fence around the document, forms, parts and their summary.
held_forms: Which forms a part of a long document may show: those whose lines it holds.
providers: Who writes summaries: Bedrock or a SageMaker endpoint, and their answers read as sentences.
chosen_model: Which provider, model and generation settings: ModelProvider, ModelId, ParametersList (5 at most).
paid: Each call of a model, and each check of a guardrail, counted on the day's account (DailyModelCalls).
remembered: Answers of the model and of its guardrail, kept beside the work, so that each is paid for once.
type_question: Which of the configured types a document is of, asked of the model.
patient: A provider that waits for its service within a worker's turn.
kept_summary: The summary of one piece of work, made once of the same text, settings and rules.
summarizing: A document -> its summary: parts of a long one, another setting where an answer is no good.
"""
