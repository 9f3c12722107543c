/* SPDX-License-Identifier: MIT */
/* catbox check: reads policy files and prints all that is wrong with them. */
#include "cli/cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static void help(void)
{
	puts("usage: catbox check [--set NAME=VALUE] POLICY...\n\n"
	     "Prints each error and warning as file:line:col: and exits with 125 if there\n"
	     "was an error in any file, else with 0.");
}

int command_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "set", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	char *set[argc];
	int sets = 0, rc = 0, c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h') {
			help();
			return 0;
		}
		if (c != 's')
			return EXIT_OWN_FAILURE;
		if (!strchr(optarg, '='))
			return complain("--set needs NAME=VALUE, not '%s'", optarg);
		set[sets++] = optarg;
	}
	if (optind == argc)
		return complain("check: no policy file given");
	for (int i = optind; i < argc; i++) {
		catbox_policy *policy = catbox_policy_new();

		for (int n = 0; n < sets; n++) {
			char *name = strdup(set[n]), *value = strchr(name, '=');

			*value++ = '\0';
			catbox_policy_set(policy, name, value);
			free(name);
		}
		if (load_policy(policy, argv[i]))
			rc = EXIT_OWN_FAILURE;
		else
			printf("%s: ok\n", argv[i]);
		catbox_policy_free(policy);
	}
	return rc;
}
