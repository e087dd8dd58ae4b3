"""An endpoint's process, from its archive to its end.

life: states of an endpoint: made, updated, rolled back, deleted; events of them
container: the process behind an endpoint: started, asked, bounded, started again
host: what runs in it: the four functions of a model's inference.py
"""
