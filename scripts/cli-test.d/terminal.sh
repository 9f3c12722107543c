# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Job control: what a person at a terminal sees. The person is a script.

test_terminal() {
	command -v python3 >/dev/null || { skip "job control" "no python3"; return; }
	command -v bash >/dev/null || { skip "job control" "no bash"; return; }
	python3 "$project/fixtures/process-tools/terminal.py" "$catbox" in >in/terminal 2>&1
	is "job control: the script came to its end" "0 end" "$? $(tail -n 1 in/terminal)"
	while IFS='	' read -r verdict name expected got; do
		case $verdict in
		ok) ok "job control: $name" ;;
		not) not_ok "job control: $name" "$expected" "$got" ;;
		esac
	done <in/terminal
}
