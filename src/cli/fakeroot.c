/* SPDX-License-Identifier: MIT */
/* catbox fakeroot: takes the place of fakeroot(1), with its options. It pretends and
 * confines nothing; there is no library to preload and no daemon, so what belongs to
 * these is accepted and ignored. This is also what catbox does when it is started under
 * the name fakeroot. */
#include "cli/cli.h"
#include "cli/terminal.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fakeroot_options {
	const char *load;
	const char *save;
	const char *engine;
	bool real_owner;
};

static const struct option long_options[] = {
	{ "lib", required_argument, NULL, 'l' },
	{ "faked", required_argument, NULL, 'f' },
	{ "unknown-is-real", no_argument, NULL, 'u' },
	{ "fd-base", required_argument, NULL, 'b' },
	{ "version", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "engine", required_argument, NULL, 'E' }, /* ours alone */
	{ NULL, 0, NULL, 0 },
};

static void help(void)
{
	puts("usage: catbox fakeroot [options] [--] [COMMAND [ARG...]]\n"
	     "       fakeroot [options] [--] [COMMAND [ARG...]]     the same, as a link to catbox\n\n"
	     "  -s FILE                save at the end what is pretended about files\n"
	     "  -i FILE                load at the start what an earlier run saved\n"
	     "  -u, --unknown-is-real  show who really has the files nothing is pretended about\n"
	     "  -l, --lib FILE         ignored, as are -f, --faked FILE and -b, --fd-base N:\n"
	     "                         there is no library and no daemon\n"
	     "      --engine NAME      ptrace (the default) or notify, as of catbox run\n"
	     "  -v, --version          say which version this is\n\n"
	     "Runs COMMAND (or the shell) as a pretended root: changes of owner, mode, device and\n"
	     "attributes are recorded, not done. Nothing is confined. Exit status: the command's\n"
	     "own (128+N for a signal), 125 for a failure of catbox itself, 126/127 command not\n"
	     "executable/not found.");
}

/* 0 to go on, -1 for what was answered here, or an exit status. */
static int parse(int argc, char **argv, struct fakeroot_options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "+l:f:i:s:ub:vh", long_options, NULL)) != -1) {
		switch (c) {
		case 'i':
			o->load = optarg;
			break;
		case 's':
			o->save = optarg;
			break;
		case 'u':
			o->real_owner = true;
			break;
		case 'E':
			o->engine = optarg;
			break;
		case 'v':
			printf("fakeroot (catbox %s)\n", catbox_version());
			return -1;
		case 'h':
			help();
			return -1;
		case '?':
			return EXIT_OWN_FAILURE;
		}
	}
	return 0;
}

/* Pretends, and judges nothing. NULL after a complaint. */
static catbox_policy *pretending_policy(const struct fakeroot_options *o)
{
	catbox_policy *policy = catbox_policy_new();
	unsigned flags = CATBOX_UNCONFINED | (o->real_owner ? CATBOX_REAL_OWNER : 0);
	struct catbox_error err;

	if (!catbox_policy_fake(policy, "all", flags, &err) &&
	    (!o->engine || !catbox_policy_engine(policy, o->engine, &err)))
		return policy;
	complain("%s", err.message);
	catbox_policy_free(policy);
	return NULL;
}

/* What was saved may be missing: a first run is started like all others, and so it is
 * with fakeroot. The state is read from one file and written to another; `save` alone
 * begins with nothing. */
static void choose_state(const struct fakeroot_options *o, struct catbox_options *options)
{
	const char *load = o->load;

	if (load && access(load, F_OK) && errno == ENOENT) {
		fprintf(stderr, "fakeroot: there is no state '%s' to load\n", load);
		load = NULL;
	}
	options->fake_state = o->save;
	if (!load || !o->save || strcmp(load, o->save))
		options->fake_load = load ? load : "";
}

static int run(const struct fakeroot_options *o, char **argv)
{
	struct catbox_options options = { .size = sizeof options, .flags = CATBOX_FORWARD_SIGNALS,
					  .argv = argv };
	struct catbox_result result;
	struct terminal terminal;
	struct catbox_error err;
	int rc;

	options.policy = pretending_policy(o);
	if (!options.policy)
		return EXIT_OWN_FAILURE;
	choose_state(o, &options);
	terminal_save(&terminal);
	rc = catbox_run(&options, &result, &err);
	if (rc || result.signal || result.leftovers)
		terminal_restore(&terminal);
	catbox_policy_free(options.policy);
	if (rc)
		return complain("%s", err.message);
	if (result.exec_error) {
		complain("cannot run '%s': %s", argv[0], strerror(result.exec_error));
		return result.exec_error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	}
	return result.signal ? 128 + result.signal : result.status;
}

int command_fakeroot(int argc, char **argv)
{
	struct fakeroot_options o = { .real_owner = false };
	char *shell = getenv("SHELL");
	char *alone[] = { shell && *shell ? shell : (char *)"/bin/sh", NULL };
	int rc = parse(argc, argv, &o);

	if (rc)
		return rc == -1 ? 0 : rc;
	return run(&o, optind < argc ? argv + optind : alone);
}
