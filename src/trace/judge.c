/* SPDX-License-Identifier: MIT */
/* One judged call from decoding to its answer: decode, resolve, decide, and
 * what is to be recorded. The answer is carried out by the engine. */
#include "trace/run.h"

#include "base/cleanup.h"

#include "linux/procname.h"
#include "trace/kin.h"
#include "trace/metadata.h"
#include "trace/pretend.h"
#include "trace/proc.h"

#include <stdio.h>
#include <unistd.h>

#include <errno.h>
#include <linux/fs.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

static const struct cb_answer go_on = { .kind = CB_ANSWER_CONTINUE };

static struct cb_answer answer_with(long value)
{
	return (struct cb_answer){ .kind = CB_ANSWER_RETURN, .value = value };
}

static void add_operand(json_t *event, const struct cb_operand *o, bool second)
{
	if (o->has_path)
		cb_event_add_bytes(event, second ? "path2" : "path", o->path, strlen(o->path));
	cb_event_add_bytes(event, second ? "real2" : "real", o->place.real.data,
			   o->place.real.len);
}

static void add_address(json_t *event, const struct cb_call *call)
{
	struct cb_buf text = CB_BUF_INIT;

	if (call->has_address) {
		cb_address_format(&call->address, &text);
		cb_event_add_bytes(event, "address", text.data, text.len);
	} else if (cb_effect_class(call->effect) == CB_CLASS_NET) {
		cb_event_add_int(event, "family", (int)call->args[0]);
	}
	cb_buf_destroy(&text);
}

/* What a call was: common to violation, expected and net events. */
static json_t *call_event(struct cb_run *run, const struct cb_call *call, const char *kind,
			  const struct cb_verdict *v)
{
	json_t *event = cb_event_new(run->events, kind);
	int first = v->refused;

	cb_event_add_process(event, call->tid);
	cb_event_add_text(event, "syscall", call->name);
	if (call->row->kind == CB_ROW_FORM)
		cb_event_add_text(event, "request", call->row->name);
	cb_event_add_text(event, "effect", cb_effect_name(call->effect));
	if (call->operands)
		add_operand(event, &call->operand[first], false);
	if (call->operands == 2)
		add_operand(event, &call->operand[!first], true);
	add_address(event, call);
	return event;
}

static void record(struct cb_run *run, const struct cb_call *call, const struct cb_verdict *v,
		   bool refused, const long long *target)
{
	json_t *event = call_event(run, call, v->expected ? "expected" : "violation", v);

	if (target)
		cb_event_add_int(event, "target", *target);
	cb_event_add_text(event, "verdict", refused ? "deny" : "allow");
	cb_event_add_text(event, "errno", strerrorname_np(v->error));
	cb_event_add_text(event, "rule", v->rule);
	json_incref(event);
	cb_event_emit(run->events, event);
	if (v->expected)
		run->totals.expected++;
	else
		run->totals.violations++;
	if (!v->expected) /* a hook that fails changes nothing here */
		cb_hook_call(run, CB_HOOK_VIOLATION, (pid_t)json_integer_value(
			     json_object_get(event, "pid")), event, NULL);
	json_decref(event);
}

static void note(struct cb_run *run, pid_t tid, const char *text)
{
	json_t *event = cb_event_new(run->events, "note");

	cb_event_add_process(event, tid);
	cb_event_add_text(event, "text", text);
	cb_event_emit(run->events, event);
}

/* A denial by the policy: recorded, and answered unless we only collect; then
 * the answer is `otherwise` (NULL: refused even so). */
static struct cb_answer refuse(struct cb_run *run, const struct cb_call *call,
			       const struct cb_verdict *v, const long long *target,
			       const struct cb_answer *otherwise)
{
	bool collecting = run->settings->on_violation == CB_ON_VIOLATION_COLLECT;
	bool refused = v->expected || !otherwise || !collecting;

	if (!(call->row->traits & CB_TRAIT_QUESTION)) {
		if (!v->expected && run->settings->on_violation == CB_ON_VIOLATION_STOP &&
		    atomic_exchange(&run->shared->stop, true)) /* another thread had the first */
			run->call->gone = true;
		else
			record(run, call, v, refused, target);
	}
	return refused ? answer_with(-v->error) : *otherwise;
}

