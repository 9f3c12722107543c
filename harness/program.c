/* SPDX-License-Identifier: MIT */
/* Finds catbox and asks whether it works here. */
#include "program.h"

#include "base/cleanup.h"
#include "process.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define DOCTOR_TIMEOUT_MS 60000
#define DOCTOR_NO 125

/* The canonical path if it is an executable file, else NULL. */
static char *executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || access(path, X_OK))
		return NULL;
	return realpath(path, NULL);
}

static char *on_path(const char *name)
{
	const char *dir = getenv("PATH");
	char *found = NULL;

	while (!found && dir && *dir) {
		CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
		size_t len = strcspn(dir, ":");

		cb_buf_addf(&path, "%.*s/%s", len ? (int)len : 1, len ? dir : ".", name);
		found = executable(path.data);
		dir += len + (dir[len] == ':');
	}
	return found;
}

/* `name` in the directory of this executable. */
static char *beside(const char *name)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	if (n < 0)
		return NULL;
	self[n] = '\0';
	slash = strrchr(self, '/');
	cb_buf_addf(&path, "%.*s/%s", slash ? (int)(slash - self) : 0, self, name);
	return cb_buf_steal(&path);
}

static char *find_catbox(void)
{
	const char *given = getenv("CATBOX");
	CB_AUTO_FREE char *near = NULL;
	char *found = NULL;

	if (given && *given)
		return strchr(given, '/') ? executable(given) : on_path(given);
	near = beside("catbox");
	if (near)
		found = executable(near);
	return found ? found : on_path("catbox");
}

static char *find_probes(void)
{
	const char *given = getenv("PROBES");
	char *found = given && *given ? realpath(given, NULL) : beside("probes");

	return found ? found : cb_strdup("/nonexistent/probes");
}

int hn_program_find(struct hn_program *program, struct cb_error *err)
{
	const struct passwd *pw = getpwuid(geteuid());
	const char *given = getenv("CATBOX");

	*program = (struct hn_program){ find_catbox(), NULL, NULL };
	if (!program->catbox && given && *given)
		return cb_error(err, ENOENT, "CATBOX names no program: '%s'", given);
	if (!program->catbox)
		return cb_error(err, ENOENT, "no catbox beside catbox-harness or on PATH "
				"(CATBOX may name one)");
	program->probes = find_probes();
	program->user = cb_strdup(pw ? pw->pw_name : "nobody");
	return 0;
}

void hn_program_destroy(struct hn_program *program)
{
	free(program->catbox);
	free(program->probes);
	free(program->user);
	*program = (struct hn_program){ NULL, NULL, NULL };
}

/* The last line that is not empty: the sentence stands below what was found. */
static void last_line(struct cb_buf *out, const struct cb_buf *text)
{
	size_t end = text->len, start;

	while (end && strchr("\n ", text->data[end - 1]))
		end--;
	start = end;
	while (start && text->data[start - 1] != '\n')
		start--;
	if (!strncmp(text->data + start, "catbox: ", 8))
		start += 8;
	cb_buf_add(out, text->data + start, end - start);
}

int hn_program_doctor(const struct hn_program *program, struct cb_buf *why, struct cb_error *err)
{
	char *const argv[] = { program->catbox, (char[]){ "doctor" }, NULL };
	struct hn_answer answer;
	int rc = hn_ask_program(argv, DOCTOR_TIMEOUT_MS, &answer, err);
	bool exited = !rc && !answer.timed_out && WIFEXITED(answer.status);

	if (!rc && !exited)
		rc = cb_error(err, EIO, "'%s doctor' %s", program->catbox,
			      answer.timed_out ? "does not finish" : "crashed");
	else if (exited && WEXITSTATUS(answer.status) == DOCTOR_NO)
		last_line(why, answer.err.len ? &answer.err : &answer.out);
	else if (exited && WEXITSTATUS(answer.status))
		rc = cb_error(err, ENOEXEC, "'%s doctor' ended with status %d: is it a catbox?",
			      program->catbox, WEXITSTATUS(answer.status));
	else if (exited)
		rc = 1;
	hn_answer_destroy(&answer);
	return rc;
}
