"""Functions in clean processes of their own.

pool: Functions run in clean processes under AWS's runtime client, a bounded number of each at a time.
environment: One execution environment:
runtime_api: The Lambda Runtime API for one execution environment.
sandbox: What a function's process can see:
bootstrap: The first thing that runs inside a function's process:
memory: How much memory a process and its children use, from /proc, or from `ps` where there is no /proc (macOS).
unpacked: Deployment packages, unpacked once each:
"""
