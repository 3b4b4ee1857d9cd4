#!/usr/bin/env bash
# Test on several processes of one or more machines, on GPUs or on a CPU:
#   tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [arguments of tools/test.py]
# CHECKPOINT is - for methods without training.
# Environment: PYTHON; for several machines NNODES, NODE_RANK, MASTER_ADDR, PORT.
set -euo pipefail
if [ $# -lt 3 ]; then sed -n '2,5s/^# //p' "$0" >&2; exit 2; fi
CONFIG=$1 CHECKPOINT=${2#-} PROCESSES=$3
shift 3
if [ -n "${NNODES:-}" ]; then
    WHERE="--nnodes $NNODES --node-rank ${NODE_RANK:-0}
           --master-addr ${MASTER_ADDR:-127.0.0.1} --master-port ${PORT:-29500}"
else
    WHERE=--standalone  # takes a free port
fi
# shellcheck disable=SC2086  # WHERE is a list of words
exec "${PYTHON:-python}" "$(dirname "$0")/launch.py" $WHERE --nproc-per-node "$PROCESSES" \
    "$(dirname "$0")/test.py" "$CONFIG" ${CHECKPOINT:+"$CHECKPOINT"} \
    --launcher pytorch "$@"
