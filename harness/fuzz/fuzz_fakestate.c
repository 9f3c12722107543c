/* SPDX-License-Identifier: MIT */
/* State files of what is faked. What is taken is written as it was read: read again it
 * gives the same text. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "fake/state.h"

#include <string.h>

/* Every name leads to the file that was asked about last. */
static bool look(void *ctx, const char *path, struct cb_fake_id *id)
{
	FZ_HOLDS(*path == '/');
	*id = *(struct cb_fake_id *)ctx;
	return true;
}

static void dropped(void *ctx, const char *path, const char *why)
{
	(void)ctx;
	FZ_HOLDS(*path == '/' && *why);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

/* Reads what it can of the text, and writes that. */
static int again(const char *text, struct cb_fake_id *only, struct cb_buf *out)
{
	struct cb_fake_state *s = cb_fake_state_new();
	struct cb_error err;
	int rc = cb_fake_state_read(s, "state", text, look, dropped, only, &err);

	if (!rc)
		cb_fake_state_write(s, look, dropped, only, out);
	else
		FZ_HOLDS(!cb_fake_state_count(s) && strstr(err.message, "state:"));
	cb_fake_state_free(s);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cb_fake_id only = { .dev = 0x801, .ino = 11, .born_sec = 1 };
	CB_AUTO_FREE char *text = cb_strndup((const char *)data, strnlen((const char *)data, size));
	CB_AUTO_BUF struct cb_buf one = CB_BUF_INIT;
	CB_AUTO_BUF struct cb_buf two = CB_BUF_INIT;

	if (again(text, &only, &one))
		return 0;
	FZ_HOLDS(!again(one.data, &only, &two));
	FZ_HOLDS(!strcmp(one.data, two.data));
	return 0;
}
