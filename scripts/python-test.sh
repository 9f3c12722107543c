#!/bin/sh
# SPDX-License-Identifier: MIT
# The Python module: built as it is for use from the tree, tested with pytest; built by
# pip into a scratch directory and used from there. The last line is the sum.
# PYTHON names the interpreter (default: Debian's, which the packages are for).
# usage: python-test.sh [BUILD_DIRECTORY]      (default build)
set -u
project=$(cd "$(dirname "$0")/.." && pwd) || exit 2
build=$(cd "${1:-$project/build}" && pwd) || exit 2
if [ -z "${PYTHON:-}" ]; then
	PYTHON=python3
	[ -x /usr/bin/python3 ] && PYTHON=/usr/bin/python3
fi
export LC_ALL=C.UTF-8 PYTHON PYTHONDONTWRITEBYTECODE=1
passed=0 failed=0 skipped=0

skip() {
	echo "the Python module # SKIP $1"
	echo "$passed passed, $failed failed, $((skipped + 1)) skipped"
	exit 0
}

command -v "$PYTHON" >/dev/null || skip "no python3"
include=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
[ -e "$include/Python.h" ] || skip "no Python.h of $PYTHON (python3-dev)"
"$PYTHON" -c 'import pytest' 2>/dev/null || skip "no pytest of $PYTHON (python3-pytest)"
case $(nm -D "$build/libcatbox.so") in
*__asan_init*) skip "an interpreter without sanitizers cannot load a library with them" ;;
esac
scratch=$(mktemp -d) || exit 2
trap 'cd /; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# single NAME COMMAND...
single() {
	name=$1
	shift
	if "$@" >"$scratch/log" 2>&1; then
		passed=$((passed + 1))
		echo "ok - $name"
	else
		failed=$((failed + 1))
		cat "$scratch/log"
		echo "not ok - $name"
	fi
}

# --- as it is built in the tree

make -C "$project" --no-print-directory BUILD="$build" "$build/python/catbox/_catbox.abi3.so" || {
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}
single "it depends on libcatbox and libc alone" sh -c \
	"! readelf -d '$build/python/catbox/_catbox.abi3.so' | grep NEEDED | grep -v 'libcatbox[.]so[.]0\\|libc[.]so'"
single "it keeps to the stable interface" sh -c \
	"! nm -D '$build/python/catbox/_catbox.abi3.so' | grep ' U _Py' |
		grep -v '_SizeT\$\\| _Py_NoneStruct\$\\| _Py_Dealloc\$'"
PYTHONPATH=$build/python timeout 600 "$PYTHON" -m pytest -v --no-header -p no:cacheprovider -rs -o faulthandler_timeout=300 \
	--basetemp="$scratch/pytest" "$project/src/python/tests" >"$scratch/log" 2>&1
status=$?
cat "$scratch/log"
# count WORD: of pytest's last line, "90 passed, 1 skipped in 15.44s"
count() {
	tail -n 1 "$scratch/log" | sed -n "s/.*\\b\\([0-9][0-9]*\\) $1.*/\\1/p" | grep . || echo 0
}
passed=$((passed + $(count passed)))
failed=$((failed + $(count failed) + $(count error)))
skipped=$((skipped + $(count skipped)))
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1

# --- as pip builds it: from a copy, since it leaves things behind

if "$PYTHON" -c 'import importlib.util as u, sys
sys.exit(not (u.find_spec("pip") and u.find_spec("setuptools")))'; then
	mkdir -p "$scratch/tree/src"
	cp -r "$project/src/python" "$project/src/include" "$scratch/tree/src"
	single "pip install" env CATBOX_BUILD="$build" "$PYTHON" -m pip install --no-build-isolation --no-deps \
		--no-index --disable-pip-version-check --root-user-action=ignore \
		--target "$scratch/site" "$scratch/tree/src/python"
	single "and what it installed works" env PYTHONPATH="$scratch/site" "$PYTHON" -c '
import catbox
result = catbox.run(lambda: 4)
assert result.value == 4 and catbox.__file__.startswith("'"$scratch"'")'
else
	skipped=$((skipped + 2))
	echo "ok - pip install # SKIP no pip and setuptools of $PYTHON"
fi
# --- the example that builds a package

# example SOURCE: its output in the file example
example() {
	PYTHONPATH=$build/python "$PYTHON" "$project/docs/examples/pisi_like.py" "$1" "$scratch/package" \
		>"$scratch/example" || { tail -n 5 "$scratch/package/log"; return 1; }
	cat "$scratch/example"
	[ -x "$scratch/package/install/usr/bin/hello" ] && [ ! -e /usr/share/catbox-example.desktop ] &&
		grep -q '^-- refused: create /usr/share/catbox-example.desktop$' "$scratch/example" &&
		grep -q '^   openat /usr/share/catbox-example.desktop$' "$scratch/example" &&
		grep -q '^-- the build is over, after [1-9][0-9]* processes$' "$scratch/example" &&
		grep -q '^read: [0-9]* files, [1-9][0-9]* of them headers' "$scratch/example" &&
		grep -q '^   -rwxr-[xs]r-x /usr/bin/hello$' "$scratch/example" &&
		[ "$(sed -n '/^violations:/,/^[a-z]*:/p' "$scratch/example" | grep -c '^   ')" -eq 1 ]
}

reason=$(sh "$project/scripts/fetch-source.sh" hello "$project/build/real/src")
if [ $? -eq 0 ] && command -v make >/dev/null; then
	single "pisi_like.py builds and installs GNU hello" example "$project/build/real/src/hello"
else
	skipped=$((skipped + 1))
	echo "ok - pisi_like.py # SKIP ${reason:-no make}"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