static void decide(struct cb_run *run, const struct cb_action *action, struct cb_verdict *v)
{
	run->totals.evaluations++;
	cb_policy_decide(run->policy, run->scratch, action, v);
	if (v->match_error)
		note(run, run->call->tid, "a regex of the policy ran into its limits, which "
					  "counts against the action");
}

/* --- calls that act on paths or addresses */

static bool moves_tree(const struct cb_call *call)
{
	bool is_rename = call->effect == CB_EFFECT_RENAME && call->operands == 2;
	bool exchange = call->rename_flags & RENAME_EXCHANGE;

	return is_rename && (S_ISDIR(call->operand[0].place.st.st_mode) ||
			     (exchange && S_ISDIR(call->operand[1].place.st.st_mode)));
}

static bool is_there(const struct cb_place *dir, const char *below)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	struct stat st;

	cb_buf_addf(&path, "%s%s", dir->real.data, below);
	return !lstat(path.data, &st) || (errno != ENOENT && errno != ENOTDIR);
}

/* What leaves the old name arrives at the new one, and the other way round in an
 * exchange. */
static bool moves(void *ctx, int i, const char *below)
{
	const struct cb_call *call = ctx;

	(void)i;
	return is_there(&call->operand[0].place, below) ||
	       ((call->rename_flags & RENAME_EXCHANGE) &&
		is_there(&call->operand[1].place, below));
}

static struct cb_action action_of(struct cb_run *run, const struct cb_call *call)
{
	struct cb_action a = {
		.effect = call->effect,
		.name = call->row->name,
		.group = call->row->group,
		.subjects = call->operands,
		.moves_tree = moves_tree(call),
		.moves = run->resolver.roots_vary ? NULL : moves,
		.ctx = (void *)call,
		.address = call->has_address ? &call->address : NULL,
		.family = (int)call->args[0],
	};

	for (int i = 0; i < call->operands; i++) {
		const struct cb_place *p = &call->operand[i].place;

		a.subject[i].real = p->real.data;
		a.subject[i].len = p->real.len;
		a.subject[i].object = cb_object_of(run, p);
		if (a.moves_tree && cb_holds_output(run, p))
			a.subject[i].object |= CB_OBJECT_OWN_OUTPUT;
	}
	return a;
}

static bool logs_net(const struct cb_run *run, const struct cb_call *call)
{
	return run->settings->log_net && call->has_address &&
	       call->address.kind != CB_ADDRESS_NONE;
}

/* access(2) asks for reading, writing or both: the first that is refused. */
static void decide_question(struct cb_run *run, struct cb_action *action, unsigned mode,
			    struct cb_verdict *v)
{
	*v = (struct cb_verdict){ .rule = "no match" };
	if (mode & W_OK) {
		action->effect = CB_EFFECT_WRITE;
		decide(run, action, v);
	}
	if (!v->deny && run->needs.reads && (mode & (R_OK | X_OK))) {
		action->effect = CB_EFFECT_READ;
		decide(run, action, v);
	}
}

/* What the policy allows: it is pretended, or the kernel does it, or for metadata we. */
static struct cb_answer carry_out(struct cb_run *run, const struct cb_call *call,
				  const char *rule)
{
	struct cb_answer answer;
	long result;

	/* there are no hard links to directories; the second lock would say EXDEV */
	if (call->effect == CB_EFFECT_LINK && S_ISDIR(call->operand[0].place.st.st_mode)) {
		result = cb_call_natural_errno(call);
		return answer_with(-(result ? result : EPERM));
	}
	if (run->pretend && call->operands &&
	    (call->row->traits & CB_TRAIT_QUESTION ? cb_pretend_access(run, call, &answer) :
						     cb_pretend_change(run, call, rule, &answer)))
		return answer;
	if (!cb_metadata_is(call->row) || !cb_metadata_carry_out(run, call, &result))
		return go_on;
	return answer_with(result);
}

