"""`make demo`: the whole application on this machine, one chapter a pipeline."""
