/* SPDX-License-Identifier: MIT */
/* `catbox-harness init`: a first fixture and a first suite, which pass. */
#include "command.h"

#include "base/cleanup.h"
#include "junit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

/* @ stands for the name. */
static const char build_sh[] =
"#!/bin/sh\n"
"# A build as small as can be: it makes one program, and installs it below DESTDIR.\n"
"# Put your own build here, or let the suite run something else (its key `run`).\n"
"set -e\n"
"printf '#!/bin/sh\\necho hello\\n' >@-hello\n"
"chmod 755 @-hello\n"
"mkdir -p \"$DESTDIR/usr/bin\"\n"
"cp @-hello \"$DESTDIR/usr/bin/@-hello\"\n"
"echo installed\n";

static const char suite_yaml[] =
"# Run it:           catbox-harness run @\n"
"# What a key means: catbox-harness explain denied\n"
"# All keys:         man catbox-suite\n"
"suite: @\n"
"timeout: 30s\n"
"tags: [quick]\n"
"\n"
"# What the build may do. ${BUILD_DIR} is the fresh copy of the fixture; the / at the\n"
"# end means: and all below it. Whatever is not allowed here is refused and logged.\n"
"policy:\n"
"  write:\n"
"    - allow: ${BUILD_DIR}/\n"
"  net:\n"
"    - deny: all\n"
"\n"
"cases:\n"
"  - name: the build stays in DESTDIR\n"
"    fixture: @                     # fixtures/@ is copied, then `sh build.sh` runs in it\n"
"    env: {DESTDIR: \"${BUILD_DIR}/out\"}\n"
"    expect:\n"
"      exit: 0\n"
"      denied: []                     # exactly: nothing was refused\n"
"      stdout: \"~installed\"           # ~ is a regular expression, else the whole text\n"
"      files:\n"
"        - {path: out/usr/bin/@-hello, mode: \"0755\", contains: \"echo hello\"}\n"
"\n"
"  - name: without DESTDIR the build is stopped\n"
"    fixture: @\n"
"    env: {DESTDIR: \"\"}\n"
"    expect:\n"
"      exit: 1                        # the build's own status: cp failed\n"
"      denied:                        # exactly this was refused, by which program\n"
"        - {effect: create, path: /usr/bin/@-hello, by: cp}\n"
"      files:\n"
"        - {path: /usr/bin/@-hello, absent: yes}\n";

static void fill(struct cb_buf *out, const char *text, const char *name)
{
	for (; *text; text++)
		if (*text == '@')
			cb_buf_adds(out, name);
		else
			cb_buf_addc(out, *text);
}

static int write_file(const char *path, const char *text, const char *name, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf filled = CB_BUF_INIT;

	fill(&filled, text, name);
	return hn_publish(path, filled.data, filled.len, err);
}

/* Both or nothing; what exists is left alone. */
static int create(const char *name, struct cb_buf *build, struct cb_buf *suite,
		  struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf fixture = CB_BUF_INIT;
	struct stat st;
	int rc;

	cb_buf_addf(&fixture, "fixtures/%s", name);
	cb_buf_addf(build, "%s/build.sh", fixture.data);
	cb_buf_addf(suite, "suites/%s.yaml", name);
	if (!lstat(fixture.data, &st))
		return cb_error(err, EEXIST, "'%s' exists", fixture.data);
	if (!lstat(suite->data, &st))
		return cb_error(err, EEXIST, "'%s' exists", suite->data);
	rc = write_file(build->data, build_sh, name, err);
	if (!rc)
		rc = write_file(suite->data, suite_yaml, name, err);
	if (rc) {
		unlink(build->data);
		rmdir(fixture.data);
	}
	return rc;
}

int hn_command_init(int argc, char *argv[])
{
	CB_AUTO_BUF struct cb_buf build = CB_BUF_INIT, suite = CB_BUF_INIT;
	struct cb_error err;

	if (argc != 2)
		return hn_usage_error("init needs one name");
	if (!*argv[1] || *argv[1] == '-' || argv[1][strspn(argv[1], NAME_CHARS)])
		return hn_usage_error("init: a name has letters, digits, '-' and '_', not '%s'",
				      argv[1]);
	if (create(argv[1], &build, &suite, &err)) {
		fprintf(stderr, "catbox-harness: init: %s\n", err.message);
		return HN_EXIT_USAGE;
	}
	printf("wrote %s\nwrote %s\nnow run: catbox-harness run %s\n", build.data, suite.data,
	       argv[1]);
	return HN_EXIT_OK;
}
