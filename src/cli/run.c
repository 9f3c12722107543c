/* SPDX-License-Identifier: MIT */
/* catbox run: options, one line per violation, and the exit status. */
#include "cli/settings.h"
#include "cli/terminal.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run_options {
	struct setting *settings; /* those that make the policy, in order */
	int count;
	const char *log;
	const char *stats;
	const char *without;
	const char *fake_state;
	const char **hooks; /* EVENT=COMMAND, ends with NULL */
	int hook_count;
	int hook_timeout;   /* seconds */
	int supervisors;    /* 0: not said */
	const char *manifest;
	const char *manifest_root;
	int violation_exit;
	bool quiet;
	bool verbose;
	bool only_continue; /* for measurements */
};

/* Long options without a letter of their own. */
enum { OPT_STATS = 256, OPT_VIOLATION_EXIT, OPT_WITHOUT, OPT_FAKE_STATE, OPT_MANIFEST,
       OPT_MANIFEST_ROOT, OPT_HOOK, OPT_HOOK_TIMEOUT, OPT_ONLY_CONTINUE,
       OPT_SUPERVISORS };

static const struct option long_options[] = {
	{ "policy", required_argument, NULL, 'p' },
	{ "write", required_argument, NULL, 'w' },
	{ "also-write", required_argument, NULL, 'W' },
	{ "net", required_argument, NULL, 'n' },
	{ "collect-only", no_argument, NULL, 'c' },
	{ "stop", no_argument, NULL, 'S' },
	{ "log", required_argument, NULL, 'l' },
	{ "log-events", required_argument, NULL, 'L' },
	{ "stats", required_argument, NULL, OPT_STATS },
	{ "engine", required_argument, NULL, 'E' },
	{ "supervisors", required_argument, NULL, OPT_SUPERVISORS },
	{ "without", required_argument, NULL, OPT_WITHOUT },
	{ "only-continue", no_argument, NULL, OPT_ONLY_CONTINUE }, /* see HACKING.md */
	{ "violation-exit", required_argument, NULL, OPT_VIOLATION_EXIT },
	{ "set", required_argument, NULL, 's' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "fake", optional_argument, NULL, 'f' },
	{ "fake-state", required_argument, NULL, OPT_FAKE_STATE },
	{ "real-owner", no_argument, NULL, 'r' },
	{ "manifest", required_argument, NULL, OPT_MANIFEST },
	{ "manifest-root", required_argument, NULL, OPT_MANIFEST_ROOT },
	{ "log-reads", no_argument, NULL, 'R' },
	{ "hook", required_argument, NULL, OPT_HOOK },
	{ "hook-timeout", required_argument, NULL, OPT_HOOK_TIMEOUT },
	{ NULL, 0, NULL, 0 },
};

static void help(void)
{
	puts("usage: catbox run [options] [--] COMMAND [ARG...]\n\n"
	     "  -p, --policy FILE      rules from a policy file; may be repeated\n"
	     "  -w, --write PATH       make PATH writable: an existing directory with all below\n"
	     "                         it, or ~REGEX; any -p or -w drops the default policy\n"
	     "      --also-write PATH  the same, and the default policy stays\n"
	     "  -n, --net MODE         all, loopback or none\n"
	     "  -c, --collect-only     report violations, let them happen\n"
	     "      --stop             end everything at the first violation\n"
	     "  -f, --fake[=LIST]      pretend to be root: ids,owner,mode,device,xattr or all; what\n"
	     "                         is changed about files is recorded, not done\n"
	     "      --fake-state FILE  what is pretended about files, kept from run to run\n"
	     "      --real-owner       show who really has the files nothing is pretended about\n"
	     "      --manifest FILE    an mtree(5) manifest with what is pretended, of all below\n"
	     "      --manifest-root DIR  DIR: bsdtar -cf pkg.tar @FILE makes the archive\n"
	     "  -l, --log FILE         events as JSON Lines\n"
	     "      --log-events LIST  more events for the log: reads,exec,net,processes\n"
	     "      --log-reads        the same as --log-events reads: files read or executed\n"
	     "      --stats FILE       counters as JSON, at the end\n"
	     "      --engine NAME      ptrace (the default), notify (seccomp user notification:\n"
	     "                         costs less, and debuggers work inside) or auto\n"
	     "      --supervisors N    threads that judge under the engine notify, 1 to 16;\n"
	     "                         default 1\n"
	     "      --without LIST     do as if the kernel had not: landlock, process_vm_readv,\n"
	     "                         proc-mem, wait-killable, sync-wake-up\n"
	     "      --violation-exit N exit status when the command succeeded in spite of a\n"
	     "                         violation; default 120, 0 = the command's own\n"
	     "      --hook EVENT=COMMAND  run COMMAND, unconfined, at child_initialized,\n"
	     "                         child_died_unexpectedly, violation, process_start,\n"
	     "                         process_exit or finished; may be repeated\n"
	     "      --hook-timeout N   seconds that a hook may take; default 30\n"
	     "      --set NAME=VALUE   the value of ${NAME} in policy files\n"
	     "  -q, --quiet            no lines about violations, no summary\n"
	     "  -v, --verbose          expected denials and other events too\n\n"
	     "Default policy: the current directory, /tmp, /var/tmp, /dev/shm and $TMPDIR are\n"
	     "writable. Exit status: the command's own (128+N for a signal), 120, 125 for a\n"
	     "failure of catbox itself, 126/127 command not executable/not found.");
}

