/* SPDX-License-Identifier: MIT */
/* The `exec` event of an engine that hears of an exec only before it happens: says
 * what will run, as the kernel would choose it (execve(2): a program, or a script
 * whose interpreter may be a script), if it will. */
#include "trace/run.h"

#include "base/cleanup.h"
#include "trace/as_tracee.h"
#include "trace/pretend.h"
#include "trace/proc.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SCRIPT_LINE 256  /* BINPRM_BUF_SIZE: what the kernel looks at */
#define SCRIPTS_MAX 5    /* one more and it says ELOOP */
#define ARGV_MAX 4096    /* words that an event shows */

static json_t *word(const char *bytes, size_t len)
{
	json_t *holder = json_object(), *text;

	cb_event_add_bytes(holder, "s", bytes, len);
	text = json_incref(json_object_get(holder, "s"));
	json_decref(holder);
	return text;
}

static int read_pointer(const struct cb_call *call, unsigned long long addr, int i,
			unsigned long long *pointer)
{
	uint32_t narrow;
	int rc;

	if (call->abi != CB_ABI_I386)
		return cb_memory_read(call->memory, call->tid, addr + 8ull * (unsigned)i, pointer, 8);
	rc = cb_memory_read(call->memory, call->tid, addr + 4ull * (unsigned)i, &narrow, 4);
	*pointer = narrow;
	return rc;
}

/* argv as given. False: it cannot be read, which the kernel refuses too. */
static bool read_argv(const struct cb_call *call, json_t *argv)
{
	int at = cb_syscall_argument(call->row, CB_ROLE_ARGV);
	char text[PATH_MAX];
	unsigned long long pointer;

	if (at < 0 || !call->args[at])
		return true;
	for (int i = 0; i < ARGV_MAX; i++) {
		int rc = read_pointer(call, call->args[at], i, &pointer);

		if (rc)
			return false;
		if (!pointer)
			return true;
		rc = cb_memory_string(call->memory, call->tid, pointer, text, sizeof text);
		if (rc && rc != -ENAMETOOLONG)
			return false;
		json_array_append_new(argv, word(text, strnlen(text, sizeof text)));
	}
	return true;
}

/* The first line of a script: the interpreter, and all that follows as one word. */
static bool parse_script(char *line, char **interpreter, char **rest)
{
	size_t len;

	line[strcspn(line, "\n")] = '\0';
	line += 2;
	line += strspn(line, " \t");
	*interpreter = line;
	line += strcspn(line, " \t");
	*rest = line + strspn(line, " \t");
	*line = '\0';
	len = strlen(*rest);
	while (len && strchr(" \t", (*rest)[len - 1]))
		(*rest)[--len] = '\0';
	return **interpreter;
}

static long may_run(void *ctx)
{
	return faccessat(AT_FDCWD, ctx, X_OK, AT_EACCESS) ? -errno : 0;
}

/* What the kernel asks of an ELF header before it gives up the old program. */
static bool is_program(const char *start, size_t len)
{
	Elf32_Ehdr header; /* as far as e_machine both layouts are the same */

	if (len < sizeof header)
		return false;
	memcpy(&header, start, sizeof header);
	return !memcmp(header.e_ident, ELFMAG, SELFMAG) &&
	       (header.e_type == ET_EXEC || header.e_type == ET_DYN) &&
	       (header.e_machine == EM_X86_64 || header.e_machine == EM_386);
}

enum program { PROGRAM_NONE, PROGRAM_BINARY, PROGRAM_SCRIPT };

