/* SPDX-License-Identifier: MIT */
/* Sets a run up and takes it down; counts. */
#include "trace/loop.h"

#include "base/cleanup.h"
#include "policy/rule.h"
#include "trace/inherited.h"
#include "trace/pretend.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void init_shared(struct cb_run *run, bool roots_vary)
{
	run->shared = cb_calloc(1, sizeof *run->shared);
	run->shared->rights_vary = roots_vary; /* namespaces of users */
	pthread_mutex_init(&run->shared->reading, NULL);
	pthread_mutex_init(&run->shared->acting, NULL);
	run->events = &run->shared->events;
	cb_events_init(run->events);
}

static void free_shared(struct cb_shared *shared)
{
	cb_events_destroy(&shared->events);
	cb_reads_destroy(&shared->reads);
	pthread_mutex_destroy(&shared->reading);
	pthread_mutex_destroy(&shared->acting);
	free(shared);
}

/* What each thread that judges has for itself, but for its resolver. */
static void init_own(struct cb_run *run)
{
	size_t rows;

	cb_syscall_rows(&rows);
	run->scratch = cb_policy_scratch_new(run->policy);
	run->call = cb_calloc(1, sizeof *run->call);
	run->call->memory = &run->memory;
	run->memory.copied = &run->totals.bytes_read;
	run->calls_by_row = cb_calloc(rows, sizeof *run->calls_by_row);
}

static void destroy_own(struct cb_run *run)
{
	run->engine->free(run->state);
	cb_policy_scratch_free(run->scratch);
	cb_resolver_destroy(&run->resolver);
	cb_call_destroy(run->call);
	free(run->call);
	free(run->calls_by_row);
	cb_identity_destroy(&run->ours);
}

int cb_run_init(struct cb_run *run, const struct cb_policy *policy, struct cb_error *err)
{
	bool roots_vary = cb_policy_allows_system(policy, "chroot", NULL) ||
			  cb_policy_allows_system(policy, "pivot_root", "mount") ||
			  cb_policy_allows_system(policy, "setns", "namespace") ||
			  cb_policy_allows_system(policy, "unshare", "namespace") ||
			  cb_policy_allows_system(policy, "clone", "namespace");
	int rc;

	memset(run, 0, sizeof *run);
	run->lock.ruleset = -1;
	rc = cb_resolver_init(&run->resolver, roots_vary, err);
	if (rc) {
		cb_resolver_destroy(&run->resolver);
		return rc;
	}
	run->policy = policy;
	run->unprivileged = geteuid();
	run->settings = cb_policy_settings_of(policy);
	run->needs.reads = cb_policy_judges_reads(policy);
	run->needs.net = cb_policy_judges_net(policy);
	run->needs.families = cb_policy_judges_families(policy);
	run->pretend = cb_pretend_new(run->settings);
	run->needs.fake = run->resolver.holds_more = run->pretend != NULL;
	run->engine = &cb_engine_ptrace;
	run->supervisors = 1;
	init_own(run);
	init_shared(run, roots_vary);
	return 0;
}

int cb_run_view_init(struct cb_run *view, const struct cb_run *run, struct cb_error *err)
{
	int rc;

	*view = *run;
	view->totals = (struct cb_run_totals){ 0 };
	view->ours = (struct cb_identity){ .groups = CB_BUF_INIT };
	view->state = NULL;
	rc = cb_resolver_init(&view->resolver, run->resolver.roots_vary, err);
	if (rc) {
		cb_resolver_destroy(&view->resolver);
		return rc;
	}
	view->resolver.holds_more = run->resolver.holds_more;
	init_own(view);
	return 0;
}

static void add_totals(struct cb_run *run, const struct cb_run *view)
{
	struct cb_run_totals *to = &run->totals;
	const struct cb_run_totals *t = &view->totals;
	size_t rows;

	to->violations += t->violations;
	to->expected += t->expected;
	to->leftovers += t->leftovers;
	to->faked += t->faked;
	to->processes += t->processes;
	to->evaluations += t->evaluations;
	to->bytes_read += t->bytes_read;
	cb_syscall_rows(&rows);
	for (size_t i = 0; i < rows; i++)
		run->calls_by_row[i] += view->calls_by_row[i];
}

void cb_run_view_destroy(struct cb_run *view, struct cb_run *run)
{
	add_totals(run, view);
	destroy_own(view);
}

void cb_run_destroy(struct cb_run *run)
{
	destroy_own(run);
	cb_lock_destroy(&run->lock);
	cb_pretend_free(run->pretend);
	cb_hooks_destroy(&run->hooks);
	free_shared(run->shared);
	free(run->inherited);
	free(run->read_only);
	for (size_t i = 0; i < run->output_count; i++)
		free(run->outputs[i]);
	free(run->outputs);
}

