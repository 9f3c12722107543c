/* SPDX-License-Identifier: MIT */
/* The state as text that people can read and diff. Knows the form of a line, not
 * what a record means. */
#include "fake/state.h"

#include "base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#define HEAD "catbox-fake 1"

/* --- writing */

static void add_escaped(struct cb_buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c <= ' ' || c > '~' || strchr("%:=", c))
			cb_buf_addf(out, "%%%02X", c);
		else
			cb_buf_addc(out, (char)c);
	}
}

static void add_xattr(struct cb_buf *out, const struct cb_fake_xattr *x)
{
	cb_buf_adds(out, " xattr=");
	add_escaped(out, x->name);
	cb_buf_adds(out, x->removed ? ":-" : ":0x");
	for (size_t i = 0; i < x->size; i++)
		cb_buf_addf(out, "%02x", (unsigned char)x->value[i]);
}

/* Where the records go, and who is told of those that do not. */
struct writing {
	struct cb_buf *out;
	cb_fake_look *look;
	cb_fake_dropped *dropped;
	void *ctx;
};

/* What has no name cannot be found again: pipes and the like never can. */
static bool is_named(const struct writing *w, const struct cb_fake_record *r)
{
	struct cb_fake_id id;

	if (*r->path == '/' && w->look(w->ctx, r->path, &id) && cb_fake_id_equal(&id, &r->id))
		return true;
	if (*r->path == '/' && !r->gone)
		w->dropped(w->ctx, r->path, "no name of it is known any more");
	return false;
}

static void add_record(void *ctx, const struct cb_fake_record *r)
{
	struct writing *w = ctx;
	struct cb_buf *out = w->out;

	if (!is_named(w, r))
		return;
	add_escaped(out, r->path);
	if (r->fields & CB_FAKE_UID)
		cb_buf_addf(out, " uid=%u", r->uid);
	if (r->fields & CB_FAKE_GID)
		cb_buf_addf(out, " gid=%u", r->gid);
	if (r->fields & CB_FAKE_MODE)
		cb_buf_addf(out, " mode=%04o", r->mode);
	if (r->fields & CB_FAKE_RDEV)
		cb_buf_addf(out, " type=%c rdev=%u:%u", S_ISBLK(r->type) ? 'b' : 'c',
			    major(r->rdev), minor(r->rdev));
	for (size_t i = 0; i < r->xattrs; i++)
		add_xattr(out, &r->xattr[i]);
	cb_buf_addf(out, " file=%u:%u:%" PRIu64 ":%" PRId64 ".%09u\n", major(r->id.dev),
		    minor(r->id.dev), r->id.ino, r->id.born_sec, r->id.born_nsec);
}

void cb_fake_state_write(struct cb_fake_state *state, cb_fake_look *look,
			 cb_fake_dropped *dropped, void *ctx, struct cb_buf *out)
{
	struct writing w = { out, look, dropped, ctx };

	cb_fake_state_settle(state, look, ctx);
	cb_buf_adds(out, HEAD "\n");
	cb_fake_state_each(state, add_record, &w);
}

/* --- reading */

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | (c >= 'A' ? 0x20 : 0)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Undoes add_escaped in place. False: it is no such text. */
static bool unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		int high, low;

		if (*text != '%') {
			*to++ = *text;
			continue;
		}
		high = hex_digit(text[1]);
		low = high < 0 ? -1 : hex_digit(text[2]);
		if (low < 0 || !(high | low))
			return false;
		*to++ = (char)(high << 4 | low);
		text += 2;
	}
	*to = '\0';
	return true;
}

/* A number that ends at `end` (and moves *at behind it). */
static bool number(char **at, int base, char end, unsigned long long most,
		   unsigned long long *value)
{
	char *stop;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*value = strtoull(*at, &stop, base);
	if (errno || *stop != end || *value > most)
		return false;
	*at = end ? stop + 1 : stop;
	return true;
}

static bool take_pair(char *at, dev_t *device)
{
	unsigned long long maj, min;

	if (!number(&at, 10, ':', UINT32_MAX, &maj) || !number(&at, 10, '\0', UINT32_MAX, &min))
		return false;
	*device = makedev(maj, min);
	return true;
}

static bool take_file(char *at, struct cb_fake_id *id)
{
	unsigned long long maj, min, ino, sec, nsec;
	bool before = false; /* 1970 */

	if (!number(&at, 10, ':', UINT32_MAX, &maj) || !number(&at, 10, ':', UINT32_MAX, &min) ||
	    !number(&at, 10, ':', UINT64_MAX, &ino))
		return false;
	before = *at == '-';
	at += before;
	if (!number(&at, 10, '.', INT64_MAX, &sec) || !number(&at, 10, '\0', 999999999, &nsec))
		return false;
	*id = (struct cb_fake_id){ makedev(maj, min), ino,
				   before ? -(int64_t)sec : (int64_t)sec, (uint32_t)nsec };
	return true;
}