static struct cb_answer judge_action(struct cb_run *run, const struct cb_call *call)
{
	struct cb_action action = action_of(run, call);
	struct cb_verdict v;
	int natural;

	/* the file that stands for a pretended device is made as any other */
	if (call->effect == CB_EFFECT_DEVICE && (run->settings->fake & CB_FAKE_CLASS_DEVICE))
		action.effect = CB_EFFECT_CREATE;

	if (run->settings->unconfined)
		v = (struct cb_verdict){ .rule = "unconfined" };
	else if (call->row->traits & CB_TRAIT_QUESTION)
		decide_question(run, &action, call->mode, &v);
	else
		decide(run, &action, &v);
	if (v.deny) {
		struct cb_answer answer;

		natural = cb_call_natural_errno(call);
		answer = natural ? answer_with(-natural) : refuse(run, call, &v, NULL, &go_on);
		/* what is only reported happens, if that is to be pretended */
		return run->pretend && answer.kind == CB_ANSWER_CONTINUE ?
			       carry_out(run, call, v.rule) : answer;
	}
	if (logs_net(run, call)) {
		json_t *event = call_event(run, call, "net", &v);

		cb_event_add_text(event, "verdict", "allow");
		cb_event_add_text(event, "rule", v.rule);
		cb_event_emit(run->events, event);
	}
	cb_reads_record_call(run, call, v.rule);
	if (call->effect == CB_EFFECT_EXEC && !run->engine->tells_lives)
		cb_exec_foresee(run, call);
	return carry_out(run, call, v.rule);
}

/* The kernel sends what stands before the message that fails, and says how many
 * that were (sendmmsg(2)); for the first it says the errno. An engine that cannot
 * shorten the call sends none. */
static struct cb_answer send_before(const struct cb_run *run, unsigned n, int i,
				    struct cb_answer of_the_first)
{
	if (!n || !run->engine->changes_arguments)
		return of_the_first;
	return (struct cb_answer){ CB_ANSWER_CHANGE, n, i + 1 };
}

/* One that the kernel cannot read either: it stops there by itself. */
static struct cb_answer bad_message(const struct cb_run *run, const struct cb_call *call,
				    unsigned n, int i)
{
	struct cb_answer refused = answer_with(call->error ? -call->error : -EFAULT);

	return n && !run->engine->changes_arguments ? go_on : send_before(run, n, i, refused);
}

/* sendmmsg: each message may have an address of its own. */
static struct cb_answer judge_messages(struct cb_run *run, struct cb_call *call, int i)
{
	unsigned count = (unsigned)call->args[i + 1];

	if (count > 1024) /* UIO_MAXIOV: the kernel takes no more */
		count = 1024;
	for (unsigned n = 0; n < count; n++) {
		struct cb_answer a;

		if (cb_call_decode_message(call, &run->resolver, call->args[i], n))
			return bad_message(run, call, n, i);
		if (!call->has_address)
			continue;
		a = judge_action(run, call);
		if (a.kind != CB_ANSWER_CONTINUE)
			return send_before(run, n, i, a);
	}
	return go_on;
}

/* --- calls that change the machine or another process */

/* setns: mount, user and pid namespaces are judged; 0 takes whatever the
 * descriptor is, and a pidfd takes what its flags say. */
static bool namespace_is_harmless(const struct cb_call *call, int fd, unsigned type)
{
	static const char *const harmless[] = { "net:", "uts:", "ipc:", "cgroup:", "time:" };
	struct cb_proc_name name;
	char link[64] = "";
	ssize_t n;

	if (type)
		return !(type & (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID));
	n = readlink(cb_proc_name_fd(&name, call->tid, fd), link, sizeof link - 1);
	link[n > 0 ? n : 0] = '\0';
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (!strncmp(link, harmless[i], strlen(harmless[i])))
			return true;
	return false;
}