static int parse_number(const char *text, const char *what, int least, int most, int *value)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (!*text || *end || n < least || n > most)
		return complain("%s: '%s' is no number from %d to %d", what, text, least, most);
	*value = (int)n;
	return 0;
}

/* 0 to go on, -1 for help, or an exit status. */
static int parse(int argc, char **argv, struct run_options *o)
{
	int c, index = 0;

	while ((c = getopt_long(argc, argv, "+p:w:n:cl:f::qvh", long_options, &index)) != -1) {
		int rc = 0;

		switch (c) {
		case 'l':
			o->log = optarg;
			break;
		case OPT_STATS:
			o->stats = optarg;
			break;
		case OPT_VIOLATION_EXIT:
			rc = parse_number(optarg, "--violation-exit", 0, 255, &o->violation_exit);
			break;
		case OPT_WITHOUT:
			o->without = optarg;
			break;
		case OPT_SUPERVISORS:
			rc = parse_number(optarg, "--supervisors", 1, 16, &o->supervisors);
			break;
		case OPT_ONLY_CONTINUE:
			o->only_continue = true;
			break;
		case OPT_HOOK:
			o->hooks[o->hook_count++] = optarg;
			break;
		case OPT_HOOK_TIMEOUT:
			rc = parse_number(optarg, "--hook-timeout", 0, 86400, &o->hook_timeout);
			if (!rc && !o->hook_timeout)
				rc = complain("--hook-timeout: 0 seconds are too few");
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'h':
			return -1;
		case OPT_FAKE_STATE:
			o->fake_state = optarg;
			break;
		case OPT_MANIFEST:
			o->manifest = optarg;
			break;
		case OPT_MANIFEST_ROOT:
			o->manifest_root = optarg;
			break;
		case '?':
			return EXIT_OWN_FAILURE;
		default:
			o->settings[o->count++] = (struct setting){ c, optarg };
		}
		if (rc)
			return rc;
	}
	if (o->manifest_root && !o->manifest)
		return complain("--manifest-root '%s': there is no --manifest", o->manifest_root);
	return optind < argc ? 0 : complain("run: no command given (see: catbox run --help)");
}

/* Control characters in names would garble the terminal. */
static void print_clean(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 5 < size; text++) {
		bool c1 = text[0] == '\xc2' && (unsigned char)text[1] >= 0x80 &&
			  (unsigned char)text[1] < 0xa0; /* U+0080 to U+009F, as UTF-8 */

		if ((unsigned char)*text < 0x20 || *text == 0x7f || c1)
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", (unsigned char)*text);
		else
			out[n++] = *text;
	}
	out[n] = '\0';
}

static const char *subject_of(const catbox_event *event)
{
	static const char *const keys[] = { "real", "address", "path", "request" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *text = catbox_event_text(event, keys[i]);

		if (text && *text)
			return text;
	}
	return "";
}

static void print_denial(const catbox_event *event, const char *word)
{
	char subject[4400], comm[300];
	long long target = catbox_event_number(event, "target", 0);

	print_clean(subject, sizeof subject, subject_of(event));
	print_clean(comm, sizeof comm, catbox_event_text(event, "comm"));
	if (!*subject && target)
		snprintf(subject, sizeof subject, "process %lld", target);
	fprintf(stderr, "catbox: %s %s%s%s (%s[%lld], rule %s)\n", word,
		catbox_event_text(event, "syscall"), *subject ? " " : "", subject, comm,
		catbox_event_number(event, "pid", 0), catbox_event_text(event, "rule"));
}

