"""The local cloud: one process on 127.0.0.1 that answers as AWS does for this application's template.

MiniStack is the AWS endpoint; `local` adds what makes it at least as strict as AWS: real IAM in front of the
AI stand-ins, clean function processes, limits and lifecycle. Nothing in `functions/` may import from here.
"""
