/* SPDX-License-Identifier: MIT */
/* The only file that calls ptrace(2) and decodes wait statuses. */
#include "linux/tracing.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <linux/audit.h>

#define X32_BIT 0x40000000u
#define SYSCALL_STOP (SIGTRAP | 0x80) /* with PTRACE_O_TRACESYSGOOD */

/* A deliberate slow-down, for the benchmark to find: one more stop after each
 * judged call. Never defined but by the test of the benchmark. */
#ifdef CB_SECOND_STOP
#define RESUME_CALL PTRACE_SYSCALL
#define MORE_OPTIONS PTRACE_O_TRACESYSGOOD
#else
#define RESUME_CALL PTRACE_CONT
#define MORE_OPTIONS 0
#endif

static int result(long rc)
{
	if (rc >= 0)
		return 0;
	return errno == ESRCH ? CB_GONE : -errno;
}

static long message(pid_t tid)
{
	unsigned long value = 0;

	return ptrace(PTRACE_GETEVENTMSG, tid, 0, &value) ? 0 : (long)value;
}

/* A PTRACE_EVENT_STOP is a group-stop if its signal is one that stops
 * (ptrace(2), "Group-stop"). */
static void event_stop(struct cb_stop *stop, int signal)
{
	bool stops = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
		     signal == SIGTTOU;

	stop->kind = stops ? CB_STOP_GROUP : CB_STOP_START;
	stop->value = signal;
}

static void decode_stopped(struct cb_stop *stop, int status)
{
	int event = status >> 16;

	switch (event) {
	case 0:
		stop->kind = WSTOPSIG(status) == SYSCALL_STOP ? CB_STOP_OTHER : CB_STOP_SIGNAL;
		stop->value = WSTOPSIG(status);
		return;
	case PTRACE_EVENT_SECCOMP:
		stop->kind = CB_STOP_CALL;
		return;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		stop->kind = CB_STOP_FORK;
		stop->vfork = event == PTRACE_EVENT_VFORK;
		stop->clone = event == PTRACE_EVENT_CLONE;
		stop->value = message(stop->tid);
		return;
	case PTRACE_EVENT_EXEC:
		stop->kind = CB_STOP_EXEC;
		return;
	case PTRACE_EVENT_STOP:
		event_stop(stop, WSTOPSIG(status));
		return;
	default:
		stop->kind = CB_STOP_OTHER;
	}
}

int cb_stop_next(struct cb_stop *stop, bool block)
{
	struct rusage usage;
	int status;
	pid_t tid;

	do
		tid = wait4(-1, &status, __WALL | __WNOTHREAD | (block ? 0 : WNOHANG), &usage);
	while (tid < 0 && errno == EINTR);
	if (tid < 0)
		return -errno;
	if (!tid)
		return CB_GONE;
	*stop = (struct cb_stop){ .tid = tid, .usage = usage };
	if (WIFEXITED(status)) {
		stop->kind = CB_STOP_EXITED;
		stop->value = WEXITSTATUS(status);
	} else if (WIFSIGNALED(status)) {
		stop->kind = CB_STOP_KILLED;
		stop->value = WTERMSIG(status);
	} else {
		decode_stopped(stop, status);
	}
	return 0;
}

int cb_tracing_seize(pid_t pid)
{
	unsigned long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK |
				PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
				MORE_OPTIONS;

	return result(ptrace(PTRACE_SEIZE, pid, 0, options));
}

int cb_tracing_entry(pid_t tid, struct cb_entry *entry)
{
	struct __ptrace_syscall_info info = { 0 }; /* valgrind does not know who fills it */
	long n = ptrace((enum __ptrace_request)PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info);

	if (n < 0) /* EIO: an unknown request */
		return errno == EIO ? -ENOSYS : result(n);
	if (info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return -EPROTO;
	entry->abi = CB_ABI_OTHER;
	if (info.arch == AUDIT_ARCH_I386)
		entry->abi = CB_ABI_I386;
	else if (info.arch == AUDIT_ARCH_X86_64 && !(info.seccomp.nr & X32_BIT))
		entry->abi = CB_ABI_X86_64;
	entry->number = info.seccomp.nr;
	for (int i = 0; i < CB_ARGS; i++)
		entry->args[i] = info.seccomp.args[i];
	return 0;
}

static int poke(pid_t tid, size_t offset, unsigned long long value)
{
	return result(ptrace(PTRACE_POKEUSER, tid, offset, value));
}

int cb_tracing_answer(pid_t tid, long value)
{
	int rc = poke(tid, offsetof(struct user_regs_struct, rax), (unsigned long long)value);

	return rc ? rc : poke(tid, offsetof(struct user_regs_struct, orig_rax), -1ull);
}

#define REG(name) offsetof(struct user_regs_struct, name)

int cb_tracing_set_arg(pid_t tid, enum cb_abi abi, int index, unsigned long long value)
{
	/* syscall(2), "Architecture calling conventions" */
	static const size_t where[][CB_ARGS] = {
		[CB_ABI_X86_64] = { REG(rdi), REG(rsi), REG(rdx), REG(r10), REG(r8), REG(r9) },
		[CB_ABI_I386] = { REG(rbx), REG(rcx), REG(rdx), REG(rsi), REG(rdi), REG(rbp) },
	};

	return poke(tid, where[abi][index], value);
}

int cb_tracing_continue(pid_t tid, int signal)
{
	return result(ptrace(PTRACE_CONT, tid, 0, signal));
}

int cb_tracing_continue_call(pid_t tid)
{
	return result(ptrace(RESUME_CALL, tid, 0, 0));
}

bool cb_tracing_begins(unsigned long long request)
{
	return request == CB_TRACEME || request == PTRACE_ATTACH ||
	       request == (unsigned long long)PTRACE_SEIZE;
}

bool cb_tracing_is_ours(pid_t tid)
{
	siginfo_t info;

	return !waitid(P_PID, (id_t)tid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL | __WNOTHREAD);
}

int cb_tracing_listen(pid_t tid)
{
	return result(ptrace(PTRACE_LISTEN, tid, 0, 0));
}

int cb_tracing_peek(pid_t tid, unsigned long long addr, unsigned long *word)
{
	long value;

	errno = 0;
	value = ptrace(PTRACE_PEEKDATA, tid, addr, 0);
	if (value == -1 && errno)
		return errno == ESRCH ? CB_GONE : -errno;
	*word = (unsigned long)value;
	return 0;
}

int cb_tracing_poke(pid_t tid, unsigned long long addr, unsigned long word)
{
	return result(ptrace(PTRACE_POKEDATA, tid, addr, word));
}