/* Whoever is traced by us can be traced by nobody else, and so can nobody trace
 * those of the run: said to whoever looks for the reason, once a process. */
static void note_tracing(struct cb_run *run, const struct cb_call *call, unsigned long long request)
{
	if (!run->engine->traces || !cb_tracing_begins(request) || run->ptrace_noted == call->tid)
		return;
	run->ptrace_noted = call->tid;
	note(run, call->tid, "ptrace is refused with EPERM: processes of the run are "
			     "traced by catbox, so that debuggers, strace and the leak "
			     "checks of sanitizers do not work here (engine: notify leaves "
			     "tracing to them; sanitizers: lsan-off switches leak checks off)");
}

/* PTRACE_TRACEME makes the caller's parent its tracer, which has to be one of the run. */
static bool may_be_traced_by_parent(const struct cb_run *run, pid_t tid)
{
	return !run->engine->traces &&
	       run->engine->belongs(run->state, cb_kin_parent(cb_proc_tgid(tid)));
}

/* Forms that need no judgement: true, with the answer. */
static bool harmless_form(struct cb_run *run, const struct cb_call *call, struct cb_answer *answer)
{
	*answer = go_on;
	if (call->asks_only)
		return true;
	for (int i = 0; i < CB_ARGS; i++) {
		unsigned long long arg = call->args[i];

		switch (call->row->role[i]) {
		case CB_ROLE_DUMPABLE: /* it would blind us: answered, not done */
			if (!arg)
				*answer = answer_with(0);
			return true;
		case CB_ROLE_CLONEFLAGS:
			if (run->engine->traces)
				*answer = (struct cb_answer){
					CB_ANSWER_CHANGE,
					(long)(arg & ~(unsigned long long)CLONE_UNTRACED), i };
			return !(arg & (CLONE_NEWNS | CLONE_NEWUSER));
		case CB_ROLE_REQUEST:
			note_tracing(run, call, arg);
			if (arg == CB_TRACEME && !may_be_traced_by_parent(run, call->tid))
				*answer = answer_with(-EPERM);
			return arg == CB_TRACEME;
		case CB_ROLE_NSFD:
			return namespace_is_harmless(call, (int)arg, (unsigned)call->args[i + 1]);
		default:
			break;
		}
	}
	return false;
}

/* Signal 0 changes nothing, but the second lock would refuse it. */
static bool is_probe(const struct cb_call *call)
{
	int i = cb_syscall_argument(call->row, CB_ROLE_SIG);

	return i >= 0 && !(unsigned)call->args[i];
}

static struct cb_answer judge_probe(struct cb_run *run, const struct cb_call *call,
				    enum cb_target t, long long target)
{
	long result = t == CB_TARGET_OUTSIDE ? cb_target_probe(run, call->tid, target) : 1;

	return result == 1 ? go_on : answer_with(result);
}

/* The kernel gives nobody a listener who is under one (seccomp(2)). */
static bool is_second_listener(const struct cb_run *run, const struct cb_call *call)
{
	return run->engine->listens && cb_syscall_argument(call->row, CB_ROLE_PROGRAM) >= 0;
}

/* Where nothing is confined, all but what would really change the machine, or blind us. */
static bool is_let_go(const struct cb_run *run, const struct cb_call *call)
{
	return run->settings->unconfined && !(call->row->traits & CB_TRAIT_NEVER) &&
	       call->effect != CB_EFFECT_SYSTEM && call->effect != CB_EFFECT_MOUNT;
}

static struct cb_answer judge_system(struct cb_run *run, const struct cb_call *call)
{
	struct cb_action action = { .effect = call->effect, .name = call->row->name,
				    .group = call->row->group };
	struct cb_answer allowed;
	struct cb_verdict v;
	long long target = 0;
	enum cb_target t;
	int natural;

