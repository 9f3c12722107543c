/* SPDX-License-Identifier: MIT */
/* Records files that are read, each once. */
#include "trace/reads.h"

#include "base/cleanup.h"
#include "linux/procname.h"
#include "trace/run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <uthash.h>

#define MAPS_MAX (1u << 20) /* right after an exec there are a handful of lines */

struct file_key {
	dev_t dev;
	ino_t ino;
};

struct cb_read_file {
	struct file_key key;
	UT_hash_handle hh;
};

bool cb_reads_note(struct cb_reads *reads, dev_t dev, ino_t ino)
{
	struct file_key key;
	struct cb_read_file *file;

	memset(&key, 0, sizeof key); /* its padding is compared too */
	key.dev = dev;
	key.ino = ino;
	HASH_FIND(hh, reads->files, &key, sizeof key, file);
	if (file)
		return false;
	file = cb_calloc(1, sizeof *file);
	file->key = key;
	HASH_ADD(hh, reads->files, key, sizeof key, file);
	return true;
}

void cb_reads_destroy(struct cb_reads *reads)
{
	struct cb_read_file *file, *next;

	HASH_ITER(hh, reads->files, file, next) {
		HASH_DEL(reads->files, file); /* NOLINT(clang-analyzer-unix.Malloc): as in the engine */
		free(file);
	}
}

/* Each file has one thread that tells of it. */
static bool is_first(struct cb_run *run, const struct stat *st)
{
	bool first;

	pthread_mutex_lock(&run->shared->reading);
	first = cb_reads_note(&run->shared->reads, st->st_dev, st->st_ino);
	pthread_mutex_unlock(&run->shared->reading);
	return first;
}

static bool reads(const struct cb_call *call)
{
	const struct cb_operand *o = &call->operand[0];

	if (call->row->traits & CB_TRAIT_QUESTION)
		return false;
	if (call->effect == CB_EFFECT_EXEC)
		return true;
	if (o->role != CB_ROLE_P_OPEN || (call->open_flags & (O_PATH | O_TRUNC)))
		return false;
	return (call->open_flags & O_ACCMODE) != O_WRONLY;
}

void cb_reads_record_call(struct cb_run *run, const struct cb_call *call, const char *rule)
{
	const struct cb_operand *o = &call->operand[0];
	json_t *event;

	if (!run->settings->log_reads || !call->operands || !reads(call) || !o->place.exists ||
	    o->place.unnamed || S_ISDIR(o->place.st.st_mode) ||
	    !is_first(run, &o->place.st))
		return;
	event = cb_event_new(run->events, "read");
	cb_event_add_process(event, call->tid);
	cb_event_add_text(event, "syscall", call->name);
	cb_event_add_text(event, "effect", cb_effect_name(call->effect));
	if (o->has_path)
		cb_event_add_text(event, "path", o->path);
	cb_event_add_bytes(event, "real", o->place.real.data, o->place.real.len);
	cb_event_add_text(event, "verdict", "allow");
	cb_event_add_text(event, "rule", rule);
	cb_event_emit(run->events, event);
}

/* One line of maps (proc(5)): range, rights, offset, device, inode, path. */
static void record_mapping(struct cb_run *run, pid_t pid, const char *line)
{
	const char *path = strchr(line, '/');
	struct stat st;
	json_t *event;

	/* what the line says of device and inode is not what stat says everywhere (btrfs,
	 * overlayfs), so that the name is asked again */
	if (!path || stat(path, &st) || !S_ISREG(st.st_mode) || !is_first(run, &st))
		return;
	event = cb_event_new(run->events, "read");
	cb_event_add_process(event, pid);
	cb_event_add_text(event, "effect", cb_effect_name(CB_EFFECT_EXEC));
	cb_event_add_text(event, "real", path);
	cb_event_emit(run->events, event);
}

void cb_reads_record_exec(struct cb_run *run, pid_t pid)
{
	CB_AUTO_BUF struct cb_buf maps = CB_BUF_INIT;
	struct cb_proc_name name;
	char *rest, *line;

	if (!run->settings->log_reads || cb_buf_read_file(&maps, AT_FDCWD, cb_proc_name(&name, pid, "maps"), MAPS_MAX))
		return;
	rest = maps.data;
	while ((line = strsep(&rest, "\n")))
		record_mapping(run, pid, line);
}
