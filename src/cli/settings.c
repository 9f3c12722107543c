/* SPDX-License-Identifier: MIT */
/* Applies policy options in their order: a later one wins over an earlier. */
#include "cli/settings.h"

#include <stdlib.h>
#include <string.h>

static int set_variable(catbox_policy *policy, const char *text)
{
	const char *equals = strchr(text, '=');
	char *name;

	if (!equals || equals == text)
		return complain("--set needs NAME=VALUE, not '%s'", text);
	name = strndup(text, (size_t)(equals - text));
	catbox_policy_set(policy, name, equals + 1);
	free(name);
	return 0;
}

static int log_events(catbox_policy *policy, const char *list, struct catbox_error *err)
{
	int rc = 0;

	while (*list && !rc) {
		size_t n = strcspn(list, ",");
		char *word = strndup(list, n);

		rc = catbox_policy_log(policy, word, err);
		free(word);
		list += n + (list[n] == ',');
	}
	return rc;
}

static int apply(catbox_policy *policy, const struct setting *s)
{
	struct catbox_error err;
	int rc = 0;

	switch (s->option) {
	case 'p':
		return load_policy(policy, s->value);
	case 'w':
		rc = catbox_policy_write(policy, s->value, "option -w", &err);
		break;
	case 'W':
		rc = catbox_policy_write(policy, s->value, "option --also-write", &err);
		break;
	case 'n':
		rc = catbox_policy_net(policy, s->value, &err);
		break;
	case 'L':
		rc = log_events(policy, s->value, &err);
		break;
	case 'E':
		rc = catbox_policy_engine(policy, s->value, &err);
		break;
	case 'f':
		rc = catbox_policy_fake(policy, s->value ? s->value : "all", 0, &err);
		break;
	case 'r':
		rc = catbox_policy_fake(policy, NULL, CATBOX_REAL_OWNER, &err);
		break;
	case 'R':
		rc = catbox_policy_log(policy, "reads", &err);
		break;
	case 'c':
		rc = catbox_policy_on_violation(policy, "collect", &err);
		break;
	case 'S':
		rc = catbox_policy_on_violation(policy, "stop", &err);
		break;
	}
	return rc ? complain("%s", err.message) : 0;
}

catbox_policy *make_policy(const struct setting *settings, int count)
{
	catbox_policy *policy = catbox_policy_new();
	bool own_rules = false;
	struct catbox_error err;
	int rc = 0;

	for (int i = 0; i < count && !rc; i++) {
		own_rules |= settings[i].option == 'p' || settings[i].option == 'w';
		if (settings[i].option == 's')
			rc = set_variable(policy, settings[i].value);
	}
	if (!rc && !own_rules && catbox_policy_default(policy, &err))
		rc = complain("%s", err.message);
	for (int i = 0; i < count && !rc; i++)
		rc = apply(policy, &settings[i]);
	if (!rc)
		return policy;
	catbox_policy_free(policy);
	return NULL;
}
