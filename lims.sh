#!/bin/sh
# `lims` on the command line: .venv/bin/lims is a link to this file.
cd "$(dirname "$(readlink -f "$0")")" && exec .venv/bin/python -m lims "$@"
