/* SPDX-License-Identifier: MIT */
/* Each supervisor judges with a view of the run that has a memory, descriptors and
 * counters of its own (struct cb_run). An event is recorded before the call is
 * answered, so that those of one process stay in order. */
#include "trace/supervisors.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>

struct cb_supervisor {
	pthread_t thread;
	struct cb_run run;
};

const char *cb_supervisors_limit(const struct cb_run *run)
{
	if (!run->engine->join)
		return "a process has one tracer (engine: notify could have more)";
	if (run->pretend)
		return "what is pretended depends on the order of calls";
	if (run->hooks.count)
		return "hooks are called one after the other";
	return NULL;
}

int cb_supervise(struct cb_run *run, const struct cb_occurrence *call)
{
	struct cb_answer answer = { .kind = CB_ANSWER_CONTINUE };
	int rc = run->only_continue ? 0 : cb_judge(run, call->tid, &call->entry, &answer);

	return rc ? rc : run->engine->answer(run->state, call->tid, &answer);
}

/* When all are being killed, calls wait for that. Who is dead is nobody's matter: there
 * are no hooks. */
static int take(struct cb_run *run, const struct cb_occurrence *o)
{
	int rc;

	if (o->kind != CB_OCCURRED_CALL || run->shared->closing || run->shared->stop)
		return 0;
	rc = cb_supervise(run, o);
	if (run->shared->stop)
		run->engine->alert(run->state);
	return rc == CB_GONE ? 0 : rc;
}

static void *serve(void *arg)
{
	struct cb_run *run = &((struct cb_supervisor *)arg)->run;
	struct cb_occurrence o = { .kind = CB_OCCURRED_IDLE };
	int rc = 0;

	while (!rc && o.kind != CB_OCCURRED_END) {
		rc = run->engine->next(run->state, &o, true);
		if (!rc)
			rc = take(run, &o);
	}
	if (rc) {
		run->shared->failure = rc;
		run->engine->alert(run->state);
	}
	return NULL;
}

static int start_one(struct cb_supervisor *s, struct cb_run *run, struct cb_error *err)
{
	int rc = cb_run_view_init(&s->run, run, err);

	if (rc)
		return rc;
	rc = run->engine->join(run->state, &s->run.state, err);
	if (!rc) {
		errno = pthread_create(&s->thread, NULL, serve, s);
		if (errno)
			rc = cb_error_sys(err, "cannot start a supervisor thread");
	}
	if (rc)
		cb_run_view_destroy(&s->run, run);
	return rc;
}

int cb_supervisors_start(struct cb_supervisors *s, struct cb_run *run, struct cb_error *err)
{
	int rc = 0;

	*s = (struct cb_supervisors){ .run = run };
	if (run->supervisors < 2)
		return 0;
	s->list = cb_calloc((size_t)run->supervisors, sizeof *s->list);
	for (int i = 0; i < run->supervisors && !rc; i++) {
		rc = start_one(&s->list[i], run, err);
		s->count += !rc;
	}
	if (rc)
		cb_supervisors_end(s);
	return rc;
}

void cb_supervisors_end(struct cb_supervisors *s)
{
	if (s->count)
		s->run->engine->dismiss(s->run->state);
	for (int i = 0; i < s->count; i++) {
		pthread_join(s->list[i].thread, NULL);
		cb_run_view_destroy(&s->list[i].run, s->run);
	}
	free(s->list);
	*s = (struct cb_supervisors){ 0 };
}
