/* SPDX-License-Identifier: MIT */
/* The section about a benchmark: plot, table, verdicts. */
#include "bench_section.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The plot, in units of SVG. */
#define PLOT_LEFT 270.0 /* names stand before it */
#define PLOT_WIDTH 560.0
#define PLOT_RIGHT 70.0 /* figures stand behind it */
#define PLOT_TOP 26.0
#define ROW 20.0
#define GAP 26.0 /* before the rows of a workload: its name */

static const char style[] =
	"<style>\n"
	".bench{--ink:#1d1d1f;--faint:#6b6b70;--line:#d9d9de;--own:#0b62c4;--other:#8a6d1d;"
	"--bad:#b3261e;--good:#1b7f3b;font:15px/1.45 system-ui,sans-serif;color:var(--ink)}\n"
	"@media (prefers-color-scheme:dark){.bench{--ink:#ececf0;--faint:#a2a2aa;--line:#3a3a40;"
	"--own:#6cb2ff;--other:#d9b75a;--bad:#ff8a80;--good:#7fd99a}}\n"
	".bench svg{width:100%;max-width:900px;height:auto;display:block}\n"
	".bench svg text{font:13px system-ui,sans-serif;fill:var(--ink)}\n"
	".bench svg .name{font-weight:600}.bench svg .axis{fill:var(--faint)}\n"
	".bench svg line.grid{stroke:var(--line)}.bench svg line.one{stroke:var(--faint)}\n"
	".bench .own{stroke:var(--own);fill:var(--own)}.bench .other{stroke:var(--other);fill:var(--other)}\n"
	".bench .wide{overflow-x:auto}.bench table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
	".bench th,.bench td{padding:.2em .8em;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}\n"
	".bench th:first-child,.bench td:first-child,.bench th:nth-child(2),.bench td:nth-child(2),"
	".bench .why{text-align:left}\n"
	".bench td.why{white-space:normal}.bench .faint{color:var(--faint)}\n"
	".bench .REGRESSED{color:var(--bad);font-weight:600}.bench .IMPROVED{color:var(--good)}\n"
	"</style>\n";

/* --- pieces */

