#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Ten seconds of search from the corpus. New inputs go to a scratch folder, never into the tree.
set -eu
harness=$1 corpus=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$harness" -max_total_time=${FUZZ_SECONDS:-10} -timeout=5 -rss_limit_mb=2048 -max_len=4096 \
	-print_final_stats=1 -seed=1 -artifact_prefix="$scratch/" "$scratch" "$corpus" 2>"$scratch/log" || {
	cat "$scratch/log"
	for input in "$scratch"/crash-* "$scratch"/timeout-* "$scratch"/leak-* "$scratch"/oom-*; do
		[ -e "$input" ] && { echo "input $input:"; base64 "$input"; }
	done
	exit 1
}
grep -E 'number_of_executed_units|DONE' "$scratch/log"
runs=$(sed -n 's/.*number_of_executed_units: *//p' "$scratch/log")
[ "${runs:-0}" -gt 100 ] || { echo "only ${runs:-0} runs: this harness does not search"; exit 1; }
