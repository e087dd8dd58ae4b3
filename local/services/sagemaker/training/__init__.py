"""A training job, from its channels to its archive.

run: a job's life: downloads, the program, metrics, uploads; its states and why it failed
channels: objects of S3 into /opt/ml/input/data, with the job's role
layout: the folders and variables that AWS's prebuilt containers give a program in script mode
process: one program in a process group of its own, bounded in time and memory, stopped as SageMaker stops it
launcher: the group's first process, in the training environment; ends the group with the cloud
environment: .venv-training, made when it is first needed
logs: a job's lines in CloudWatch Logs, with the job's role
archives: tar.gz files in and out, safely
"""
