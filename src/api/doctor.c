/* SPDX-License-Identifier: MIT */
/* Can this machine sandbox? Says what the kernel has, and tries a denial. */
#include "api/internal.h"

#include "base/cleanup.h"
#include "linux/features.h"
#include "linux/landlock.h"
#include "linux/notify.h"
#include "linux/syscalls.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the sandbox: makes a directory where the policy refuses it, and one where
 * it does not. The exit status says what came of it. */
enum attempt { ATTEMPT_REFUSED, ATTEMPT_LET_THROUGH, ATTEMPT_ALL_REFUSED };

static int attempt(void *arg)
{
	const char *const *dirs = arg;

	if (!mkdir(dirs[0], 0700) || errno != EACCES)
		return ATTEMPT_LET_THROUGH;
	return mkdir(dirs[1], 0700) ? ATTEMPT_ALL_REFUSED : ATTEMPT_REFUSED;
}

static int judge_attempt(const struct catbox_result *result, struct cb_error *err)
{
	if (result->signal)
		return cb_error(err, EIO, "a process under the sandbox was killed by signal %d",
				result->signal);
	if (result->status == ATTEMPT_LET_THROUGH)
		return cb_error(err, EIO, "a denied mkdir was not refused");
	if (result->status != ATTEMPT_REFUSED)
		return cb_error(err, EIO, "an allowed mkdir was refused");
	if (result->violations != 1)
		return cb_error(err, EIO, "a denied mkdir left %llu violations instead of one",
				result->violations);
	return 0;
}

static int try_in(const char *base, const char *engine, struct catbox_error *err)
{
	char denied[256], allowed[256], room[256];
	const char *dirs[2] = { denied, allowed };
	catbox_policy *policy = catbox_policy_new();
	struct catbox_options options = { .size = sizeof options, .function = attempt,
					  .function_arg = dirs, .policy = policy };
	struct catbox_result result;
	struct cb_error inner = { 0 };
	struct stat st;
	int rc;

	snprintf(denied, sizeof denied, "%s/denied", base);
	snprintf(room, sizeof room, "%s/room", base);
	snprintf(allowed, sizeof allowed, "%s/room/allowed", base);
	mkdir(room, 0700);
	rc = catbox_policy_write(policy, room, "doctor", err);
	if (!rc)
		rc = catbox_policy_engine(policy, engine, err);
	if (!rc)
		rc = catbox_run(&options, &result, err);
	if (!rc) {
		rc = judge_attempt(&result, &inner);
		if (!rc && !lstat(denied, &st))
			rc = cb_error(&inner, EIO, "a denied mkdir made its directory all the same");
		if (rc)
			catbox_error_out(err, &inner);
	}
	rmdir(allowed);
	rmdir(room);
	rmdir(denied);
	catbox_policy_free(policy);
	return rc;
}

static const char *yes_or_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void print_notify(FILE *out)
{
	struct cb_notify_features n;
	const char *why_not;

	cb_notify_probe(&n, &why_not);
	if (why_not)
		fprintf(out, "seccomp USER_NOTIF  no: %s\n", why_not);
	else
		fprintf(out, "seccomp USER_NOTIF  yes (a call waits for the supervisor: %s, is woken "
			"on its core: %s)\n", yes_or_no(n.wait_killable), yes_or_no(n.sync_wake_up));
}

static void print_features(FILE *out, const struct cb_features *f)
{
	fprintf(out, "kernel              %s %s%s\n", f->release, f->machine,
		f->old ? " (older than 5.11)" : "");
	fprintf(out, "openat2             %s\n", f->openat2 ? "yes" : "no (a slower way is used)");
	fprintf(out, "seccomp RET_TRACE   %s\n", f->seccomp_trace ? "yes" : "not announced");
	print_notify(out);
	fprintf(out, "process_vm_readv    %s\n",
		f->vm_readv ? "yes" : "no (slower ways are used)");
	if (f->landlock_abi)
		fprintf(out, "Landlock            ABI %d\n", f->landlock_abi);
	else
		fprintf(out, "Landlock            no\n");
	if (f->yama_scope >= 0)
		fprintf(out, "Yama ptrace_scope   %d\n", f->yama_scope);
	else
		fprintf(out, "Yama                no\n");
	fflush(out);
}

/* A child under the second lock alone tries to make a directory. */
static bool second_lock_refuses(const char *base, int abi)
{
	struct cb_landlock_scope scope = { .signals = true };
	CB_AUTO_FD int ruleset = cb_landlock_new(abi, &scope);
	char denied[256];
	int status = 0;
	pid_t pid;

	if (ruleset < 0)
		return false;
	snprintf(denied, sizeof denied, "%s/denied", base);
	pid = fork();
	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || cb_landlock_restrict(ruleset))
			_exit(1);
		_exit(!mkdir(denied, 0700) || errno != EACCES);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return false;
	return true;
}

