#!/bin/sh
# SPDX-License-Identifier: MIT
# Finds what is missing to build (pkg-config, then by trying), and installs it
# when we are root; else prints the command that would.
# usage: deps.sh build|tests|python|bench|conformance|packages|lint|fuzz
set -u
goal=${1:-build}

# what we look for          how            apt                dnf               pacman     apk
build_table='
cc                          program        gcc                gcc               gcc        gcc
libc6-dev                   header:stdio.h libc6-dev          glibc-devel       glibc      musl-dev
make                        program        make               make              make       make
ar                          program        binutils           binutils          binutils   binutils
pkg-config                  program        pkg-config         pkgconf-pkg-config pkgconf   pkgconf
libseccomp                  module         libseccomp-dev     libseccomp-devel  libseccomp libseccomp-dev
libpcre2-8                  module         libpcre2-dev       pcre2-devel       pcre2      pcre2-dev
libfyaml                    module         libfyaml-dev       libfyaml-devel    libfyaml   libfyaml-dev
libarchive                  module         libarchive-dev     libarchive-devel  libarchive libarchive-dev
jansson                     module         libjansson-dev     jansson-devel     jansson    jansson-dev
libxml-2.0                  module         libxml2-dev        libxml2-devel     libxml2    libxml2-dev
uthash                      header:uthash.h uthash-dev        uthash-devel      uthash     uthash-dev
'
tests_table='
libc.a                      static         libc6-dev          glibc-static      glibc      musl-dev
cunit                       module         libcunit1-dev      CUnit-devel       cunit      cunit-dev
valgrind                    program        valgrind           valgrind          valgrind   valgrind
'
# the Python module, for the Python that these packages are for
python_table='
python3                     program        python3            python3           python     python3
Python.h                    glob:/usr/include/python3*/Python.h python3-dev python3-devel python python3-dev
'
lint_table='
clang                       program        clang              clang             clang      clang
clang-tidy                  program        clang-tidy         clang-tools-extra clang      clang-extra-tools
cppcheck                    program        cppcheck           cppcheck          cppcheck   cppcheck
'
fuzz_table='
clang                       program        clang              clang             clang      clang
libFuzzer                   runtime:clang_rt.fuzzer libclang-rt-dev compiler-rt compiler-rt compiler-rt
'
# what suites use; a case that lacks one is skipped and says so
optional_table='
bash                        program        bash               bash              bash       bash
git                         program        git                git-core          git        git
cmake                       program        cmake              cmake             cmake      cmake
ninja                       program        ninja-build        ninja-build       ninja      ninja
python3                     program        python3            python3           python     python3
venv                        pymodule:ensurepip python3-venv   python3           python     py3-pip
pip                         pymodule:pip   python3-pip        python3-pip       python-pip py3-pip
setuptools                  pymodule:setuptools python3-setuptools python3-setuptools python-setuptools py3-setuptools
Python.h                    glob:/usr/include/python3*/Python.h python3-dev python3-devel python python3-dev
pytest                      pymodule:pytest python3-pytest    python3-pytest    python-pytest py3-pytest
mypy                        pymodule:mypy  mypy               python3-mypy      mypy       mypy
junitparser                 pymodule:junitparser python3-junitparser python3-junitparser python-junitparser py3-junitparser
bsdtar                      program        libarchive-tools   bsdtar            libarchive libarchive-tools
rsync                       program        rsync              rsync             rsync      rsync
setcap                      program        libcap2-bin        libcap            libcap     libcap
dpkg-dev                    program:dpkg-source dpkg-dev      dpkg-dev          dpkg       dpkg-dev
xz                          program        xz-utils           xz                xz         xz
script                      program        bsdutils           util-linux        util-linux util-linux
'
# what workloads use, and what they are compared with; without one it is left out
bench_table='
autoconf                    program        autoconf           autoconf          autoconf   autoconf
valgrind                    program        valgrind           valgrind          valgrind   valgrind
strace                      program        strace             strace            strace     strace
fakeroot                    program        fakeroot           fakeroot          fakeroot   fakeroot
proot                       program        proot              proot             proot      proot
bwrap                       program        bubblewrap         bubblewrap        bubblewrap bubblewrap
flex                        program        flex               flex              flex       flex
bison                       program        bison              bison             bison      bison
bc                          program        bc                 bc                bc         bc
dpkg-dev                    program:dpkg-source dpkg-dev      dpkg-dev          dpkg       dpkg-dev
xz                          program        xz-utils           xz                xz         xz
'
# what suites of other projects use. Not libpython3.11-testsuite: apt may upgrade all of
# Python for it, so scripts/conformance.sh unpacks it for itself, as it does busybox.
conformance_table='
bash                        program        bash               bash              bash       bash
perl                        program        perl               perl              perl       perl
python3                     program        python3            python3           python     python3
busybox                     program        busybox-static     busybox           busybox    busybox
setpriv                     program        util-linux         util-linux        util-linux setpriv
diff                        program        diffutils          diffutils         diffutils  diffutils
dpkg-deb                    program        dpkg               dpkg              dpkg       dpkg
bzip2                       program        bzip2              bzip2             bzip2      bzip2
xz                          program        xz-utils           xz                xz         xz
'

