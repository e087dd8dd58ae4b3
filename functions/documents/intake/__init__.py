"""An upload is taken in: the request, the version's order, the claim, the original's bytes.

originals: One version of the original object: in the state, its bytes, deleted or replaced; 500 MB at most, not empty.
requests: What an execution is started with: EventBridge's event or one by hand, completed from the object itself.
removals: Events about deleted objects, versions and markers, and the tag that forbids to keep results.
claims: Which execution works on a version: duplicate, superseded, or taken over from a failed one; kept 90 days.
lanes: The lane of a document, by its priority and the first lane's allowance per minute.
"""