static void print_second_lock(FILE *out, const struct cb_features *f, const char *base)
{
	if (f->landlock_abi < CB_LANDLOCK_ABI_MIN)
		fprintf(out, "second lock         no: what another thread changes between check and "
			"use is not held\n");
	else if (!second_lock_refuses(base, f->landlock_abi))
		fprintf(out, "second lock         does not hold: a denied mkdir was not refused\n");
	else
		fprintf(out, "second lock         holds files%s%s\n",
			f->landlock_abi >= CB_LANDLOCK_ABI_TRUNCATE ? "" : " (not truncate)",
			f->landlock_abi >= CB_LANDLOCK_ABI_SCOPE ? ", signals, abstract sockets" : "");
}

int catbox_doctor(FILE *out, struct catbox_error *err)
{
	char base[] = "/tmp/catbox-doctor-XXXXXX";
	struct cb_error inner = { 0 };
	struct catbox_error why = { 0 };
	struct cb_features f;
	int rc, by_notify;

	cb_features_probe(&f);
	print_features(out, &f);
	if (!mkdtemp(base)) {
		cb_error_sys(&inner, "cannot make a directory for a trial in /tmp");
		return catbox_error_out(err, &inner);
	}
	print_second_lock(out, &f, base);
	by_notify = try_in(base, "notify", &why);
	fprintf(out, "trial by notify     %s\n", by_notify ? why.message : "refused and reported");
	rc = try_in(base, "ptrace", err);
	rmdir(base);
	if (!rc)
		fprintf(out, "trial denial        refused and reported\n"
			     "engine              ptrace%s: this machine can sandbox\n",
			by_notify ? "" : ", notify");
	else if (!by_notify)
		fprintf(out, "engine              notify alone: catbox run --engine notify (or auto)\n");
	return rc;
}

/* --- the table */

static const char *row_word(const struct cb_syscall *row)
{
	switch (row->kind) {
	case CB_ROW_WATCH:
	case CB_ROW_ASK:
	case CB_ROW_SOCKETCALL:
	case CB_ROW_PASS:
		return "pass";
	case CB_ROW_ENOSYS:
		return "ENOSYS";
	default:
		return cb_effect_name(row->effect);
	}
}

/* The numbers by which i386 makes the calls of this row. */
static json_t *i386_numbers(const struct cb_syscall *row)
{
	const struct cb_syscall_i386 *numbers;
	json_t *list = json_array();
	const struct cb_syscall *rows;
	size_t n;

	rows = cb_syscall_rows(&n);
	numbers = cb_syscall_i386_numbers(&n);
	for (size_t i = 0; i < n; i++)
		if (rows[numbers[i].row].number == row->number)
			json_array_append_new(list, json_integer(numbers[i].number));
	return list;
}

static json_t *row_object(const struct cb_syscall *r)
{
	json_t *object = json_pack("{s:o,s:s,s:s,s:s,s:s?,s:o}", "number",
				   r->number < CB_ONLY_I386 ? json_integer(r->number) : json_null(),
				   "name", r->name, "effect", row_word(r), "group", r->group,
				   "reason", r->reason, "i386", i386_numbers(r));

	return object;
}

static void print_row(FILE *out, const json_t *row)
{
	const json_t *number = json_object_get(row, "number"), *i386 = json_object_get(row, "i386");
	const char *name = json_string_value(json_object_get(row, "name"));
	const char *group = json_string_value(json_object_get(row, "group"));
	const char *reason = json_string_value(json_object_get(row, "reason"));
	char digits[16] = "-";

	if (json_is_integer(number))
		snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(number));
	fprintf(out, "%3s  %-28s %-8s", digits, name,
		json_string_value(json_object_get(row, "effect")));
	if (reason || strcmp(group, name))
		fprintf(out, " %s", reason ? reason : group);
	for (size_t i = 0; i < json_array_size(i386); i++)
		fprintf(out, "%s%lld", i ? ", " : " [i386 ",
			(long long)json_integer_value(json_array_get(i386, i)));
	fputs(json_array_size(i386) ? "]\n" : "\n", out);
}

void catbox_syscalls(FILE *out, bool json)
{
	json_t *list = json_array();
	const struct cb_syscall *rows;
	size_t n;

	rows = cb_syscall_rows(&n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, row_object(&rows[i]));
	if (json) {
		json_dumpf(list, out, JSON_INDENT(1));
		fputc('\n', out);
	} else {
		for (size_t i = 0; i < n; i++)
			print_row(out, json_array_get(list, i));
	}
	json_decref(list);
}

const char *catbox_version(void)
{
	return CATBOX_VERSION;
}