static bool take_xattr(char *at, struct cb_fake_record *r)
{
	char *value = strchr(at, ':'), *to;
	size_t size;

	if (!value)
		return false;
	*value++ = '\0';
	if (!*at || !unescape(at))
		return false;
	if (!strcmp(value, "-")) {
		cb_fake_xattr_set(r, at, NULL, 0);
		return true;
	}
	if (strncmp(value, "0x", 2) || strlen(value) % 2)
		return false;
	value += 2;
	size = strlen(value) / 2;
	to = value;
	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(value[2 * i]), low = hex_digit(value[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (char)(high << 4 | low);
	}
	cb_fake_xattr_set(r, at, to, size);
	return true;
}

static bool take_number(char *value, int base, unsigned long long most, enum cb_fake_field field,
			struct cb_fake_record *r, unsigned *to)
{
	unsigned long long n;

	if (!number(&value, base, '\0', most, &n))
		return false;
	*to = (unsigned)n;
	r->fields |= field;
	return true;
}

/* One "key=value" of a line. */
static bool take_word(char *word, struct cb_fake_record *r, bool *identified)
{
	char *value = strchr(word, '=');

	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(word, "uid"))
		return take_number(value, 10, UINT32_MAX - 1, CB_FAKE_UID, r, &r->uid);
	if (!strcmp(word, "gid"))
		return take_number(value, 10, UINT32_MAX - 1, CB_FAKE_GID, r, &r->gid);
	if (!strcmp(word, "mode"))
		return take_number(value, 8, 07777, CB_FAKE_MODE, r, &r->mode);
	if (!strcmp(word, "type") && (!strcmp(value, "b") || !strcmp(value, "c"))) {
		r->type = *value == 'b' ? S_IFBLK : S_IFCHR;
		return true;
	}
	if (!strcmp(word, "rdev")) {
		r->fields |= CB_FAKE_RDEV;
		return take_pair(value, &r->rdev);
	}
	if (!strcmp(word, "xattr"))
		return take_xattr(value, r);
	if (!strcmp(word, "file")) {
		*identified = true;
		return take_file(value, &r->id);
	}
	return false;
}

/* A line without its end, into *r, whose path is then set. */
static bool take_line(char *line, struct cb_fake_record *r)
{
	char *save = NULL, *word = strtok_r(line, " ", &save);
	bool identified = false;

	if (!word || *word != '/' || !unescape(word))
		return false;
	r->path = word;
	while ((word = strtok_r(NULL, " ", &save)))
		if (!take_word(word, r, &identified))
			return false;
	return identified && !(r->fields & CB_FAKE_RDEV) == !r->type;
}

static void take_over(struct cb_fake_state *state, const struct cb_fake_record *from)
{
	struct cb_fake_record *r = cb_fake_state_add(state, &from->id, from->path);

	r->fields = from->fields;
	r->uid = from->uid;
	r->gid = from->gid;
	r->mode = from->mode;
	r->type = from->type;
	r->rdev = from->rdev;
	for (size_t i = 0; i < from->xattrs; i++)
		cb_fake_xattr_set(r, from->xattr[i].name,
				  from->xattr[i].removed ? NULL : from->xattr[i].value,
				  from->xattr[i].size);
}

static void copy_one(void *ctx, const struct cb_fake_record *record)
{
	take_over(ctx, record);
}

struct reading {
	struct cb_fake_state *fresh; /* what was read so far; owned */
	cb_fake_look *look;
	cb_fake_dropped *dropped;
	void *ctx;
};

/* The line in its own words, for the complaint; then taken apart. */
static bool read_line(struct reading *in, char *line)
{
	struct cb_fake_record r = { .xattr = NULL };
	struct cb_fake_id id;
	bool good = take_line(line, &r);

	if (good && !in->look(in->ctx, r.path, &id))
		in->dropped(in->ctx, r.path, "there is no such file any more");
	else if (good && !cb_fake_id_equal(&id, &r.id))
		in->dropped(in->ctx, r.path, "that name belongs to another file now");
	else if (good)
		take_over(in->fresh, &r);
	while (r.xattrs)
		cb_fake_xattr_forget(&r, r.xattr[0].name);
	free(r.xattr);
	return good;
}

int cb_fake_state_read(struct cb_fake_state *state, const char *name, const char *text,
		       cb_fake_look *look, cb_fake_dropped *dropped, void *ctx,
		       struct cb_error *err)
{
	struct reading in = { cb_fake_state_new(), look, dropped, ctx };
	CB_AUTO_FREE char *copy = cb_strdup(text);
	char *line = copy, *end;
	int rc = 0;

	for (int n = 1; *line && !rc; n++, line = end + 1) {
		CB_AUTO_FREE char *shown = NULL;

		end = strchr(line, '\n');
		if (!end) {
			rc = cb_error(err, EINVAL, "%s:%d: the line has no end", name, n);
			break;
		}
		*end = '\0';
		shown = cb_strndup(line, strnlen(line, 200));
		if (n == 1 ? strcmp(line, HEAD) != 0 : !read_line(&in, line))
			rc = cb_error(err, EINVAL, "%s:%d: this is no line of a state of faked "
				      "files: '%s'", name, n, shown);
	}
	if (!rc)
		cb_fake_state_each(in.fresh, copy_one, state);
	cb_fake_state_free(in.fresh);
	return rc;
}
