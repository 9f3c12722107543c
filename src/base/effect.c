/* SPDX-License-Identifier: MIT */
/* The names and classes of effects. */
#include "base/effect.h"

#include <string.h>

static const struct {
	const char *name;
	enum cb_class class;
} effects[CB_EFFECT_COUNT] = {
	[CB_EFFECT_NONE] = { "none", CB_CLASS_NONE },
	[CB_EFFECT_READ] = { "read", CB_CLASS_READ },
	[CB_EFFECT_WRITE] = { "write", CB_CLASS_WRITE },
	[CB_EFFECT_CREATE] = { "create", CB_CLASS_WRITE },
	[CB_EFFECT_REMOVE] = { "remove", CB_CLASS_WRITE },
	[CB_EFFECT_RENAME] = { "rename", CB_CLASS_WRITE },
	[CB_EFFECT_LINK] = { "link", CB_CLASS_WRITE },
	[CB_EFFECT_MODE] = { "mode", CB_CLASS_WRITE },
	[CB_EFFECT_OWNER] = { "owner", CB_CLASS_WRITE },
	[CB_EFFECT_TIME] = { "time", CB_CLASS_WRITE },
	[CB_EFFECT_XATTR] = { "xattr", CB_CLASS_WRITE },
	[CB_EFFECT_FLAGS] = { "flags", CB_CLASS_WRITE },
	[CB_EFFECT_DEVICE] = { "device", CB_CLASS_WRITE },
	[CB_EFFECT_CONNECT] = { "connect", CB_CLASS_NET },
	[CB_EFFECT_BIND] = { "bind", CB_CLASS_NET },
	[CB_EFFECT_EXEC] = { "exec", CB_CLASS_READ },
	[CB_EFFECT_SIGNAL] = { "signal", CB_CLASS_SYSTEM },
	[CB_EFFECT_TRACE] = { "trace", CB_CLASS_SYSTEM },
	[CB_EFFECT_MOUNT] = { "mount", CB_CLASS_SYSTEM },
	[CB_EFFECT_SYSTEM] = { "system", CB_CLASS_SYSTEM },
};

const char *cb_effect_name(enum cb_effect effect)
{
	return effect < CB_EFFECT_COUNT ? effects[effect].name : "none";
}

enum cb_effect cb_effect_from_name(const char *name)
{
	for (int i = CB_EFFECT_NONE + 1; i < CB_EFFECT_COUNT; i++)
		if (!strcmp(effects[i].name, name))
			return i;
	return CB_EFFECT_NONE;
}

enum cb_class cb_effect_class(enum cb_effect effect)
{
	return effect < CB_EFFECT_COUNT ? effects[effect].class : CB_CLASS_NONE;
}
