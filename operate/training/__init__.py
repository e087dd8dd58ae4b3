"""Models as an operator sees them: what serves and what waits, why one was refused, approved, retired, trained.

arguments: how ``models`` is called, and what it needs
overview: what serves, what waits for a person, endpoints that nobody is sent to
why: the figures and the decision behind a version, or why nothing came of a manifest
deciding: a version approved or refused for a run that waits
retiring: a model taken out of service, and every endpoint of a stack that is about to go
manifests: a manifest put where the stack reads it
bill: what training has cost (``operate cost``)
"""