static void print_faked(const catbox_event *event)
{
	const char *mode = catbox_event_text(event, "mode");
	char subject[4400], comm[300];

	print_clean(subject, sizeof subject, subject_of(event));
	print_clean(comm, sizeof comm, catbox_event_text(event, "comm"));
	fprintf(stderr, "catbox: faked %s %lld:%lld%s%s%s%s (%s[%lld])\n",
		catbox_event_text(event, "op"), catbox_event_number(event, "uid", 0),
		catbox_event_number(event, "gid", 0), mode ? " " : "", mode ? mode : "",
		*subject ? " " : "", subject, comm, catbox_event_number(event, "pid", 0));
}

static void on_event(const catbox_event *event, void *ctx)
{
	const struct run_options *o = ctx;
	const char *kind = catbox_event_text(event, "event");

	if (o->quiet || !kind)
		return;
	if (!strcmp(kind, "violation")) {
		const char *verdict = catbox_event_text(event, "verdict");

		print_denial(event, verdict && !strcmp(verdict, "allow") ? "let through" : "denied");
	} else if (!strcmp(kind, "leftover")) {
		fprintf(stderr, "catbox: left over: %s[%lld] (%s)\n", catbox_event_text(event, "comm"),
			catbox_event_number(event, "pid", 0), catbox_event_text(event, "action"));
	} else if (!strcmp(kind, "hook") && catbox_event_text(event, "text")) {
		fprintf(stderr, "catbox: hook %s failed: %s\n", catbox_event_text(event, "hook"),
			catbox_event_text(event, "text"));
	} else if (o->verbose && !strcmp(kind, "expected")) {
		print_denial(event, "denied as expected");
	} else if (o->verbose && !strcmp(kind, "faked")) {
		print_faked(event);
	} else if (o->verbose && !strcmp(kind, "note")) {
		fprintf(stderr, "catbox: note: %s\n", catbox_event_text(event, "text"));
	}
}

static void summary(const struct run_options *o, const struct catbox_result *r)
{
	if (o->quiet || (!r->violations && !r->leftovers && !o->verbose))
		return;
	fprintf(stderr, "catbox: %llu violation%s, %llu expected, %llu left over\n", r->violations,
		r->violations == 1 ? "" : "s", r->expected, r->leftovers);
}

static int exit_status(const struct run_options *o, const struct catbox_result *r,
		       const char *command)
{
	int status = r->signal ? 128 + r->signal : r->status;

	if (r->exec_error) {
		complain("cannot run '%s': %s", command, strerror(r->exec_error));
		return r->exec_error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	}
	if (r->stopped)
		return o->violation_exit ? o->violation_exit : status;
	return !status && r->violations && o->violation_exit ? o->violation_exit : status;
}

int command_run(int argc, char **argv)
{
	struct setting settings[argc];
	const char *hooks[argc + 1];
	struct catbox_result result;
	struct run_options o = { .settings = settings, .hooks = hooks, .violation_exit = EXIT_VIOLATION };
	struct catbox_options options = { .size = sizeof options,
					  .result_size = sizeof result, .flags = CATBOX_FORWARD_SIGNALS,
					  .event = on_event, .event_ctx = &o };
	struct terminal terminal;
	struct catbox_error err;
	int rc = parse(argc, argv, &o);

	if (rc == -1)
		help();
	if (rc)
		return rc == -1 ? 0 : rc;
	options.policy = make_policy(o.settings, o.count);
	if (!options.policy)
		return EXIT_OWN_FAILURE;
	options.argv = argv + optind;
	options.log = o.log;
	options.stats = o.stats;
	hooks[o.hook_count] = NULL;
	options.hook_commands = hooks;
	options.hook_timeout_ms = (unsigned)o.hook_timeout * 1000;
	options.supervisors = (unsigned)o.supervisors;
	options.without = o.without;
	options.fake_state = o.fake_state;
	options.manifest = o.manifest;
	options.manifest_root = o.manifest_root;
	options.flags |= o.only_continue ? CATBOX_ONLY_CONTINUE : 0;
	terminal_save(&terminal);
	rc = catbox_run(&options, &result, &err);
	if (rc || result.signal || result.stopped || result.leftovers)
		terminal_restore(&terminal);
	catbox_policy_free(options.policy);
	if (rc)
		return complain("%s", err.message);
	summary(&o, &result);
	return exit_status(&o, &result, argv[optind]);
}
