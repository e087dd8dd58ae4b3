"""One module per Lambda function: it parses its event, calls, returns.

clean: Clean:
build_training_set: BuildTrainingSet:
"""