	if (harmless_form(run, call, &allowed))
		return allowed;
	t = cb_target_of(run, call, &target);
	if (t == CB_TARGET_INSIDE || is_let_go(run, call))
		return go_on;
	if (t == CB_TARGET_MISSING)
		return answer_with(-ESRCH);
	if (is_probe(call))
		return judge_probe(run, call, t, target);
	if (is_second_listener(run, call))
		return answer_with(-EBUSY);
	if (call->row->traits & CB_TRAIT_NEVER) {
		v = (struct cb_verdict){ .deny = true, .error = EPERM, .rule = "built-in" };
		return refuse(run, call, &v, NULL, NULL);
	}
	decide(run, &action, &v);
	if (!v.deny)
		return allowed;
	natural = cb_call_natural_errno(call);
	if (natural)
		return answer_with(-natural);
	if (t == CB_TARGET_SHARED)
		return answer_with(cb_target_signal_members(
			run, call->tid, (pid_t)-target,
			(int)call->args[cb_syscall_argument(call->row, CB_ROLE_SIG)]));
	return refuse(run, call, &v, t == CB_TARGET_NONE ? NULL : &target, &allowed);
}

/* --- all of them */

static struct cb_answer judge_decoded(struct cb_run *run, struct cb_call *call)
{
	int messages;

	if (call->error)
		return answer_with(-call->error);
	switch (cb_effect_class(call->effect)) {
	case CB_CLASS_SYSTEM:
		return judge_system(run, call);
	case CB_CLASS_NET:
		messages = cb_syscall_argument(call->row, CB_ROLE_MMSG);
		if (messages >= 0)
			return judge_messages(run, call, messages);
		return call->asks_only ? go_on : judge_action(run, call);
	default:
		return call->asks_only ? go_on : judge_action(run, call);
	}
}

/* A tracee that cannot be looked into is refused what cannot be judged. */
static struct cb_answer judge_opaque(struct cb_run *run, const struct cb_call *call)
{
	struct cb_verdict v = {
		.deny = true,
		.error = run->settings->deny_errno,
		.rule = "built-in",
	};

	note(run, call->tid, "the memory or /proc entries of this process cannot be read, so "
			     "that its call is refused");
	return refuse(run, call, &v, NULL, NULL);
}

/* What is behind a socketcall(2), or nothing that needs an answer of ours. */
static struct cb_found unwrap(struct cb_run *run, pid_t tid, struct cb_entry *entry,
			      struct cb_answer *answer)
{
	struct cb_found found = { NULL, NULL };

	*answer = go_on;
	if (cb_call_unwrap(&run->memory, tid, entry))
		found = cb_syscall_find(CB_ABI_X86_64, entry->number, entry->args, &run->needs);
	return found;
}

int cb_judge(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
	     struct cb_answer *answer)
{
	struct cb_found found =
		cb_syscall_find(entry->abi, entry->number, entry->args, &run->needs);
	struct cb_call *call = run->call;
	struct cb_entry inner = *entry;
	size_t count;
	int rc;

	/* stopped by a filter of the tracee's own: as without a tracer */
	*answer = answer_with(-ENOSYS);
	if (found.row && found.row->kind == CB_ROW_SOCKETCALL)
		found = unwrap(run, tid, &inner, answer);
	if (!found.row)
		return 0;
	run->calls_by_row[found.row - cb_syscall_rows(&count)]++;
	if (run->pretend && run->pretend->expected)
		cb_pretend_settle(run, tid);
	if (run->pretend && found.row->ask) {
		rc = cb_pretend_ask(run, tid, entry, &found, answer);
		if (rc || answer->kind != CB_ANSWER_CONTINUE || found.row->kind == CB_ROW_ASK)
			return rc;
	}
	if (found.row->kind == CB_ROW_WATCH) {
		if (found.row->ask != CB_ASK_KEEPCAPS)
			run->shared->rights_vary = true;
		*answer = go_on;
		return 0;
	}
	rc = cb_call_decode(call, &run->resolver, tid, &inner, &found);
	if (rc == CB_GONE || !run->engine->waits(run->state, tid))
		return CB_GONE;
	*answer = rc ? judge_opaque(run, call) : judge_decoded(run, call);
	cb_call_let_go(call);
	return call->gone ? CB_GONE : 0;
}
