/* SPDX-License-Identifier: MIT */
/* The files of a run besides its log: what is pretended, a manifest, the counters. */
#include "api/session.h"

#include "api/stats.h"
#include "base/cleanup.h"
#include "fake/manifest.h"
#include "trace/pretend.h"

#include <errno.h>

static void note_lost(void *ctx, const char *path, const char *why)
{
	catbox_session_note(ctx, "what is pretended about '%s' is not kept: %s", path, why);
}

int catbox_session_save_manifest(struct session *s)
{
	const struct cb_pretend *pretend = s->run.pretend;
	const char *root = s->options->manifest_root;
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	size_t lost = 0;
	int rc;

	if (!s->options->manifest || s->outcome.status || s->outcome.signaled)
		return 0;
	cb_pretend_settle(&s->run, 0);
	rc = cb_fake_manifest(root ? root : ".", pretend->state, &pretend->view, &text, &lost, &s->error);
	if (!rc)
		rc = cb_save_write(&s->manifest, text.data, text.len, "manifest", &s->error);
	if (!rc && lost)
		catbox_session_note(s, "the manifest '%s' says nothing of extended attributes, which %zu of its files "
			"have", s->options->manifest, lost);
	return rc;
}

int catbox_session_save_state(struct session *s)
{
	if (s->state.fd < 0)
		return 0;
	cb_pretend_settle(&s->run, 0);
	return cb_fake_file_save(&s->state, s->run.pretend->state, note_lost, s, &s->error);
}

int catbox_session_write_stats(struct session *s)
{
	if (!s->options->stats || !s->run.state)
		return 0;
	return catbox_stats_write(s->options->stats, s->stats_dir,
				  cb_run_stats(&s->run, &s->outcome), &s->error);
}

static void note_dropped(void *ctx, const char *path, const char *why)
{
	struct session *s = ctx;

	cb_buf_addf(&s->dropped, "what was pretended about '%s' is dropped: %s", path, why);
	cb_buf_addc(&s->dropped, '\0');
}

/* Takes over what an earlier run pretended. */
static int load_state(struct session *s, const char *path)
{
	if (!*path)
		return 0;
	return cb_fake_file_read(path, s->run.pretend->state, note_dropped, s, &s->error);
}

/* The same of the file that is replaced at the end; keeps other runs waiting. */
static int keep_state(struct session *s, const char *path)
{
	bool other = s->options->fake_load;
	CB_AUTO_FREE char *draft = cb_fake_file_draft(path);
	int rc = cb_fake_file_open(&s->state, path, other ? NULL : s->run.pretend->state,
				   note_dropped, s, &s->error);

	if (rc)
		return rc;
	cb_run_add_output(&s->run, path);
	cb_run_add_output(&s->run, draft);
	return 0;
}

int catbox_session_open_files(struct session *s)
{
	const char *load = s->options->fake_load, *keep = s->options->fake_state;
	const char *manifest = s->options->manifest;
	int rc = 0;

	if (!s->run.pretend && (load || keep || manifest))
		return cb_error(&s->error, EINVAL, "a %s of faked files ('%s') is given, but nothing "
				"is faked", keep || load ? "state" : "manifest",
				keep ? keep : load ? load : manifest);
	if (keep)
		rc = keep_state(s, keep);
	if (!rc && load)
		rc = load_state(s, load);
	if (!rc && (load || keep))
		cb_pretend_loaded(s->run.pretend);
	if (!rc && manifest) {
		rc = cb_save_open(&s->manifest, manifest, "manifest", &s->error);
		cb_run_add_output(&s->run, manifest);
	}
	return rc;
}
