/* SPDX-License-Identifier: MIT */
/* Reads, changes and writes a baseline. Whether a figure is good it does not know. */
#include "baseline.h"

#include "base/cleanup.h"
#include "base/yaml.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define KEY_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-/"
#define EXACT_MAX 9007199254740992.0 /* 2^53: whole numbers below are written as such */

int hn_baseline_key_ok(const char *key)
{
	size_t len = strlen(key);

	return len && !key[strspn(key, KEY_CHARACTERS)] && *key != '/' && key[len - 1] != '/' &&
	       !strstr(key, "//");
}

/* --- metrics */

/* Where the key is, or belongs. */
static size_t place_of(const struct hn_baseline *b, const char *key)
{
	size_t low = 0, high = b->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcmp(b->metrics[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct hn_metric *hn_baseline_find(const struct hn_baseline *b, const char *key)
{
	size_t i = place_of(b, key);

	return i < b->count && !strcmp(b->metrics[i].key, key) ? &b->metrics[i] : NULL;
}

static void put(struct hn_baseline *b, const char *key, double value, int line)
{
	size_t i = place_of(b, key);

	if (i == b->count || strcmp(b->metrics[i].key, key) != 0) {
		b->metrics = cb_realloc(b->metrics, (b->count + 1) * sizeof *b->metrics);
		memmove(&b->metrics[i + 1], &b->metrics[i], (b->count - i) * sizeof *b->metrics);
		b->metrics[i].key = cb_strdup(key);
		b->count++;
	}
	b->metrics[i].value = value;
	b->metrics[i].line = line;
}

void hn_baseline_set(struct hn_baseline *b, const char *key, double value)
{
	put(b, key, value, 0);
}

size_t hn_baseline_drop(struct hn_baseline *b, int (*drop)(const char *key, void *ctx), void *ctx)
{
	size_t kept = 0, before = b->count;

	for (size_t i = 0; i < before; i++) {
		if (drop(b->metrics[i].key, ctx))
			free(b->metrics[i].key);
		else
			b->metrics[kept++] = b->metrics[i];
	}
	b->count = kept;
	return before - kept;
}

void hn_baseline_destroy(struct hn_baseline *b)
{
	for (size_t i = 0; i < b->count; i++)
		free(b->metrics[i].key);
	free(b->metrics);
	free(b->path);
	free(b->reason);
	hn_machine_destroy(&b->machine);
	*b = (struct hn_baseline){ .path = NULL };
}

/* --- reading */

static void take_reason(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct hn_baseline *b = ctx;
	const char *text = cb_yaml_scalar(y, value, "reason");

	if (text && !b->reason)
		b->reason = cb_strdup(text);
}

static void take_trait(struct cb_yaml *y, struct fy_node *value, struct hn_baseline *b,
		       enum hn_machine_trait trait)
{
	const char *text = cb_yaml_scalar(y, value, hn_machine_trait_name(trait));

	if (text && !b->machine.trait[trait])
		b->machine.trait[trait] = cb_strdup(text);
}

#define TRAIT(name, trait) \
	static void name(struct cb_yaml *y, struct fy_node *value, void *ctx) \
	{ \
		take_trait(y, value, ctx, trait); \
	}

TRAIT(take_cpu, HN_MACHINE_CPU)
TRAIT(take_cores, HN_MACHINE_CORES)
TRAIT(take_kernel, HN_MACHINE_KERNEL)
TRAIT(take_compiler, HN_MACHINE_COMPILER)
TRAIT(take_flags, HN_MACHINE_FLAGS)

static void take_machine(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const struct cb_yaml_key keys[] = {
		{ "cpu", take_cpu, true },           { "cores", take_cores, true },
		{ "kernel", take_kernel, true },     { "compiler", take_compiler, true },
		{ "flags", take_flags, true },       { NULL, NULL, false },
	};

	cb_yaml_mapping(y, value, "machine", keys, ctx);
}

static void take_metric(struct cb_yaml *y, struct hn_baseline *b, struct fy_node *key,
			struct fy_node *value)
{
	const char *name = cb_yaml_scalar(y, key, "a metric's name");
	const char *text = name ? cb_yaml_scalar(y, value, name) : NULL;
	int line, column;
	double number;
	char *end;

	if (!text)
		return;
	number = strtod(text, &end);
	if (!hn_baseline_key_ok(name))
		cb_yaml_error(y, key, "'%s' is no name of a metric", name);
	else if (end == text || *end || !isfinite(number) || number < 0)
		cb_yaml_error(y, value, "%s must be a number from 0, not '%s'", name, text);
	else if (hn_baseline_find(b, name))
		cb_yaml_error(y, key, "%s is there twice", name);
	else {
		cb_yaml_position(key, &line, &column);
		put(b, name, number, line);
	}
}

static void take_metrics(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct fy_node_pair *pair;
	void *iter = NULL;

	if (!value || !fy_node_is_mapping(value)) {
		cb_yaml_error(y, value, "metrics must be a mapping of names to numbers");
		return;
	}
	while ((pair = fy_node_mapping_iterate(value, &iter)))
		take_metric(y, ctx, fy_node_pair_key(pair), fy_node_pair_value(pair));
}

int hn_baseline_load(struct hn_baseline *b, const char *path, struct cb_buf *complaints,
		     struct cb_error *err)
{
	static const struct cb_yaml_key keys[] = {
		{ "reason", take_reason, true },
		{ "machine", take_machine, true },
		{ "metrics", take_metrics, true },
		{ NULL, NULL, false },
	};
	struct cb_yaml y = CB_YAML_INIT;
	int rc;

	*b = (struct hn_baseline){ .path = NULL };
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	rc = cb_yaml_load(&y, path, err);
	if (!rc && y.doc)
		cb_yaml_mapping(&y, fy_document_root(y.doc), "a baseline", keys, b);
	if (!rc && y.errors)
		rc = cb_error(err, EINVAL, "the baseline '%s' has %d error%s", path, y.errors,
			      y.errors == 1 ? "" : "s");
	if (y.complaints.len)
		cb_buf_adds(complaints, y.complaints.data);
	cb_yaml_destroy(&y);
	if (rc)
		hn_baseline_destroy(b);
	else
		b->path = cb_strdup(path);
	return rc;
}

/* --- writing */

/* In double quotes, as YAML and JSON both read it; what they could not is left out. */
static void add_quoted(struct cb_buf *out, const char *text)
{
	cb_buf_addc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			cb_buf_addc(out, '\\');
		cb_buf_addc(out, (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
	}
	cb_buf_addc(out, '"');
}

void hn_baseline_format(const struct hn_baseline *b, struct cb_buf *out)
{
	cb_buf_adds(out, "# Figures that `catbox-harness bench` compares with; it writes them itself:\n"
			 "#   catbox-harness bench --update-baseline --reason TEXT\nreason: ");
	add_quoted(out, b->reason ? b->reason : "");
	cb_buf_adds(out, "\nmachine:\n");
	for (int i = 0; i < HN_MACHINE_TRAITS; i++) {
		cb_buf_addf(out, "  %s: ", hn_machine_trait_name(i));
		add_quoted(out, b->machine.trait[i] ? b->machine.trait[i] : "unknown");
		cb_buf_addc(out, '\n');
	}
	cb_buf_adds(out, b->count ? "metrics:\n" : "metrics: {}\n");
	for (size_t i = 0; i < b->count; i++) {
		double value = b->metrics[i].value;

		cb_buf_addf(out, value == floor(value) && value < EXACT_MAX ? "  %s: %.0f\n" :
			    "  %s: %.4f\n", b->metrics[i].key, value);
	}
}
