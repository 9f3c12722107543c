/* SPDX-License-Identifier: MIT */
/* A seccomp listener, and what its supervisors know of each other: who of them waits
 * for the next call, what they hold, and what was answered too late.
 *
 * Before Linux 5.19 a signal takes a waiting call away, and the kernel starts it
 * again: an answer that came too late is kept for that second time, so that nothing
 * is done or told twice. */
#ifndef CB_TRACE_LISTENING_H
#define CB_TRACE_LISTENING_H

#include "linux/notify.h"
#include "trace/engine.h"

#include <pthread.h>

struct cb_late_answer;

/* A call in the hands of one supervisor, which alone looks at it; others may see that
 * it holds one, and of whom. */
struct cb_held {
	bool holds;
	struct cb_notification call;
	struct cb_held *next; /* of another supervisor */
};

struct cb_listening {
	/* the same from the first supervisor on */
	int fd;             /* the listener; owned; -1: none, or nobody has the filter any more */
	int dismissal;      /* eventfd, readable when it is over for supervisors; owned; -1: there
			     * is one thread, which waits by itself */
	bool wait_killable; /* no signal takes calls away but one that kills */

	pthread_mutex_t lock;        /* of all below, and of `holds` and `call.tid` of each held */
	pthread_cond_t turn;         /* it may be somebody's turn to wait for calls */
	pthread_cond_t let_go;       /* a call is out of a supervisor's hands */
	bool taken;                  /* one of them waits for calls */
	bool deserted;               /* nobody has the filter any more */
	bool dismissed;
	struct cb_held *held;        /* of all; each is owned by its supervisor */
	struct cb_late_answer *late; /* by thread; owned */
};

void cb_listening_init(struct cb_listening *l);
void cb_listening_destroy(struct cb_listening *l);

/* A supervisor more. While there are several, each calls cb_listening_wait. */
void cb_listening_enter(struct cb_listening *l, struct cb_held *h);
void cb_listening_leave(struct cb_listening *l, struct cb_held *h);

/* Takes the call that waits at the listener, as poll(2) has said. 1: it is to be
 * judged; 0: there is nothing to do; or a negative errno. */
int cb_listening_take(struct cb_listening *l, struct cb_held *h);

/* The same, after waiting for one, in turn with other supervisors; 0 also when they
 * were dismissed. */
int cb_listening_wait(struct cb_listening *l, struct cb_held *h);

/* No supervisor shall wait any more. */
void cb_listening_dismiss(struct cb_listening *l);
bool cb_listening_is_over(struct cb_listening *l);

/* Answers what it holds: 0, CB_GONE or a negative errno. */
int cb_listening_answer(struct cb_listening *l, struct cb_held *h, const struct cb_answer *a);

/* Whatever it still holds gets no answer. */
void cb_listening_let_go(struct cb_listening *l, struct cb_held *h);

#endif
