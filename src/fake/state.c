/* SPDX-License-Identifier: MIT */
/* The records in a hash table by (device, inode): there is one file with these at a
 * time, and the birth time says whether it is still the one that was meant. */
#include "fake/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <uthash.h>

struct key {
	uint64_t dev, ino;
};

/* A record in its table; the record is first, so that one leads to the other. */
struct slot {
	struct cb_fake_record record;
	struct key key;
	UT_hash_handle hh;
};

struct cb_fake_state {
	struct slot *slots;
};

struct cb_fake_id cb_fake_id_of(const struct statx *stx)
{
	bool born = stx->stx_mask & STATX_BTIME;

	return (struct cb_fake_id){
		.dev = makedev(stx->stx_dev_major, stx->stx_dev_minor),
		.ino = stx->stx_ino,
		.born_sec = born ? stx->stx_btime.tv_sec : 0,
		.born_nsec = born ? stx->stx_btime.tv_nsec : 0,
	};
}

bool cb_fake_id_equal(const struct cb_fake_id *a, const struct cb_fake_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->born_sec == b->born_sec &&
	       a->born_nsec == b->born_nsec;
}

bool cb_fake_look_at_disk(void *ctx, const char *path, struct cb_fake_id *id)
{
	struct statx stx;

	(void)ctx;
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, CB_FAKE_STATX, &stx))
		return false;
	*id = cb_fake_id_of(&stx);
	return true;
}

struct cb_fake_state *cb_fake_state_new(void)
{
	return cb_calloc(1, sizeof(struct cb_fake_state));
}

static void xattrs_free(struct cb_fake_record *r)
{
	for (size_t i = 0; i < r->xattrs; i++) {
		free(r->xattr[i].name);
		free(r->xattr[i].value);
	}
	free(r->xattr);
}

void cb_fake_state_drop(struct cb_fake_state *state, struct cb_fake_record *record)
{
	struct slot *s = (struct slot *)record;

	HASH_DEL(state->slots, s); /* NOLINT(clang-analyzer-unix.Malloc): loses track of the list */
	xattrs_free(record);
	free(record->path);
	free(record->other);
	free(s);
}

void cb_fake_state_free(struct cb_fake_state *state)
{
	if (!state)
		return;
	while (state->slots)
		cb_fake_state_drop(state, &state->slots->record);
	free(state);
}

size_t cb_fake_state_count(const struct cb_fake_state *state)
{
	return HASH_COUNT(state->slots);
}

static struct slot *find(const struct cb_fake_state *state, const struct cb_fake_id *id)
{
	struct key key = { id->dev, id->ino };
	struct slot *s;

	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): both are set */
	HASH_FIND(hh, state->slots, &key, sizeof key, s);
	return s;
}

struct cb_fake_record *cb_fake_state_find(const struct cb_fake_state *state,
					  const struct cb_fake_id *id)
{
	struct slot *s = find(state, id);

	return s && cb_fake_id_equal(&s->record.id, id) ? &s->record : NULL;
}

struct cb_fake_record *cb_fake_state_find_inode(const struct cb_fake_state *state, uint64_t dev,
						uint64_t ino)
{
	struct cb_fake_id id = { .dev = dev, .ino = ino };
	struct slot *s = find(state, &id);

	return s ? &s->record : NULL;
}

struct cb_fake_record *cb_fake_state_add(struct cb_fake_state *state, const struct cb_fake_id *id,
					 const char *path)
{
	struct slot *s = find(state, id);

	if (s && !cb_fake_id_equal(&s->record.id, id)) {
		cb_fake_state_drop(state, &s->record);
		s = NULL;
	}
	if (!s) {
		s = cb_calloc(1, sizeof *s);
		s->record.id = *id;
		s->key = (struct key){ id->dev, id->ino };
		HASH_ADD(hh, state->slots, key, sizeof s->key, s);
	}
	if (!s->record.path || strcmp(s->record.path, path)) {
		free(s->record.other);
		s->record.other = s->record.path;
		s->record.path = cb_strdup(path);
	}
	return &s->record;
}

