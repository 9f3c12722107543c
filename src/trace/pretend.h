/* SPDX-License-Identifier: MIT */
/* A pretended root: answers questions about ids and files, and records changes of
 * owner, mode, device and attributes instead of making them. What is pretended is in
 * src/fake/; here is who asks, about which file, and how they are answered: by the
 * tracer, at the stop before the call. */
#ifndef CB_TRACE_PRETEND_H
#define CB_TRACE_PRETEND_H

#include "fake/creds.h"
#include "fake/show.h"
#include "fake/state.h"
#include "trace/run.h"

#include <uthash.h>

/* Who a thread pretends to be. Only kept from the first change of ids on: before that
 * everybody is root. */
struct cb_pretender {
	pid_t tid;
	pid_t tgid;
	unsigned long long start; /* in ticks since boot (proc(5)): a tid is used again */
	struct cb_fake_creds creds;
	UT_hash_handle hh;
};

/* A file that a call is about to make, to be pretended about once it is there. */
struct cb_expected {
	struct cb_expected *next;
	pid_t tid;             /* who makes it: at its next stop the call is over */
	int dir;               /* where; owned; -1: it has no name (O_TMPFILE) */
	char *name;            /* owned; NULL then */
	char *real;            /* the path, or that of the directory; owned */
	mode_t type;
	struct timespec since; /* it is not older than this */
	unsigned fields;       /* enum cb_fake_field */
	unsigned uid, gid;
	mode_t mode;
};

struct cb_pretend {
	unsigned classes;              /* enum cb_fake_class of the policy */
	bool keep_bits;                /* fake-compat: fakeroot */
	struct cb_fake_view view;
	struct cb_fake_state *state;   /* owned */
	struct cb_fake_creds root;     /* what everybody starts as */
	uint64_t known_caps;           /* capabilities that this kernel knows */
	struct cb_pretender *who;      /* by tid; owned */
	bool ids_vary;                 /* somebody has changed his ids */
	bool xattrs;                   /* attributes are pretended of some file */
	bool devices;                  /* some file is pretended to be a device */
	bool setgid_dirs;              /* some directory may be setgid */
	struct cb_expected *expected;  /* owned */
};

/* For a run whose policy pretends something; NULL if it does not. */
struct cb_pretend *cb_pretend_new(const struct cb_settings *settings);
void cb_pretend_free(struct cb_pretend *pretend);

/* Records were read: what they hold from now on matters. */
void cb_pretend_loaded(struct cb_pretend *pretend);

/* A question, or a change of ids: the row has an `ask`. CONTINUE: the kernel's own
 * answer is the right one. 0 or CB_GONE. */
int cb_pretend_ask(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
		   const struct cb_found *found, struct cb_answer *answer);

/* A change that the policy allows. True: it was pretended (or refused as the kernel
 * would), *answer says what comes back. False: the kernel or metadata.c should do it. */
bool cb_pretend_change(struct cb_run *run, const struct cb_call *call, const char *rule,
		       struct cb_answer *answer);

/* What the kernel would refuse to who is no longer root: 0 or a negative errno. */
int cb_pretend_refuses(struct cb_run *run, const struct cb_call *call);

/* access(2), allowed by the policy, of a file that may be pretended about. */
bool cb_pretend_access(struct cb_run *run, const struct cb_call *call, struct cb_answer *answer);

/* Files that were about to be made: looks which are there now. `tid` is at a stop, so
 * what it made is made; 0: nobody is. */
void cb_pretend_settle(struct cb_run *run, pid_t tid);

/* A process was made, runs another program, is gone. */
void cb_pretend_child(struct cb_run *run, pid_t child);
void cb_pretend_exec(struct cb_run *run, pid_t pid);
void cb_pretend_exit(struct cb_run *run, pid_t pid);

/* --- between the files of it */

/* Who this thread pretends to be. Borrowed until somebody changes or goes. */
const struct cb_fake_creds *cb_pretend_creds(struct cb_run *run, pid_t tid);

/* Answers about the caller alone: ids, groups, capabilities. */
int cb_pretend_ask_ids(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
		       const struct cb_found *found, struct cb_answer *answer);

/* getxattr(2), listxattr(2) and their families. */
int cb_pretend_ask_xattr(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
			 const struct cb_found *found, struct cb_answer *answer);
/* getdents(2): what stands in for a device has its type. */
int cb_pretend_ask_dents(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
			 const struct cb_found *found, struct cb_answer *answer);

bool cb_pretend_xattr(struct cb_run *run, const struct cb_call *call, const char *rule,
		      struct cb_answer *answer);

/* What is made where something is inherited, or with a mode that the disk shall not
 * have: the kernel makes it, and it is expected. */
bool cb_pretend_make(struct cb_run *run, const struct cb_call *call, const char *rule,
		     struct cb_answer *answer);
bool cb_pretend_mknod(struct cb_run *run, const struct cb_call *call, const char *rule,
		      struct cb_answer *answer);

/* A file that is held open: what statx(2) says with what is pretended over it. False:
 * it cannot be told. *record may become NULL. */
bool cb_pretend_look(const struct cb_pretend *pretend, int fd, struct statx *disk,
		     struct statx *shown, struct cb_fake_record **record);

/* Something is about to be pretended of the file of operand 0, for the first time maybe:
 * the disk is changed to what it is, for the errnos and the change time, and so that on
 * overlayfs the file is the copy that later changes go to. *disk is read again. 0 or a
 * negative errno that the kernel would say. */
long cb_pretend_touch(struct cb_run *run, const struct cb_call *call, struct statx *disk);

/* The event of something pretended: `was` and `now` are how the file looked and looks. */
void cb_pretend_record(struct cb_run *run, const struct cb_call *call, const char *op,
		       const char *rule, const struct statx *was, const struct statx *now);

#endif
