/* SPDX-License-Identifier: MIT */
/* The probes: one function each, and a row in `probes`. */
#include "probe.h"

#include "base/cleanup.h"
#include "base/yaml.h"
#include "process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#define COMMAND_TIMEOUT_MS 600000
#define LANDLOCK_VERSION_FLAG 1u

struct answer {
	char *requirement;
	char *reason; /* NULL: met */
	struct answer *next;
};

struct hn_probes {
	struct answer *answers;
};

/* A probe appends its reason to `why` if the machine does not meet it. */
struct probe {
	const char *name;
	bool has_value; /* stands as name:VALUE */
	void (*ask)(const char *value, struct cb_buf *why);
};

/* ABI 1 refuses rename and link across directories: no use for a build. */
static void ask_landlock(const char *value, struct cb_buf *why)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_FLAG);

	(void)value;
	if (abi < 2)
		cb_buf_adds(why, abi < 0 ? "this kernel has no Landlock" : "Landlock ABI 2 needed");
}

#ifdef __x86_64__
/* getpid by the i386 door; without it the int is a fault. */
static void ask_i386(const char *value, struct cb_buf *why)
{
	pid_t child = fork();
	int status = -1;

	(void)value;
	if (!child) {
		long result = 20;

		signal(SIGSEGV, SIG_DFL);
		__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
		_exit(result > 0 ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		cb_buf_adds(why, "this kernel runs no i386 system calls");
}
#else
static void ask_i386(const char *value, struct cb_buf *why)
{
	(void)value;
	cb_buf_adds(why, "not an x86-64 machine");
}
#endif

static void ask_root(const char *value, struct cb_buf *why)
{
	(void)value;
	if (geteuid())
		cb_buf_adds(why, "not root");
}

static void ask_non_root(const char *value, struct cb_buf *why)
{
	(void)value;
	if (!geteuid())
		cb_buf_adds(why, "running as root");
}

/* Can something listen on `address` and be reached there? */
static bool reaches_itself(int family, struct sockaddr *address, socklen_t len)
{
	CB_AUTO_FD int server = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CB_AUTO_FD int client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return server >= 0 && client >= 0 && !bind(server, address, len) && !listen(server, 1) &&
	       !getsockname(server, address, &len) && !connect(client, address, len);
}

static void ask_loopback(const char *value, struct cb_buf *why)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	(void)value;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!reaches_itself(AF_INET, (struct sockaddr *)&a, sizeof a))
		cb_buf_adds(why, "no loopback network");
}

static void ask_ipv6(const char *value, struct cb_buf *why)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	(void)value;
	if (!reaches_itself(AF_INET6, (struct sockaddr *)&a, sizeof a))
		cb_buf_adds(why, "no IPv6");
}

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

/* Looked for where the cases will look. */
static void ask_program(const char *value, struct cb_buf *why)
{
	const char *dir = HN_CASE_PATH;

	if (strchr(value, '/') && is_program(value))
		return;
	for (size_t len; !strchr(value, '/'); dir += len + 1) {
		CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;

		len = strcspn(dir, ":");
		cb_buf_addf(&path, "%.*s/%s", (int)len, dir, value);
		if (is_program(path.data))
			return;
		if (!dir[len])
			break;
	}
	cb_buf_addf(why, "no program '%s'", value);
}

static void ask_command(const char *value, struct cb_buf *why)
{
	char *const argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, (char *)value, NULL };
	struct hn_answer answer;
	struct cb_error err;

	if (hn_ask_program(argv, COMMAND_TIMEOUT_MS, &answer, &err)) {
		cb_buf_adds(why, err.message);
	} else if (answer.timed_out) {
		cb_buf_addf(why, "no answer in time: %s", value);
	} else if (answer.status) {
		cb_buf_truncate(&answer.out, strcspn(answer.out.data, "\n"));
		if (answer.out.len)
			cb_buf_adds(why, answer.out.data);
		else
			cb_buf_addf(why, "not met: %s", value);
	}
	hn_answer_destroy(&answer);
}

static const struct probe probes[] = {
	{ "landlock", false, ask_landlock },
	{ "i386", false, ask_i386 },
	{ "non-root", false, ask_non_root },
	{ "root", false, ask_root },
	{ "network-loopback", false, ask_loopback },
	{ "ipv6", false, ask_ipv6 },
	{ "program", true, ask_program },
	{ "command", true, ask_command },
	{ NULL, false, NULL },
};

/* The probe, and what stands behind its colon. */
static const struct probe *find(const char *requirement, const char **value)
{
	size_t len = strcspn(requirement, ":");
	const struct probe *p = probes;

	*value = requirement[len] ? requirement + len + 1 : NULL;
	if (*value)
		*value += strspn(*value, " ");
	while (p->name && (strlen(p->name) != len || strncmp(p->name, requirement, len)))
		p++;
	return p->name ? p : NULL;
}

int hn_probe_check(const char *requirement, struct cb_error *err)
{
	const char *value, *guess, *names[16];
	const struct probe *p = find(requirement, &value);
	size_t n = 0;

	if (p && p->has_value == (value && *value))
		return 0;
	if (p)
		return cb_error(err, EINVAL, p->has_value ?
				"the requirement '%s' needs a value behind a colon" :
				"the requirement '%s' takes no value", requirement);
	for (p = probes; p->name; p++)
		names[n++] = p->name;
	names[n] = NULL;
	guess = cb_suggest(requirement, names);
	return cb_error(err, EINVAL, "unknown requirement '%s'%s%s%s", requirement,
			guess ? ", did you mean '" : "", guess ? guess : "", guess ? "'?" : "");
}

struct hn_probes *hn_probes_new(void)
{
	return cb_calloc(1, sizeof(struct hn_probes));
}

void hn_probes_free(struct hn_probes *set)
{
	while (set && set->answers) {
		struct answer *a = set->answers;

		set->answers = a->next;
		free(a->requirement);
		free(a->reason);
		free(a);
	}
	free(set);
}

const char *hn_probe_ask(struct hn_probes *set, const char *requirement)
{
	CB_AUTO_BUF struct cb_buf why = CB_BUF_INIT;
	const struct probe *p;
	const char *value;
	struct answer *a;

	for (a = set->answers; a; a = a->next)
		if (!strcmp(a->requirement, requirement))
			return a->reason;
	p = find(requirement, &value);
	if (p)
		p->ask(value, &why);
	a = cb_calloc(1, sizeof *a);
	a->requirement = cb_strdup(requirement);
	a->reason = why.len ? cb_buf_steal(&why) : NULL;
	a->next = set->answers;
	set->answers = a;
	return a->reason;
}
