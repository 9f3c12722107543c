/* SPDX-License-Identifier: MIT */
/* What a system call would do, in the words of policies and events. A closed
 * list, shared by the table of calls and by the judgement. */
#ifndef CB_BASE_EFFECT_H
#define CB_BASE_EFFECT_H

enum cb_effect {
	CB_EFFECT_NONE,
	CB_EFFECT_READ,
	CB_EFFECT_WRITE,
	CB_EFFECT_CREATE,
	CB_EFFECT_REMOVE,
	CB_EFFECT_RENAME,
	CB_EFFECT_LINK,
	CB_EFFECT_MODE,
	CB_EFFECT_OWNER,
	CB_EFFECT_TIME,
	CB_EFFECT_XATTR,
	CB_EFFECT_FLAGS,
	CB_EFFECT_DEVICE,
	CB_EFFECT_CONNECT,
	CB_EFFECT_BIND,
	CB_EFFECT_EXEC,
	CB_EFFECT_SIGNAL,
	CB_EFFECT_TRACE,
	CB_EFFECT_MOUNT,
	CB_EFFECT_SYSTEM,
	CB_EFFECT_COUNT
};

/* Which section of a policy speaks about an effect. */
enum cb_class {
	CB_CLASS_NONE,
	CB_CLASS_WRITE,  /* changes something that has a path */
	CB_CLASS_READ,   /* reads something that has a path */
	CB_CLASS_NET,    /* an address */
	CB_CLASS_SYSTEM, /* the machine, or a process outside the run */
	CB_CLASS_COUNT
};

/* Lower-case word; "none" for CB_EFFECT_NONE. */
const char *cb_effect_name(enum cb_effect effect);

/* The effect of that name, or CB_EFFECT_NONE. */
enum cb_effect cb_effect_from_name(const char *name);
enum cb_class cb_effect_class(enum cb_effect effect);

#endif
