"""The pages' commands, run as they stand there.

pages: the fenced blocks of the pages, and which of them are not run and why
shell: a shell as the pages mean it, with the stack's outputs in the place of `<...>`
aws_stand_in: enough of the AWS CLI 2 to run what the pages have, out of botocore's own models
"""
