/* SPDX-License-Identifier: MIT */
/* Supervisors in turn: one waits at the listener, the others for their turn, so that
 * a call wakes up one thread, and nobody sleeps in an ioctl that nothing ends. Who has
 * taken a call wakes up another one only if more calls wait: it is back sooner than
 * that one would have been there, and a build that makes one call after the other is
 * served by one thread, on the processor where it runs. */
#include "trace/listening.h"

#include "base/cleanup.h"
#include "trace/proc.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

/* An answer that its caller did not get. */
struct cb_late_answer {
	pid_t tid; /* key */
	struct cb_entry entry;
	long value;
	UT_hash_handle hh;
};

void cb_listening_init(struct cb_listening *l)
{
	*l = (struct cb_listening){ .fd = -1, .dismissal = -1 };
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->turn, NULL);
	pthread_cond_init(&l->let_go, NULL);
}

void cb_listening_destroy(struct cb_listening *l)
{
	struct cb_late_answer *late, *after;

	HASH_ITER(hh, l->late, late, after) {
		HASH_DEL(l->late, late); /* NOLINT(clang-analyzer-unix.Malloc): loses track of the list */
		free(late);
	}
	if (l->fd >= 0)
		close(l->fd);
	if (l->dismissal >= 0)
		close(l->dismissal);
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->turn);
	pthread_cond_destroy(&l->let_go);
}

void cb_listening_enter(struct cb_listening *l, struct cb_held *h)
{
	pthread_mutex_lock(&l->lock);
	h->next = l->held;
	l->held = h;
	pthread_mutex_unlock(&l->lock);
}

void cb_listening_leave(struct cb_listening *l, struct cb_held *h)
{
	struct cb_held **at = &l->held;

	cb_listening_let_go(l, h);
	pthread_mutex_lock(&l->lock);
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	pthread_mutex_unlock(&l->lock);
}

/* --- late answers, under the lock */

static void keep(struct cb_listening *l, const struct cb_notification *n, long value)
{
	struct cb_late_answer *late;

	if (l->wait_killable || !cb_proc_state(n->tid))
		return;
	late = cb_calloc(1, sizeof *late);
	late->tid = n->tid;
	late->entry = n->entry;
	late->value = value;
	HASH_ADD_INT(l->late, tid, late);
}

/* The same call comes again: true, with what it was answered. Another call of that
 * thread means that it gave up. */
static bool was_answered(struct cb_listening *l, const struct cb_notification *n, long *value)
{
	struct cb_late_answer *late;
	bool same;

	HASH_FIND_INT(l->late, &n->tid, late);
	if (!late)
		return false;
	same = !memcmp(late->entry.args, n->entry.args, sizeof late->entry.args) &&
	       late->entry.number == n->entry.number && late->entry.abi == n->entry.abi;
	*value = late->value;
	HASH_DEL(l->late, late);
	free(late);
	return same;
}

/* --- taking */

/* A thread has one call at a time: who still judges another one of it judges what was
 * taken away, and what comes of that has to be waited for. */
static bool is_in_other_hands(const struct cb_listening *l, const struct cb_held *h)
{
	for (const struct cb_held *other = l->held; other; other = other->next)
		if (other != h && other->holds && other->call.tid == h->call.tid)
			return true;
	return false;
}

static void let_go(struct cb_listening *l, struct cb_held *h)
{
	h->holds = false;
	if (!l->wait_killable)
		pthread_cond_broadcast(&l->let_go);
}

static int answer_late(struct cb_listening *l, struct cb_held *h, long value)
{
	int rc = cb_notify_return(l->fd, h->call.id, value);

	if (rc == CB_GONE)
		keep(l, &h->call, value);
	let_go(l, h);
	return rc < 0 ? rc : 0;
}

static int hold(struct cb_listening *l, struct cb_held *h, const struct cb_notification *n)
{
	long value;
	int rc = 1;

	pthread_mutex_lock(&l->lock);
	h->call = *n;
	while (!l->wait_killable && is_in_other_hands(l, h))
		pthread_cond_wait(&l->let_go, &l->lock);
	h->holds = true;
	if (was_answered(l, n, &value))
		rc = answer_late(l, h, value);
	pthread_mutex_unlock(&l->lock);
	return rc;
}

