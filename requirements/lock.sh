#!/bin/sh
# Writes every lock file anew: names, versions and hashes, good for every platform and Python from 3.11 on.
# Needs `uv` (pip install uv). Layers first: what is tested must be what ships.
set -eu
cd "$(dirname "$0")/.."
lock="uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --quiet --custom-compile-command requirements/lock.sh"
# A layer that a Makefile builds has a folder per architecture, with the same list in each. Of soundfile the layer has no
# numpy; what uses it asks for no arrays.
for list in layers/*/requirements.in layers/*/*/requirements.in; do
  left_out=""
  case "$list" in layers/decoder/*) left_out="--no-emit-package numpy --no-emit-package cffi --no-emit-package pycparser" ;; esac
  $lock "$list" $left_out -o "${list%.in}.txt" "$@"
done
# Of cfn-lint the local cloud reads the schemas and imports nothing; sympy and networkx are 100 MB.
$lock requirements/dev.in --no-emit-package sympy --no-emit-package networkx --no-emit-package mpmath --no-emit-package regex --no-emit-package jsonpatch --no-emit-package jsonpointer -c layers/powertools/requirements.txt -c layers/audio/requirements.txt -c layers/decoder/x86_64/requirements.txt -c layers/ffmpeg/x86_64/requirements.txt -c layers/imaging/requirements.txt -c layers/vips/requirements.txt -c layers/documents/requirements.txt -c layers/language/requirements.txt -c layers/sql/requirements.txt -o requirements/dev.txt "$@"
for tools in tools audit bench training; do
  $lock "requirements/$tools.in" -o "requirements/$tools.txt" "$@"
done
