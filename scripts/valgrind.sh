#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a program under valgrind; fails on an error, a leak, or a descriptor that
# is open at the end and was not at the start.
# usage: valgrind.sh PROGRAM [ARG...]
set -u
report=$(mktemp)
trap 'rm -f "$report"' EXIT
valgrind --quiet --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all \
	--track-fds=yes --trace-children=no --child-silent-after-fork=yes --error-exitcode=99 \
	--log-file="$report" "$@" >/dev/null 2>&1
status=$?
# descriptors: each is named in a line, followed by <inherited from parent> if it is not ours
leaked=$(grep -A1 'Open file descriptor\|Open AF_' "$report" | grep -c -v 'Open\|inherited\|^--' || true)
if [ "$status" -ne 0 ] || [ "$leaked" -gt 0 ] || grep -q 'definitely lost\|still reachable' "$report"; then
	cat "$report"
	echo "valgrind: status $status, $leaked descriptors left open"
	exit 1
fi
exit 0
