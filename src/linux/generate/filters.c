/* SPDX-License-Identifier: MIT */
/* Turns the table into seccomp programs with libseccomp, and prints them as data
 * for linux/filter.c: they depend on nothing but the table and what a policy needs
 * to see, so that making them is no work of a run.
 *
 * Arguments are compared with MASKED_EQ in 32 bits, since an EQ over 64 would be
 * dodged by high bits that the kernel ignores; and a call never gets an
 * unconditional rule beside a conditional one, since the library drops the latter. */
#include "linux/filter.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct program {
	size_t len;
	struct sock_filter code[BPF_MAXINSNS];
};

static void release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

#define AUTO_CTX __attribute__((cleanup(release)))

static int start(scmp_filter_ctx *ctx, uint32_t otherwise)
{
	int rc;

	*ctx = seccomp_init(otherwise);
	if (!*ctx)
		return -ENOMEM;
	rc = seccomp_attr_set(*ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (!rc) /* no thread but ours shall take it, and no_new_privs is set by hand */
		rc = seccomp_attr_set(*ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (!rc)
		rc = seccomp_attr_set(*ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return rc;
}

static int export(scmp_filter_ctx ctx, struct program *out)
{
	CB_AUTO_FD int fd = memfd_create("catbox-filter", MFD_CLOEXEC);
	off_t size;
	int rc;

	if (fd < 0)
		return -errno;
	rc = seccomp_export_bpf(ctx, fd);
	if (rc)
		return rc;
	size = lseek(fd, 0, SEEK_END);
	if (size <= 0 || size % (off_t)sizeof(struct sock_filter))
		return -EIO;
	out->len = (size_t)size / sizeof(struct sock_filter);
	if (out->len > BPF_MAXINSNS)
		return -E2BIG;
	return pread(fd, out->code, (size_t)size, 0) == size ? 0 : -EIO;
}

/* --- i386, by name: the library knows how sockets hide behind socketcall(2) */

static int start_i386(scmp_filter_ctx *ctx, uint32_t otherwise)
{
	int rc = start(ctx, otherwise);

	if (!rc)
		rc = seccomp_arch_remove(*ctx, SCMP_ARCH_NATIVE);
	return rc ? rc : seccomp_arch_add(*ctx, SCMP_ARCH_X86);
}

/* Adds the program's other half; the library takes i386 over. */
static int join(scmp_filter_ctx ctx, scmp_filter_ctx *i386)
{
	int rc = seccomp_merge(ctx, *i386);

	if (!rc)
		*i386 = NULL;
	return rc;
}

static int add_known_i386(scmp_filter_ctx ctx)
{
	AUTO_CTX scmp_filter_ctx i386 = NULL;
	const struct cb_syscall_i386 *numbers;
	const struct cb_syscall *rows;
	size_t n;
	int rc = start_i386(&i386, SCMP_ACT_ERRNO(ENOSYS));

	rows = cb_syscall_rows(&n);
	numbers = cb_syscall_i386_numbers(&n);
	for (size_t i = 0; i < n && !rc; i++) {
		int number = seccomp_syscall_resolve_name(numbers[i].name);

		if (rows[numbers[i].row].kind != CB_ROW_ENOSYS && number != __NR_SCMP_ERROR)
			rc = seccomp_rule_add(i386, SCMP_ACT_ALLOW, number, 0);
	}
	return rc ? rc : join(ctx, &i386);
}

static int make_known(struct program *out)
{
	AUTO_CTX scmp_filter_ctx ctx = NULL;
	const struct cb_syscall *rows;
	int rc = start(&ctx, SCMP_ACT_ERRNO(ENOSYS));
	size_t n;

	rows = cb_syscall_rows(&n);
	for (size_t i = 0; i < n && rows[i].number < CB_ONLY_I386 && !rc; i++) {
		if (rows[i].kind == CB_ROW_ENOSYS || (i && rows[i].number == rows[i - 1].number))
			continue;
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, rows[i].number, 0);
	}
	if (!rc)
		rc = add_known_i386(ctx);
	return rc ? rc : export(ctx, out);
}

/* One rule a bit: rules of one call are joined by "or". */
static int add_any(scmp_filter_ctx ctx, int number, const struct cb_when *w, uint32_t bits)
{
	int rc = 0;

	for (uint32_t bit = 1; bit && !rc; bit <<= 1) {
		if (!(bits & bit))
			continue;
		rc = seccomp_rule_add(ctx, SCMP_ACT_TRACE(0), number, 1,
				      SCMP_CMP64(w->arg, SCMP_CMP_MASKED_EQ,
						 (uint64_t)(bit | w->unless), bit));
	}
	return rc;
}

static int add_judged(scmp_filter_ctx ctx, int number, const struct cb_when *w,
		      const struct cb_needs *needs)
{
	if (!cb_when_holds(w, NULL, needs))
		return 0;
	switch (w->kind) {
	case CB_WHEN_OPENING:
		if (needs->reads)
			break;
		return add_any(ctx, number, w, w->bits);
	case CB_WHEN_ASKING:
		return add_any(ctx, number, w, needs->reads || needs->fake ? R_OK | W_OK | X_OK : w->bits);
	case CB_WHEN_IF_ANY:
		return add_any(ctx, number, w, w->bits);
	case CB_WHEN_IF_EQ:
	case CB_WHEN_IF_FAKE_EQ:
		return seccomp_rule_add(ctx, SCMP_ACT_TRACE(0), number, 1,
					SCMP_CMP64(w->arg, SCMP_CMP_MASKED_EQ, UINT32_MAX,
						   w->bits));
	case CB_WHEN_SENDING:
		if (needs->probes)
			break;
		return seccomp_rule_add(ctx, SCMP_ACT_TRACE(0), number, 1,
					SCMP_CMP64(w->arg, SCMP_CMP_NE, 0, 0));
	case CB_WHEN_IF_NE:
	case CB_WHEN_IF_NET_NE:
		return seccomp_rule_add(ctx, SCMP_ACT_TRACE(0), number, 1,
					SCMP_CMP64(w->arg, SCMP_CMP_NE, w->bits, 0));
	default:
		break;
	}
	return seccomp_rule_add(ctx, SCMP_ACT_TRACE(0), number, 0);
}

/* Of a number whose arguments are in memory the filter sees none of them. */
static int add_number_i386(scmp_filter_ctx ctx, const struct cb_syscall_i386 *of,
			   const struct cb_needs *needs)
{
	static const struct cb_when always = { CB_WHEN_ALWAYS, 0, 0, 0 };
	int number = seccomp_syscall_resolve_name(of->name), rc = 0;
	bool by_socketcall = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, of->name) < 0;
	const struct cb_syscall *rows;
	size_t n;

	rows = cb_syscall_rows(&n);
	if (number == __NR_SCMP_ERROR)
		return 0;
	for (size_t i = of->row; i < n && rows[i].number == rows[of->row].number && !rc; i++) {
		const struct cb_when *w = &rows[i].when;

		if (!cb_syscall_stops(&rows[i]) || rows[i].kind == CB_ROW_SOCKETCALL ||
		    !cb_when_holds(w, NULL, needs))
			continue;
		rc = add_judged(ctx, number, by_socketcall ? &always : w, needs);
	}
	return rc;
}

static int add_judged_i386(scmp_filter_ctx ctx, const struct cb_needs *needs)
{
	AUTO_CTX scmp_filter_ctx i386 = NULL;
	const struct cb_syscall_i386 *numbers;
	int rc = start_i386(&i386, SCMP_ACT_ALLOW);
	size_t n;

	numbers = cb_syscall_i386_numbers(&n);
	for (size_t i = 0; i < n && !rc; i++)
		rc = add_number_i386(i386, &numbers[i], needs);
	return rc ? rc : join(ctx, &i386);
}

static int make_judged(struct program *out, const struct cb_needs *needs)
{
	AUTO_CTX scmp_filter_ctx ctx = NULL;
	const struct cb_syscall *rows;
	int rc = start(&ctx, SCMP_ACT_ALLOW);
	size_t n;

	rows = cb_syscall_rows(&n);
	for (size_t i = 0; i < n && rows[i].number < CB_ONLY_I386 && !rc; i++)
		if (cb_syscall_stops(&rows[i]))
			rc = add_judged(ctx, rows[i].number, &rows[i].when, needs);
	if (!rc)
		rc = add_judged_i386(ctx, needs);
	return rc ? rc : export(ctx, out);
}

static void print(const char *name, const struct program *p)
{
	printf("static const struct sock_filter %s[] = {\n", name);
	for (size_t i = 0; i < p->len; i++)
		printf("\t{ 0x%x, %u, %u, 0x%x },\n", p->code[i].code, p->code[i].jt, p->code[i].jf,
		       p->code[i].k);
	printf("};\n\n");
}

static int fail(int rc)
{
	fprintf(stderr, "cannot make a filter: %s\n", strerror(-rc));
	return 1;
}

int main(void)
{
	static struct program program;
	int rc = make_known(&program);

	if (rc)
		return fail(rc);
	print("known", &program);
	for (unsigned i = 0; i < CB_FILTERS; i++) {
		struct cb_needs needs = cb_filter_needs(i);
		char name[32];

		rc = make_judged(&program, &needs);
		if (rc)
			return fail(rc);
		snprintf(name, sizeof name, "judged_%u", i);
		print(name, &program);
	}
	printf("static const struct sock_fprog programs[] = {\n");
	for (unsigned i = 0; i < CB_FILTERS; i++)
		printf("\tPROGRAM(judged_%u),\n", i);
	printf("};\n");
	return ferror(stdout) || fflush(stdout) ? fail(-EIO) : 0;
}
