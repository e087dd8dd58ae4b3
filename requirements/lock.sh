#!/bin/sh
# Writes every lock file anew: names, versions and hashes, good for every platform and Python from 3.11 on.
# Needs `uv` (pip install uv). Layers first: what is tested must be what ships.
set -eu
cd "$(dirname "$0")/.."
lock="uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --quiet --custom-compile-command requirements/lock.sh"
for layer in layers/*/; do
  $lock "${layer}requirements.in" -o "${layer}requirements.txt" "$@"
done
# Of cfn-lint the local cloud reads the schemas and imports nothing; sympy and networkx are 100 MB.
$lock requirements/dev.in --no-emit-package sympy --no-emit-package networkx --no-emit-package mpmath --no-emit-package regex --no-emit-package jsonpatch --no-emit-package jsonpointer -c layers/powertools/requirements.txt -c layers/ffmpeg/requirements.txt -c layers/imaging/requirements.txt -c layers/documents/requirements.txt -c layers/language/requirements.txt -o requirements/dev.txt "$@"
for tools in tools audit bench; do
  $lock "requirements/$tools.in" -o "requirements/$tools.txt" "$@"
done