void cb_run_add_output(struct cb_run *run, const char *path)
{
	CB_AUTO_BUF struct cb_buf full = CB_BUF_INIT;
	CB_AUTO_BUF struct cb_buf real = CB_BUF_INIT;

	if (*path != '/') {
		CB_AUTO_FREE char *cwd = getcwd(NULL, 0);

		cb_buf_addf(&full, "%s/", cwd ? cwd : "");
	}
	cb_buf_adds(&full, path);
	cb_canonical_literal(full.data, &real);
	run->outputs = cb_realloc(run->outputs, (run->output_count + 1) * sizeof *run->outputs);
	run->outputs[run->output_count++] = cb_buf_steal(&real);
}

/* A descriptor >= 3 leads past the policy: said once, at the start. */
static void note_leak(struct cb_run *run, int fd, const struct cb_place *place)
{
	struct cb_action action = {
		.effect = CB_EFFECT_WRITE,
		.subjects = 1,
		.subject[0] = { place->real.data, place->real.len, cb_object_of(run, place) },
	};
	struct cb_verdict v;
	json_t *event;

	cb_policy_decide(run->policy, run->scratch, &action, &v);
	if (!v.deny)
		return;
	event = cb_event_new(run->events, "note");
	cb_event_add_text(event, "text", "an inherited descriptor is open for writing on a file "
					 "outside the policy");
	cb_event_add_int(event, "fd", fd);
	cb_event_add_bytes(event, "real", place->real.data, place->real.len);
	cb_event_emit(run->events, event);
}

static void add_id(struct cb_file_id **list, size_t *count, const struct stat *st)
{
	*list = cb_realloc(*list, (*count + 1) * sizeof **list);
	(*list)[(*count)++] = (struct cb_file_id){ st->st_dev, st->st_ino };
}

static void note_inherited(void *ctx, int fd, bool writable)
{
	struct cb_place place = { .real = CB_BUF_INIT };
	struct cb_run *run = ctx;

	if (!cb_resolve_fd(&run->resolver, getpid(), fd, 0, &place) && !place.error) {
		if (writable && fd >= 3)
			note_leak(run, fd, &place);
		if (writable && !S_ISDIR(place.st.st_mode))
			add_id(&run->inherited, &run->inherited_count, &place.st);
		else if (place.unnamed)
			add_id(&run->read_only, &run->read_only_count, &place.st);
	}
	cb_place_destroy(&place);
}

void cb_run_note_inherited(struct cb_run *run)
{
	cb_each_inherited(note_inherited, run);
}

static json_t *stats_stops(const struct cb_run *run)
{
	const struct cb_stop_counts *c = run->engine->counts(run->state);

	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "total",
			 (json_int_t)(c->call + c->fork + c->start + c->exec + c->other), "seccomp",
			 (json_int_t)c->call, "fork", (json_int_t)c->fork, "start",
			 (json_int_t)c->start, "exec", (json_int_t)c->exec, "signal",
			 (json_int_t)c->signal, "group", (json_int_t)c->group, "other",
			 (json_int_t)c->other);
}

/* The most memory that this process has held, in KiB: VmHWM counts for what this
 * program mapped, where ru_maxrss has what ran before the exec in it. 0: unknown. */
static long long peak_memory(void)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	const char *line;

	if (cb_buf_read_file(&text, AT_FDCWD, "/proc/self/status", 1u << 16))
		return 0;
	line = strstr(text.data, "\nVmHWM:");
	return line ? strtoll(line + strlen("\nVmHWM:"), NULL, 10) : 0;
}

/* Judged calls by name; requests of ioctl by theirs. */
static json_t *stats_syscalls(const struct cb_run *run)
{
	json_t *by_name = json_object();
	const struct cb_syscall *rows;
	size_t n;

	rows = cb_syscall_rows(&n);
	for (size_t i = 0; i < n; i++)
		if (run->calls_by_row[i])
			json_object_set_new(by_name, rows[i].name,
					    json_integer((json_int_t)run->calls_by_row[i]));
	return by_name;
}

json_t *cb_run_stats(const struct cb_run *run, const struct cb_outcome *outcome)
{
	const struct cb_run_totals *t = &run->totals;

	json_t *stats = json_pack("{s:s,s:o,s:o,s:I,s:I,s:I,s:I,s:I}", "engine",
				  run->engine->name, "stops", stats_stops(run), "syscalls",
				  stats_syscalls(run), "processes", (json_int_t)t->processes,
				  "evaluations", (json_int_t)t->evaluations, "violations",
				  (json_int_t)t->violations, "expected", (json_int_t)t->expected,
				  "leftovers", (json_int_t)t->leftovers);

	if (!run->engine->tells_lives) /* nobody counts them */
		json_object_del(stats, "processes");
	if (run->pretend)
		cb_event_add_int(stats, "faked", (long long)t->faked);
	cb_event_add_int(stats, "supervisors", run->supervisors);
	json_object_set_new(stats, "bytes_read", json_integer((json_int_t)t->bytes_read));
	json_object_set_new(stats, "peak_kib", json_integer(peak_memory()));
	json_object_set_new(stats, "landlock", cb_lock_describe(&run->lock));
	cb_event_add_outcome(stats, outcome->status, outcome->signaled);
	return stats;
}
