"""Functions in clean processes of their own.

pool: which process runs an invocation; concurrency, reserved or of the account; warm processes kept
unpacked: function code, layers and AWS's runtime client, unpacked once each
sandbox: what a function's process can see: command line, environment variables, folders
environment: one execution environment: init, invocations, time-out, memory limit, size of an answer, death
runtime_api: the Lambda Runtime API that the process polls
bootstrap: the first code in the process: limits and ``sys.path``, then AWS's runtime client
segments: what Lambda itself tells X-Ray of an invocation
kills: processes that die in the middle of an event on request; clocks that are off
memory: how much memory a process and its children use, on Linux and macOS
"""
