/* SPDX-License-Identifier: MIT */
/* Several runs at once, each in a thread of its own, with one policy for all: it is
 * frozen first, and from then on only read. */
#include <catbox.h>

#include <pthread.h>
#include <stdio.h>

#define RUNS 4

struct job {
	catbox_policy *policy; /* shared */
	int number;
	int rc;
	struct catbox_result result;
	struct catbox_error err;
};

static void *run(void *arg)
{
	struct job *job = arg;
	char script[100];
	char *argv[] = { "sh", "-c", script, NULL };
	struct catbox_options options = {
		.size = sizeof options,
		.result_size = sizeof job->result,
		.argv = argv,
		.policy = job->policy,
	};

	/* each is refused as many files as its number says */
	snprintf(script, sizeof script,
		 "for i in $(seq %d); do (true >/usr/refused$i) 2>/dev/null; done; exit %d", job->number,
		 job->number);
	job->rc = catbox_run(&options, &job->result, &job->err);
	return NULL;
}

int main(void)
{
	struct job jobs[RUNS] = { 0 };
	pthread_t threads[RUNS];
	catbox_policy *policy = catbox_policy_new();
	int failed = 0;

	catbox_policy_freeze(policy);
	for (int i = 0; i < RUNS; i++) {
		jobs[i].policy = policy;
		jobs[i].number = i;
		if (pthread_create(&threads[i], NULL, run, &jobs[i]))
			return 1;
	}
	for (int i = 0; i < RUNS; i++) {
		pthread_join(threads[i], NULL);
		if (jobs[i].rc)
			printf("run %d: %s\n", i, jobs[i].err.message);
		else
			printf("run %d: status %d, %llu violations\n", i, jobs[i].result.status,
			       jobs[i].result.violations);
		failed |= jobs[i].rc;
	}
	catbox_policy_free(policy);
	return failed ? 1 : 0;
}
