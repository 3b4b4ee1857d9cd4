#!/usr/bin/env bash
# Train on several processes of one or more machines, on GPUs or on a CPU:
#   tools/dist_train.sh CONFIG PROCESSES [arguments of tools/train.py]
# Environment: PYTHON; for several machines NNODES, NODE_RANK, MASTER_ADDR, PORT.
set -euo pipefail
if [ $# -lt 2 ]; then sed -n '2,4s/^# //p' "$0" >&2; exit 2; fi
CONFIG=$1 PROCESSES=$2
shift 2
if [ -n "${NNODES:-}" ]; then
    WHERE="--nnodes $NNODES --node-rank ${NODE_RANK:-0}
           --master-addr ${MASTER_ADDR:-127.0.0.1} --master-port ${PORT:-29500}"
else
    WHERE=--standalone  # takes a free port
fi
# shellcheck disable=SC2086  # WHERE is a list of words
exec "${PYTHON:-python}" "$(dirname "$0")/launch.py" $WHERE --nproc-per-node "$PROCESSES" \
    "$(dirname "$0")/train.py" "$CONFIG" --launcher pytorch "$@"
