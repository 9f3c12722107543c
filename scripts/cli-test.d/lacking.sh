# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Kernels and containers that lack something (fixtures/probes/probe-lacking.c): it is
# done without, and said in one line, or nothing runs at all.

lacking_command='mkdir in/made away/made; echo $?'

# lacking NAME CALL=ERRNO... : runs with what is not there; leaves status, out, err, log
lacking() {
	rm -rf in/made away log.jsonl
	mkdir -p away
	"$build/probes/probe-lacking" "$@" -- "$catbox" run -v -w in -l log.jsonl -- \
		sh -c "$lacking_command" >out 2>err </dev/null
	status=$?
}

# works_lacking NAME NOTE CALL=ERRNO...: the sandbox holds as ever, and says what it lacks
works_lacking() {
	name=$1 note=$2
	shift 2
	lacking "$@"
	is "$name: the status" 120 "$status"
	is "$name: what is allowed is done" there "$(there in/made)"
	is "$name: what is denied is not" absent "$(there away/made)"
	has "$name: the denial is told" err '^catbox: denied mkdir .*/away/made '
	is "$name: one line says what is missing" 1 "$(grep -c "^catbox: note: $note" err)"
	has "$name: so does an event" log.jsonl '"event":"note".*'"$note"
}

# refused_lacking NAME SENTENCE CALL=ERRNO...: nothing runs, and one line says why
refused_lacking() {
	name=$1 sentence=$2
	shift 2
	lacking "$@"
	is "$name: the status" 125 "$status"
	is "$name: nothing was made" "absent absent" "$(there in/made) $(there away/made)"
	is "$name: one line" 1 "$(grep -c '^catbox: ' err)"
	has "$name: it says why" err "^catbox: $sentence"
}

# lacking_option LIST NOTE: the same by the option, for what no filter can take away
lacking_option() {
	rm -rf in/made away
	mkdir away
	run -v -w in --without "$1" -- sh -c "$lacking_command"
	is "--without $1: the status" 120 "$status"
	is "--without $1: both places" "there absent" "$(there in/made) $(there away/made)"
	has "--without $1: the note" err "^catbox: note: $2"
}

test_lacking() {
	works_lacking "process_vm_readv refused" "process_vm_readv is not to be had: tracees are read through /proc" \
		process_vm_readv=EPERM
	works_lacking "no process_vm_readv" "process_vm_readv is not to be had" process_vm_readv=ENOSYS
	works_lacking "no openat2" "openat2 is not to be had" openat2=ENOSYS
	works_lacking "openat2 refused" "openat2 is not to be had" openat2=EPERM
	works_lacking "no Landlock" "there is no second lock" landlock=ENOSYS
	works_lacking "Landlock switched off" "there is no second lock" landlock=EOPNOTSUPP
	refused_lacking "seccomp refused" "cannot load the seccomp filter: Operation not permitted" \
		seccomp=EPERM
	refused_lacking "no seccomp" "cannot load the seccomp filter" seccomp=ENOSYS prctl.seccomp=EINVAL
	refused_lacking "no no_new_privs" "cannot " prctl.no_new_privs=EINVAL
	refused_lacking "ptrace refused" "cannot trace the child with ptrace: .*container" ptrace=EPERM
	refused_lacking "attaching refused" "cannot trace the child with ptrace: " ptrace.seize=EPERM
	lacking seccomp=ENOSYS
	is "seccomp(2) missing, prctl(2) there" "120 absent" "$status $(there away/made)"
	lacking ptrace.syscall_info=EIO
	is "calls are not told: the status" 125 "$status"
	is "calls are not told: nothing was made" "absent absent" "$(there in/made) $(there away/made)"
	has "calls are not told: it says why" err 'Linux 5\.3'
	lacking_option landlock "there is no second lock .switched off.:"
	lacking_option process_vm_readv "process_vm_readv is not to be had: tracees are read through /proc"
	lacking_option process_vm_readv,proc-mem \
		"process_vm_readv is not to be had: tracees are read word by word"
	run --without everything true
	is "--without something unknown" 125 "$status"
	has "it is named" err "'everything'"
	setarch --uname-2.6 "$catbox" run -v true >out 2>err
	has "an old kernel is told" err '^catbox: note: Linux 2\.6\..* is older than 5\.11'
}
