"""A cited page, opened by whoever may read it: rights and version as they are now, then an address for some minutes.

asked: The parameters of GET /documents, and their bounds.
shown: What of a document a browser may show: never what could run in it.
pages: Rights, version, upload; then which object holds the page, and its address.
"""
