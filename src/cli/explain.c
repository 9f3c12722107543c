/* SPDX-License-Identifier: MIT */
/* catbox explain: what a policy says of one action. */
#include "cli/settings.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void help(void)
{
	puts("usage: catbox explain [-p FILE] [-w PATH] [-n MODE] [--set NAME=VALUE] EFFECT PATH\n\n"
	     "EFFECT is one of read write create remove rename link mode owner time xattr\n"
	     "flags device exec (PATH: a path), connect bind (an address, unix:PATH or\n"
	     "abstract:NAME), signal trace mount system (the name of a system call).\n"
	     "Prints the verdict and the rule. Exit status 0: allowed, 1: denied.");
}

/* A path may be relative to the cwd, as for the command that would use it. */
static const char *absolute(const char *effect, const char *subject, char *room, size_t size)
{
	static const char *const others[] = { "connect", "bind", "signal", "trace", "mount", "system" };
	char cwd[PATH_MAX];

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (!strcmp(effect, others[i]))
			return subject;
	if (*subject == '/' || !getcwd(cwd, sizeof cwd))
		return subject;
	snprintf(room, size, "%s/%s", cwd, subject);
	return room;
}

int command_explain(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "policy", required_argument, NULL, 'p' },
		{ "write", required_argument, NULL, 'w' },
		{ "net", required_argument, NULL, 'n' },
		{ "set", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct setting settings[argc];
	struct catbox_verdict verdict;
	char room[2 * PATH_MAX];
	struct catbox_error err;
	catbox_policy *policy;
	int count = 0, rc, c;

	while ((c = getopt_long(argc, argv, "hp:w:n:", options, NULL)) != -1) {
		if (c == 'h') {
			help();
			return 0;
		}
		if (c == '?')
			return EXIT_OWN_FAILURE;
		settings[count++] = (struct setting){ c, optarg };
	}
	if (argc - optind != 2)
		return complain("explain needs EFFECT and PATH (see: catbox explain --help)");
	policy = make_policy(settings, count);
	if (!policy)
		return EXIT_OWN_FAILURE;
	rc = catbox_policy_decide(policy, argv[optind],
				  absolute(argv[optind], argv[optind + 1], room, sizeof room),
				  &verdict, &err);
	catbox_policy_free(policy);
	if (rc)
		return complain("%s", err.message);
	printf("%s %s %s (rule %s)\n", verdict.expected ? "expect" : verdict.deny ? "deny" : "allow",
	       argv[optind], argv[optind + 1], verdict.rule);
	return verdict.deny;
}