/* Of two names keeps the one that leads to the file. */
static void settle(struct cb_fake_record *r, cb_fake_look *look, void *ctx)
{
	struct cb_fake_id id;
	char *wrong;

	if (!r->other)
		return;
	wrong = r->other;
	if (!(look(ctx, r->path, &id) && cb_fake_id_equal(&id, &r->id)) &&
	    look(ctx, r->other, &id) && cb_fake_id_equal(&id, &r->id)) {
		wrong = r->path;
		r->path = r->other;
	}
	r->other = NULL;
	free(wrong);
}

static bool is_at_or_below(const char *path, const char *dir, size_t len)
{
	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

void cb_fake_record_renamed(struct cb_fake_record *r, const char *from, const char *to,
			    cb_fake_look *look, void *ctx)
{
	struct cb_buf name = CB_BUF_INIT;
	size_t len = strlen(from);

	if (!is_at_or_below(r->path, from, len) &&
	    !(r->other && is_at_or_below(r->other, from, len)))
		return;
	settle(r, look, ctx);
	if (!is_at_or_below(r->path, from, len))
		return;
	cb_buf_addf(&name, "%s%s", to, r->path + len);
	r->other = r->path;
	r->path = cb_buf_steal(&name);
}

void cb_fake_state_renamed(struct cb_fake_state *state, const char *from, const char *to,
			   cb_fake_look *look, void *ctx)
{
	for (struct slot *s = state->slots; s; s = s->hh.next)
		cb_fake_record_renamed(&s->record, from, to, look, ctx);
}

void cb_fake_state_settle(struct cb_fake_state *state, cb_fake_look *look, void *ctx)
{
	for (struct slot *s = state->slots; s; s = s->hh.next)
		settle(&s->record, look, ctx);
}

struct sorted {
	const struct cb_fake_record *record;
};

static int by_path(const void *a, const void *b)
{
	const struct cb_fake_record *x = ((const struct sorted *)a)->record;
	const struct cb_fake_record *y = ((const struct sorted *)b)->record;
	int order = strcmp(x->path, y->path);

	return order ? order : x->id.ino < y->id.ino ? -1 : x->id.ino > y->id.ino;
}

void cb_fake_state_each(const struct cb_fake_state *state,
			void (*fn)(void *ctx, const struct cb_fake_record *record), void *ctx)
{
	size_t count = HASH_COUNT(state->slots), n = 0;
	struct sorted *sorted = cb_calloc(count + 1, sizeof *sorted);

	for (const struct slot *s = state->slots; s; s = s->hh.next)
		sorted[n++].record = &s->record;
	qsort(sorted, n, sizeof *sorted, by_path);
	for (size_t i = 0; i < n; i++)
		fn(ctx, sorted[i].record);
	free(sorted);
}

/* --- attributes: few, so a sorted array */

/* Where that name is, or would be put. */
static size_t place_of(const struct cb_fake_record *r, const char *name, bool *there)
{
	size_t i = 0;

	while (i < r->xattrs && strcmp(r->xattr[i].name, name) < 0)
		i++;
	*there = i < r->xattrs && !strcmp(r->xattr[i].name, name);
	return i;
}

const struct cb_fake_xattr *cb_fake_xattr_find(const struct cb_fake_record *record,
					       const char *name)
{
	bool there;
	size_t i = place_of(record, name, &there);

	return there ? &record->xattr[i] : NULL;
}

void cb_fake_xattr_set(struct cb_fake_record *record, const char *name, const void *value,
		       size_t size)
{
	bool there;
	size_t i = place_of(record, name, &there);
	struct cb_fake_xattr *x;

	if (!there) {
		record->xattr = cb_realloc(record->xattr, (record->xattrs + 1) * sizeof *x);
		memmove(record->xattr + i + 1, record->xattr + i, (record->xattrs - i) * sizeof *x);
		record->xattrs++;
		record->xattr[i] = (struct cb_fake_xattr){ .name = cb_strdup(name) };
	}
	x = &record->xattr[i];
	free(x->value);
	x->removed = !value;
	x->size = value ? size : 0;
	x->value = NULL;
	if (value) {
		x->value = cb_alloc(size + 1);
		memcpy(x->value, value, size);
	}
}

void cb_fake_xattr_forget(struct cb_fake_record *record, const char *name)
{
	bool there;
	size_t i = place_of(record, name, &there);

	if (!there)
		return;
	free(record->xattr[i].name);
	free(record->xattr[i].value);
	record->xattrs--;
	memmove(record->xattr + i, record->xattr + i + 1,
		(record->xattrs - i) * sizeof *record->xattr);
}
