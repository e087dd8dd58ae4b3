"""One module per Lambda function: it parses its event, calls, returns.

clean: TripsClean: a batch of records from Firehose -> the same records with clean rows.
build_training_set: TripsBuildTrainingSet: a month, a seed, a balance and shares -> the manifest of the sets; its event.
"""