static enum program look(struct cb_run *run, pid_t tid, const struct cb_place *place,
			 char line[SCRIPT_LINE + 1])
{
	long result = -EACCES;
	ssize_t n;
	CB_AUTO_FD int fd = -1;

	if (place->error || !place->exists || !S_ISREG(place->st.st_mode) ||
	    (cb_as_tracee(run, tid, may_run, place->real.data, &result) && result))
		return PROGRAM_NONE;
	fd = open(place->real.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) /* it may be run and not read: a script could not be */
		return PROGRAM_BINARY;
	n = read(fd, line, SCRIPT_LINE);
	line[n > 0 ? n : 0] = '\0';
	if (is_program(line, (size_t)(n > 0 ? n : 0)))
		return PROGRAM_BINARY;
	return n > 2 && line[0] == '#' && line[1] == '!' ? PROGRAM_SCRIPT : PROGRAM_NONE;
}

/* argv[0] makes room for the interpreter, its word, and the script's name. */
static void put_interpreter(json_t *argv, const char *interpreter, const char *rest,
			    const char *script)
{
	if (json_array_size(argv))
		json_array_remove(argv, 0);
	json_array_insert_new(argv, 0, word(script, strlen(script)));
	if (*rest)
		json_array_insert_new(argv, 0, word(rest, strlen(rest)));
	json_array_insert_new(argv, 0, word(interpreter, strlen(interpreter)));
}

/* What will run: leaves its path in `exe`. False: nothing. */
static bool choose(struct cb_run *run, const struct cb_call *call, const char *name, json_t *argv,
		   struct cb_buf *exe)
{
	const struct cb_place *at = &call->operand[0].place;
	struct cb_place place = { .real = CB_BUF_INIT };
	char line[SCRIPT_LINE + 1], script[PATH_MAX];
	char *interpreter, *rest;
	enum program found;
	int scripts = 0;

	snprintf(script, sizeof script, "%s", name);
	while ((found = look(run, call->tid, at, line)) == PROGRAM_SCRIPT) {
		if (!parse_script(line, &interpreter, &rest) || ++scripts > SCRIPTS_MAX ||
		    cb_resolve_path(&run->resolver, call->tid, AT_FDCWD, interpreter,
				    CB_RESOLVE_FOLLOW, &place)) {
			found = PROGRAM_NONE;
			break;
		}
		put_interpreter(argv, interpreter, rest, script);
		snprintf(script, sizeof script, "%s", interpreter);
		at = &place;
	}
	if (found == PROGRAM_BINARY)
		cb_buf_sets(exe, at->real.data);
	cb_place_destroy(&place);
	return found == PROGRAM_BINARY;
}

/* The name by which the kernel knows the program: that of the descriptor without a
 * path (execveat(2)). */
static void name_of(const struct cb_call *call, char name[PATH_MAX])
{
	const struct cb_operand *o = &call->operand[0];

	if (o->has_path && *o->path)
		snprintf(name, PATH_MAX, "%s", o->path);
	else
		snprintf(name, PATH_MAX, "/dev/fd/%d", o->dirfd);
}

void cb_exec_foresee(struct cb_run *run, const struct cb_call *call)
{
	CB_AUTO_BUF struct cb_buf exe = CB_BUF_INIT;
	char name[PATH_MAX], comm[16];
	const char *slash;
	json_t *argv, *event;

	if (!run->needs.execs || cb_call_natural_errno(call))
		return;
	name_of(call, name);
	argv = json_array();
	if (!read_argv(call, argv) || !choose(run, call, name, argv, &exe)) {
		json_decref(argv);
		return;
	}
	if (run->pretend)
		cb_pretend_exec(run, cb_proc_tgid(call->tid));
	if (!run->settings->log_exec) {
		json_decref(argv);
		return;
	}
	slash = strrchr(name, '/');
	snprintf(comm, sizeof comm, "%.15s", slash ? slash + 1 : name);
	event = cb_event_new(run->events, "exec");
	cb_event_add_process(event, call->tid);
	cb_event_add_int(event, "tid", json_integer_value(json_object_get(event, "pid")));
	cb_event_add_bytes(event, "comm", comm, strlen(comm));
	cb_event_add_bytes(event, "exe", exe.data, exe.len);
	json_object_set_new(event, "argv", argv);
	cb_event_emit(run->events, event);
}