int cb_listening_take(struct cb_listening *l, struct cb_held *h)
{
	struct cb_notification n;
	int rc = cb_notify_receive(l->fd, &n);

	if (rc)
		return rc == CB_GONE ? 0 : rc;
	return hold(l, h, &n);
}

/* --- in turn */

/* False: they were dismissed. */
static bool take_turn(struct cb_listening *l, int *fd)
{
	bool ours;

	pthread_mutex_lock(&l->lock);
	while (l->taken && !l->dismissed)
		pthread_cond_wait(&l->turn, &l->lock);
	ours = !l->dismissed;
	l->taken |= ours;
	*fd = l->deserted ? -1 : l->fd;
	pthread_mutex_unlock(&l->lock);
	return ours;
}

static void pass_turn(struct cb_listening *l, bool more, bool deserted)
{
	pthread_mutex_lock(&l->lock);
	l->taken = false;
	l->deserted |= deserted;
	if (more)
		pthread_cond_signal(&l->turn);
	pthread_mutex_unlock(&l->lock);
}

int cb_listening_wait(struct cb_listening *l, struct cb_held *h)
{
	struct pollfd fds[2] = { { -1, POLLIN, 0 }, { l->dismissal, POLLIN, 0 } };
	struct cb_notification n;
	int rc = CB_GONE;

	if (!take_turn(l, &fds[0].fd))
		return 0;
	if (poll(fds, 2, -1) < 0)
		rc = errno == EINTR ? CB_GONE : -errno;
	else if (fds[0].revents & POLLIN)
		rc = cb_notify_receive(l->fd, &n);
	pass_turn(l, fds[0].revents & POLLIN && poll(fds, 1, 0) > 0 && fds[0].revents & POLLIN,
		  fds[0].revents == POLLHUP);
	if (rc)
		return rc == CB_GONE ? 0 : rc;
	return hold(l, h, &n);
}

void cb_listening_dismiss(struct cb_listening *l)
{
	unsigned long long one = 1;
	ssize_t ignored = write(l->dismissal, &one, sizeof one);

	(void)ignored;
	pthread_mutex_lock(&l->lock);
	l->dismissed = true;
	pthread_cond_broadcast(&l->turn);
	pthread_mutex_unlock(&l->lock);
}

bool cb_listening_is_over(struct cb_listening *l)
{
	bool over;

	pthread_mutex_lock(&l->lock);
	over = l->dismissed;
	pthread_mutex_unlock(&l->lock);
	return over;
}

/* --- answering */

static int give(struct cb_listening *l, const struct cb_held *h, const struct cb_answer *a)
{
	int rc = cb_notify_give(l->fd, h->call.id, (int)a->value, a->arg);

	close((int)a->value);
	return rc;
}

static int answer(struct cb_listening *l, const struct cb_held *h, const struct cb_answer *a)
{
	switch (a->kind) {
	case CB_ANSWER_CONTINUE:
		return cb_notify_continue(l->fd, h->call.id);
	case CB_ANSWER_FD:
		return give(l, h, a);
	case CB_ANSWER_RETURN:
		return cb_notify_return(l->fd, h->call.id, a->value);
	case CB_ANSWER_CHANGE:
		break;
	}
	return -ENOTSUP;
}

int cb_listening_answer(struct cb_listening *l, struct cb_held *h, const struct cb_answer *a)
{
	int rc = answer(l, h, a);

	pthread_mutex_lock(&l->lock);
	if (rc == CB_GONE && a->kind == CB_ANSWER_RETURN)
		keep(l, &h->call, a->value);
	let_go(l, h);
	pthread_mutex_unlock(&l->lock);
	return rc;
}

void cb_listening_let_go(struct cb_listening *l, struct cb_held *h)
{
	pthread_mutex_lock(&l->lock);
	let_go(l, h);
	pthread_mutex_unlock(&l->lock);
}
