#!/bin/sh
# SPDX-License-Identifier: MIT
# Slurm: an array of eight tasks on a shared file system, and a ninth that merges.
#   id=$(sbatch --parsable --array=1-8 docs/ci/slurm.sh)
#   sbatch --dependency=afterany:"$id" docs/ci/slurm.sh merge
# Cases live on the node's own disk if the site names one in SLURM_TMPDIR: a network
# disk is slow, and may know no extended attributes.
#SBATCH --cpus-per-task=4 --time=01:00:00
set -u
if [ "${1:-}" = merge ]; then
	catbox-harness merge reports/junit.xml reports/part-*.xml
	catbox-harness merge reports/index.html reports/part-*.json
	exit
fi
part=$SLURM_ARRAY_TASK_ID
if [ -n "${SLURM_TMPDIR:-}" ]; then
	export CATBOX_HARNESS_DIR="$SLURM_TMPDIR/catbox-${SLURM_JOB_ID:-0}"
	trap 'rm -rf "$CATBOX_HARNESS_DIR"' EXIT
fi
catbox-harness run -j "${SLURM_CPUS_PER_TASK:-1}" --shard "$part/${SLURM_ARRAY_TASK_COUNT:-8}" \
	--junit "reports/part-$part.xml" --json "reports/part-$part.json"