static void add_escaped(struct cb_buf *out, const char *text)
{
	for (; text && *text; text++) {
		switch (*text) {
		case '<':
			cb_buf_adds(out, "&lt;");
			break;
		case '>':
			cb_buf_adds(out, "&gt;");
			break;
		case '&':
			cb_buf_adds(out, "&amp;");
			break;
		case '"':
			cb_buf_adds(out, "&quot;");
			break;
		default:
			cb_buf_addc(out, *text);
		}
	}
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* A ratio that can be drawn, or NULL. */
static const json_t *ratio_of(const json_t *tool, const char *key)
{
	const json_t *r = json_object_get(tool, key);

	return number_of(r, "low") > 0 && number_of(r, "ratio") > 0 && number_of(r, "high") > 0 ? r :
												  NULL;
}

static const json_t *list_of(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

/* Which of two colours: catbox, or what it is compared with. */
static const char *class_of(const json_t *tool)
{
	static const char *const own[] = { "ptrace", "notify", "floor" };
	const char *name = text_of(tool, "name");

	for (size_t i = 0; name && i < sizeof own / sizeof *own; i++)
		if (!strcmp(name, own[i]))
			return "own";
	return "other";
}

/* --- the plot */

struct plot {
	struct cb_buf *out;
	double low, high; /* of the axis, which is logarithmic */
	double y;         /* of the next row's middle */
};

static double x_of(const struct plot *p, double ratio)
{
	return PLOT_LEFT + PLOT_WIDTH * log(ratio / p->low) / log(p->high / p->low);
}

/* The extremes, and how high the plot is; false if there is nothing to draw. */
static bool measure_plot(const json_t *workloads, struct plot *p, double *height)
{
	const json_t *w, *t, *r;
	bool any = false;
	size_t i, k;

	p->low = 0.95;
	p->high = 1.25;
	*height = PLOT_TOP;
	json_array_foreach(workloads, i, w) {
		bool named = false;

		json_array_foreach(list_of(w, "tools"), k, t) {
			r = ratio_of(t, "cpu");
			if (!r)
				continue;
			*height += ROW + (named ? 0 : GAP);
			named = any = true;
			p->low = fmin(p->low, number_of(r, "low") * 0.98);
			p->high = fmax(p->high, number_of(r, "high") * 1.03);
		}
	}
	*height += 8;
	return any;
}

static void draw_grid(const struct plot *p, double height)
{
	static const double marks[] = { 0.5, 0.75, 1,  1.1, 1.2, 1.35, 1.5, 1.75, 2,  2.5, 3,
					4,   5,    7, 10,  14,  20,   30,  50,   100 };
	double last = -1000;

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		double x;

		if (marks[i] < p->low || marks[i] > p->high)
			continue;
		x = x_of(p, marks[i]);
		if (x - last < 36)
			continue;
		last = x;
		cb_buf_addf(p->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
			    "<text class=\"axis\" x=\"%.1f\" y=\"14\" text-anchor=\"middle\">%g</text>\n",
			    marks[i] == 1 ? "one" : "grid", x, PLOT_TOP - 6, x, height - 4, x,
			    marks[i]);
	}
}

/* A line from limit to limit and a dot; without limits the line is dashed. */
static void draw_ratio(struct plot *p, const json_t *tool, const json_t *r)
{
	const char *colour = class_of(tool);
	double low = x_of(p, number_of(r, "low")), high = x_of(p, number_of(r, "high"));

	cb_buf_addf(p->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", PLOT_LEFT - 12,
		    p->y + 4.5);
	add_escaped(p->out, text_of(tool, "title"));
	cb_buf_addf(p->out, "</text><g class=\"%s\"><line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
		    "stroke-width=\"3\"%s/><circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/></g>", colour,
		    low, p->y, high, p->y,
		    json_is_true(json_object_get(r, "limited")) ? "" : " stroke-dasharray=\"4 3\"",
		    x_of(p, number_of(r, "ratio")), p->y);
	cb_buf_addf(p->out, "<text x=\"%.1f\" y=\"%.1f\">%.3f</text>\n", fmax(high, low) + 9,
		    p->y + 4.5, number_of(r, "ratio"));
	p->y += ROW;
}

static void draw_workload(struct plot *p, const json_t *w)
{
	const json_t *t, *r;
	bool named = false;
	size_t k;

	json_array_foreach(list_of(w, "tools"), k, t) {
		r = ratio_of(t, "cpu");
		if (r && !named) {
			cb_buf_addf(p->out, "<text class=\"name\" x=\"0\" y=\"%.1f\">",
				    p->y + GAP - ROW / 2);
			add_escaped(p->out, text_of(w, "name"));
			cb_buf_adds(p->out, "</text>\n");
			p->y += GAP;
			named = true;
		}
		if (r)
			draw_ratio(p, t, r);
	}
}

static void add_plot(struct cb_buf *out, const json_t *workloads)
{
	struct plot p = { .out = out, .y = PLOT_TOP + 4 };
	const json_t *w;
	double height;
	size_t i;

	if (!measure_plot(workloads, &p, &height))
		return;
	cb_buf_addf(out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"CPU time as a ratio to "
		    "the bare run, with 95 %% intervals; the table below has the figures\">\n",
		    PLOT_LEFT + PLOT_WIDTH + PLOT_RIGHT, height);
	draw_grid(&p, height);
	json_array_foreach(workloads, i, w)
		draw_workload(&p, w);
	cb_buf_adds(out, "</svg>\n");
}

/* --- the table */

static void add_ratio_cells(struct cb_buf *out, const json_t *tool, const char *key)
{
	const json_t *r = ratio_of(tool, key);

	if (r)
		cb_buf_addf(out, "<td>%.3f</td><td class=\"faint\">%.3f..%.3f%s</td>",
			    number_of(r, "ratio"), number_of(r, "low"), number_of(r, "high"),
			    json_is_true(json_object_get(r, "limited")) ? "" : " (extremes)");
	else
		cb_buf_adds(out, "<td></td><td></td>");
}

static void add_tool_row(struct cb_buf *out, const json_t *w, const json_t *tool)
{
	cb_buf_adds(out, "<tr><td>");
	add_escaped(out, text_of(w, "name"));
	cb_buf_adds(out, "</td><td>");
	add_escaped(out, text_of(tool, "title"));
	cb_buf_addf(out, "</td><td>%zu</td><td>%.3f</td>",
		    json_array_size(json_object_get(tool, "cpu_samples")), number_of(tool, "cpu_s"));
	add_ratio_cells(out, tool, "cpu");
	cb_buf_addf(out, "<td>%.3f</td>", number_of(tool, "wall_s"));
	add_ratio_cells(out, tool, "wall");
	if (number_of(tool, "peak_kib") > 0)
		cb_buf_addf(out, "<td>%.0f</td>", number_of(tool, "peak_kib"));
	else
		cb_buf_adds(out, "<td></td>");
	cb_buf_adds(out, "</tr>\n");
}

/* A workload without figures says why. */
static void add_note_row(struct cb_buf *out, const json_t *w)
{
	const char *failure = text_of(w, "failure"), *skip = text_of(w, "skip");

	if (!failure && !skip)
		return;
	cb_buf_adds(out, "<tr><td>");
	add_escaped(out, text_of(w, "name"));
	cb_buf_addf(out, "</td><td class=\"why\" colspan=\"9\">%s: ", failure ? "failed" : "skipped");
	add_escaped(out, failure ? failure : skip);
	cb_buf_adds(out, "</td></tr>\n");
}

static void add_table(struct cb_buf *out, const json_t *workloads)
{
	const json_t *w, *t;
	size_t i, k;

	cb_buf_adds(out, "<div class=\"wide\"><table>\n<tr><th>workload</th><th>under</th><th>pairs</th>"
			 "<th>CPU s</th><th>times bare</th><th>95 %</th><th>wall s</th>"
			 "<th>times bare</th><th>95 %</th><th>peak KiB</th></tr>\n");
	json_array_foreach(workloads, i, w) {
		json_array_foreach(list_of(w, "tools"), k, t)
			if (json_array_size(json_object_get(t, "cpu_samples")))
				add_tool_row(out, w, t);
		add_note_row(out, w);
	}
	cb_buf_adds(out, "</table></div>\n");
}

/* --- verdicts */

static void add_verdicts(struct cb_buf *out, const json_t *workloads)
{
	size_t i, k, fine = 0, other = 0;
	const json_t *w, *m;

	json_array_foreach(workloads, i, w)
		json_array_foreach(list_of(w, "metrics"), k, m) {
			const char *verdict = text_of(m, "verdict");

			if (!verdict || !strcmp(verdict, "OK")) {
				fine++;
				continue;
			}
			if (!other++)
				cb_buf_adds(out, "<h3>Verdicts</h3>\n<div class=\"wide\"><table>\n"
						 "<tr><th>verdict</th><th>metric</th><th class=\"why\">why</th></tr>\n");
			cb_buf_adds(out, "<tr><td class=\"");
			add_escaped(out, verdict);
			cb_buf_adds(out, "\">");
			add_escaped(out, verdict);
			cb_buf_adds(out, "</td><td>");
			add_escaped(out, text_of(m, "metric"));
			cb_buf_adds(out, "</td><td class=\"why\">");
			add_escaped(out, text_of(m, "why"));
			cb_buf_adds(out, "</td></tr>\n");
		}
	if (other)
		cb_buf_adds(out, "</table></div>\n");
	cb_buf_addf(out, "<p>%zu metrics are OK, %zu are not.</p>\n", fine, other);
}

/* --- what it was measured on */

static void add_machine(struct cb_buf *out, const json_t *bench)
{
	const json_t *machine = json_object_get(bench, "machine"), *stop = json_object_get(bench, "stop");

	cb_buf_adds(out, "<p class=\"faint\">");
	add_escaped(out, text_of(bench, "started"));
	cb_buf_adds(out, " UTC, ");
	add_escaped(out, text_of(machine, "cpu"));
	cb_buf_adds(out, ", ");
	add_escaped(out, text_of(machine, "cores"));
	cb_buf_adds(out, " cores, Linux ");
	add_escaped(out, text_of(machine, "kernel"));
	if (json_is_object(stop))
		cb_buf_addf(out, ". A bare stop costs %.1f us with both on one core",
			    number_of(stop, "same_core_ns") / 1000);
	if (json_is_object(stop) && json_object_get(stop, "across_cores_ns"))
		cb_buf_addf(out, ", %.1f us across cores", number_of(stop, "across_cores_ns") / 1000);
	cb_buf_adds(out, ".</p>\n");
}

void hn_bench_section(struct cb_buf *out, const json_t *bench)
{
	const json_t *workloads = json_object_get(bench, "workloads");

	cb_buf_adds(out, "<section class=\"bench\">\n");
	cb_buf_adds(out, style);
	cb_buf_adds(out, "<h2>What tracing costs</h2>\n<p>CPU time (user + system of all processes) as a "
			 "ratio to the bare run of the same round: Hodges-Lehmann estimate, 95 % "
			 "limits. Left is better.</p>\n");
	add_plot(out, workloads);
	add_table(out, workloads);
	add_verdicts(out, workloads);
	add_machine(out, bench);
	cb_buf_adds(out, "</section>\n");
}

void hn_bench_page(struct cb_buf *out, const json_t *bench)
{
	cb_buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			 "<meta name=\"viewport\" content=\"width=device-width\">"
			 "<meta name=\"color-scheme\" content=\"light dark\">"
			 "<title>catbox: what tracing costs</title></head>\n<body>\n");
	hn_bench_section(out, bench);
	cb_buf_adds(out, "</body></html>\n");
}
