/* SPDX-License-Identifier: MIT */
/* One case on its way: directories, command line, start, verdict. */
#ifndef HN_CASE_RUN_H
#define HN_CASE_RUN_H

#include "place.h"
#include "program.h"
#include "result.h"
#include "supervise.h"
#include "task.h"

enum hn_keep { HN_KEEP_FAILED, HN_KEEP_ALWAYS, HN_KEEP_NEVER };

/* The same for all cases of a run; borrowed by them. */
struct hn_setup {
	struct hn_program program;
	struct hn_place place;
	double timeout_factor;
	enum hn_keep keep;
	bool accept;  /* results keep what their suite would have to say */
	bool record;  /* results keep what catbox logged */
	bool compare; /* and what the work directory held */
};

struct hn_running {
	const struct hn_setup *setup;
	const struct hn_case *c;
	const char *engine;      /* passed to catbox, or NULL */
	unsigned int number;
	bool is_control;         /* the run without the sandbox, before the real one */
	long long control_ms;    /* that took */
	struct hn_case_dirs dirs;
	struct hn_vars vars;     /* points into dirs, setup and the suite */
	struct hn_job job;
	long long timeout_ms;
	struct cb_buf stdout_path, stderr_path, log_path, stats_path;
	struct cb_buf setup_path; /* made if the setup fails */
};

/* Makes the directories, copies the fixture and starts catbox, or the command
 * alone if the case has a control run. `number` tells cases of a run apart. On
 * error everything is undone. */
int hn_case_start(struct hn_running *r, const struct hn_setup *setup, const struct hn_task *task,
		  unsigned int number, struct cb_error *err);

/* After its supervisor has been waited for: judges, and removes the directories
 * unless they are kept (then `*kept` says where; owned by the caller). True: that
 * was a control run as it should be, and the case goes on under another
 * supervisor, in directories of the same names; call it again after that one. */
bool hn_case_finish(struct hn_running *r, struct hn_result *result, char **kept);

#endif