# what builds Debian packages, and the tool whose results are the measure
packages_table='
dpkg-buildpackage           program        dpkg-dev           dpkg-dev          dpkg       dpkg-dev
dh                          program        debhelper          debhelper         debhelper  debhelper
g++                         program        build-essential    gcc-c++           base-devel build-base
fakeroot                    program        fakeroot           fakeroot          fakeroot   fakeroot
help2man                    program        help2man           help2man          help2man   help2man
makeinfo                    program        texinfo            texinfo           texinfo    texinfo
'

case $goal in
build) required=$build_table optional= ;;
tests) required=$build_table$tests_table optional=$optional_table ;;
python) required=$build_table$python_table optional= ;;
bench) required=$build_table optional=$bench_table ;;
conformance) required=$build_table optional=$conformance_table ;;
packages) required=$build_table optional=$packages_table ;;
lint) required=$build_table$tests_table$lint_table optional= ;;
fuzz) required=$build_table$fuzz_table optional= ;;
*)
	echo "deps.sh: unknown goal '$goal' (build, tests, python, bench, conformance, packages, lint, fuzz)" >&2
	exit 2
	;;
esac

for candidate in apt-get dnf pacman apk; do
	if command -v $candidate >/dev/null 2>&1; then
		manager=$candidate
		break
	fi
done
case ${manager:-} in
apt-get) column=3 ;;
dnf) column=4 ;;
pacman) column=5 ;;
apk) column=6 ;;
*) column=3 ;;
esac

have() { # NAME HOW
	case $2 in
	program) command -v "$1" >/dev/null 2>&1 ;;
	program:*) command -v "${2#*:}" >/dev/null 2>&1 ;;
	module) pkg-config --exists "$1" 2>/dev/null ;;
	glob:*) [ -n "$(find ${2#*:} 2>/dev/null)" ] ;;
	header:*) [ -e "/usr/include/${2#*:}" ] || [ -e "/usr/local/include/${2#*:}" ] ;;
	static) case $(${CC:-cc} -print-file-name="$1" 2>/dev/null) in /*) ;; *) false ;; esac ;;
	runtime:*)
		for file in "lib${2#*:}.a" "lib${2#*:}-$(uname -m).a"; do
			case $(clang -print-file-name="$file" 2>/dev/null) in /*) return 0 ;; esac
		done
		return 1
		;;
	pymodule:*)
		for path in /usr/lib*/python3*/"${2#*:}" /usr/lib*/python3*/*-packages/"${2#*:}"; do
			[ -e "$path" ] && return 0
		done
		return 1
		;;
	esac
}

missing() { # TABLE: the package names of what is missing
	echo "$1" | while read -r name how rest; do
		[ -n "$name" ] || continue
		have "$name" "$how" && continue
		set -- "$name" "$how" $rest
		shift $((column - 1))
		echo "$1"
	done
}

install() { # PACKAGE...
	case $manager in
	apt-get)
		DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" </dev/null
		;;
	dnf) dnf install -y "$@" ;;
	pacman) pacman -S --noconfirm --needed "$@" ;;
	apk) apk add "$@" ;;
	esac
}

command_for() {
	case ${manager:-} in
	dnf) echo "dnf install -y $*" ;;
	pacman) echo "pacman -S --needed $*" ;;
	apk) echo "apk add $*" ;;
	*) echo "apt-get install -y --no-install-recommends $*" ;;
	esac
}

needed=$(missing "$required" | sort -u | tr '\n' ' ')
wanted=$(missing "$optional" | sort -u | tr '\n' ' ')
[ -n "$needed$wanted" ] || exit 0
if [ "$(id -u)" -ne 0 ] || [ -z "${manager:-}" ]; then
	if [ -n "$needed" ]; then
		echo "missing packages; as root: $(command_for $needed)" >&2
		exit 1
	fi
	[ -t 2 ] && echo "some suite cases will be skipped without: $wanted" >&2
	exit 0
fi
if [ "$manager" = apt-get ] && ! apt-cache show libseccomp-dev >/dev/null 2>&1; then
	apt-get update || exit 1
fi
if [ -n "$needed" ]; then
	echo "installing: $needed"
	log=$(mktemp) || exit 1
	trap 'rm -f "$log"' EXIT
	install $needed >"$log" 2>&1 || {
		cat "$log" >&2
		echo "could not install: $needed" >&2
		exit 1
	}
fi
for package in $wanted; do
	echo "installing (for some suite cases): $package"
	install "$package" >/dev/null 2>&1 ||
		echo "could not install $package: the cases that need it will be skipped"
done
exit 0
