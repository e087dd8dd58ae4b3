"""`make test-sam`: functions under SAM CLI's own emulator in Docker, each with its sample, on a running local cloud.

    python -m tests.roads.sam_local [--one-per-pipeline]

road: what is run, and the table that is printed
daemon: the Docker daemon that is there, or one of our own
image: the image of the runtime, pulled, or made of this machine's files where no registry answers
forwarder: the local cloud's port, on the address where containers see this machine
"""
