/* SPDX-License-Identifier: MIT */
/* The bridge between libcatbox and Python: hands a run's policy, function and callbacks
 * over, and takes care of the interpreter's lock and of its fork. What a result looks
 * like, and what arguments may be, is a matter of catbox/__init__.py. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <catbox.h>
#include <errno.h>
#include <stdlib.h>

/* One run. */
struct bridge {
	PyObject *child;    /* called in the child; returns its exit status; borrowed */
	PyObject *event;    /* called with each event as JSON; borrowed */
	PyObject *hooks;    /* a dictionary of functions (pid, event as JSON); borrowed */
	PyThreadState *thread; /* of the calling thread, while it has not the lock */
	PyObject *type, *value, *traceback; /* what a callback has raised; owned */
	int raised;
};

/* --- in the child */

static int in_child(void *ctx)
{
	const struct bridge *b = ctx;
	PyObject *status;
	long code = 1;

	PyOS_AfterFork_Child();
	status = PyObject_CallObject(b->child, NULL);
	if (status)
		code = PyLong_AsLong(status);
	if (PyErr_Occurred()) {
		PyErr_WriteUnraisable(b->child);
		code = 1;
	}
	return (int)code;
}

/* --- in the thread that calls catbox_run */

static void before_fork(void *ctx)
{
	struct bridge *b = ctx;

	PyEval_RestoreThread(b->thread);
	PyOS_BeforeFork();
}

static void after_fork(void *ctx)
{
	struct bridge *b = ctx;

	PyOS_AfterFork_Parent();
	b->thread = PyEval_SaveThread();
}

/* Keeps the first exception; the caller sees it when the run is over. */
static void keep_exception(struct bridge *b)
{
	if (b->raised) {
		PyErr_Clear();
		return;
	}
	PyErr_Fetch(&b->type, &b->value, &b->traceback);
	b->raised = 1;
}

static int tick(void *ctx)
{
	struct bridge *b = ctx;

	PyEval_RestoreThread(b->thread);
	if (PyErr_CheckSignals())
		keep_exception(b);
	b->thread = PyEval_SaveThread();
	return b->raised;
}

/* --- in the tracing thread */

static void on_event(const catbox_event *event, void *ctx)
{
	PyGILState_STATE state = PyGILState_Ensure();
	char *text = catbox_event_json(event);
	struct bridge *b = ctx;
	PyObject *result = text ? PyObject_CallFunction(b->event, "y", text) : PyErr_NoMemory();

	if (!result)
		keep_exception(b);
	Py_XDECREF(result);
	free(text);
	PyGILState_Release(state);
}

/* A hook that raises has failed; the first time its exception is kept if it is that of
 * child_initialized, since the run is one no more. */
static int call_hook(struct bridge *b, const char *name, int pid, const catbox_event *event)
{
	PyGILState_STATE state = PyGILState_Ensure();
	char *text = catbox_event_json(event);
	PyObject *hook = PyDict_GetItemString(b->hooks, name); /* borrowed */
	PyObject *result = hook && text ? PyObject_CallFunction(hook, "iy", pid, text) : NULL;
	int failed = !result;

	if (failed && !PyErr_Occurred())
		PyErr_NoMemory();
	if (failed && !strcmp(name, "child_initialized"))
		keep_exception(b);
	else if (failed)
		PyErr_WriteUnraisable(hook);
	Py_XDECREF(result);
	free(text);
	PyGILState_Release(state);
	return failed;
}

#define HOOK(name) \
	static int on_##name(int pid, const catbox_event *event, void *ctx) \
	{ \
		return call_hook(ctx, #name, pid, event); \
	}
HOOK(child_initialized)
HOOK(child_died_unexpectedly)
HOOK(violation)
HOOK(process_start)
HOOK(process_exit)
HOOK(finished)
#undef HOOK

static void set_hooks(struct catbox_options *o, struct bridge *b)
{
#define SET(name) \
	if (PyDict_GetItemString(b->hooks, #name)) \
		o->name = on_##name;
	SET(child_initialized)
	SET(child_died_unexpectedly)
	SET(violation)
	SET(process_start)
	SET(process_exit)
	SET(finished)
#undef SET
	o->hook_ctx = b;
}

/* --- policies: a list of steps, each a tuple of strings */

static int fail(const struct catbox_error *err)
{
	PyErr_SetString(PyExc_ValueError, err->message);
	return -1;
}

static int load(catbox_policy *policy, const char *name, const char *text, Py_ssize_t length)
{
	struct catbox_error err;
	char *complaints = NULL;
	int rc = text ? catbox_policy_load_text(policy, name, text, (size_t)length, &complaints, &err) :
			catbox_policy_load(policy, name, &complaints, &err);

	if (rc && err.code != EINVAL && !text) {
		errno = err.code;
		PyErr_SetFromErrnoWithFilename(PyExc_OSError, name);
	} else if (rc) {
		PyErr_Format(PyExc_ValueError, "%s\n%s", err.message, complaints ? complaints : "");
	}
	free(complaints);
	return rc;
}

static int take_step(catbox_policy *policy, PyObject *step)
{
	const char *what, *one, *two = NULL;
	struct catbox_error err;
	Py_ssize_t length = 0;
	int rc;

	if (!PyArg_ParseTuple(step, "sy|y#", &what, &one, &two, &length))
		return -1;
	if (!strcmp(what, "file") || !strcmp(what, "text"))
		return load(policy, one, two, length);
	if (!strcmp(what, "write"))
		rc = catbox_policy_write(policy, one, "writable_paths", &err);
	else if (!strcmp(what, "net"))
		rc = catbox_policy_net(policy, one, &err);
	else if (!strcmp(what, "log"))
		rc = catbox_policy_log(policy, one, &err);
	else
		rc = catbox_policy_on_violation(policy, one, &err);
	return rc ? fail(&err) : 0;
}

static catbox_policy *make_policy(PyObject *steps)
{
	catbox_policy *policy = catbox_policy_new();

	for (Py_ssize_t i = 0; i < PyList_Size(steps); i++)
		if (take_step(policy, PyList_GetItem(steps, i))) {
			catbox_policy_free(policy);
			return NULL;
		}
	return policy;
}

/* --- the module */

static PyObject *usage_of(const struct rusage *u)
{
	return Py_BuildValue("(ddllllllllllllll)",
			     (double)u->ru_utime.tv_sec + (double)u->ru_utime.tv_usec / 1e6,
			     (double)u->ru_stime.tv_sec + (double)u->ru_stime.tv_usec / 1e6,
			     u->ru_maxrss, u->ru_ixrss, u->ru_idrss, u->ru_isrss, u->ru_minflt,
			     u->ru_majflt, u->ru_nswap, u->ru_inblock, u->ru_oublock, u->ru_msgsnd,
			     u->ru_msgrcv, u->ru_nsignals, u->ru_nvcsw, u->ru_nivcsw);
}

static PyObject *raise_error(PyObject *module, const char *message)
{
	PyObject *type = PyObject_GetAttrString(module, "Error");

	if (type)
		PyErr_SetString(type, message);
	Py_XDECREF(type);
	return NULL;
}

static PyObject *result_of(PyObject *module, struct bridge *b, int rc, const struct catbox_result *r,
			   const struct catbox_error *err)
{
	if (b->raised) { /* that is why, or it is the caller's to see at any rate */
		PyErr_Restore(b->type, b->value, b->traceback);
		return NULL;
	}
	if (rc)
		return raise_error(module, err->message);
	return Py_BuildValue("(iiNKN)", r->status, r->signal, PyBool_FromLong(r->timed_out),
			     r->hook_failures, usage_of(&r->usage));
}

PyDoc_STRVAR(run_doc, "run(child, steps, event, hooks, timeout_ms)\n--\n\n"
		      "One run; see catbox.run for what people call.");

static PyObject *py_run(PyObject *module, PyObject *args)
{
	struct bridge b = { 0 };
	struct catbox_options o = { .size = sizeof o, .function = in_child, .function_arg = &b,
				    .event = on_event, .event_ctx = &b, .tick = tick,
				    .before_fork = before_fork, .after_fork = after_fork,
				    .thread_ctx = &b, .result_size = sizeof(struct catbox_result) };
	struct catbox_result result;
	struct catbox_error err;
	PyObject *steps;
	int rc;

	if (!PyArg_ParseTuple(args, "OO!OO!I", &b.child, &PyList_Type, &steps, &b.event,
			      &PyDict_Type, &b.hooks, &o.timeout_ms))
		return NULL;
	o.policy = make_policy(steps);
	if (!o.policy)
		return NULL;
	set_hooks(&o, &b);
	b.thread = PyEval_SaveThread();
	rc = catbox_run(&o, &result, &err);
	PyEval_RestoreThread(b.thread);
	catbox_policy_free(o.policy);
	return result_of(module, &b, rc, &result, &err);
}

PyDoc_STRVAR(canonical_doc, "canonical(path, follow, pid)\n--\n\n"
			    "The canonical form of a path, as bytes.");

static PyObject *py_canonical(PyObject *module, PyObject *args)
{
	struct catbox_error err;
	const char *path;
	PyObject *bytes;
	int follow, pid;
	char *real;

	(void)module;
	if (!PyArg_ParseTuple(args, "ypi", &path, &follow, &pid))
		return NULL;
	if (catbox_canonical(path, follow, pid, &real, &err)) {
		PyObject *value = Py_BuildValue("(is)", err.code, err.message);

		if (value)
			PyErr_SetObject(PyExc_OSError, value);
		Py_XDECREF(value);
		return NULL;
	}
	bytes = PyBytes_FromString(real);
	free(real);
	return bytes;
}

static PyObject *py_version(PyObject *module, PyObject *none)
{
	(void)module;
	(void)none;
	return PyUnicode_FromString(catbox_version());
}

static PyMethodDef methods[] = {
	{ "run", py_run, METH_VARARGS, run_doc },
	{ "canonical", py_canonical, METH_VARARGS, canonical_doc },
	{ "version", py_version, METH_NOARGS, "The version of libcatbox." },
	{ NULL, NULL, 0, NULL },
};

static int prepare(PyObject *module)
{
	PyObject *error = PyErr_NewExceptionWithDoc(
		"catbox.Error", "The sandbox could not be set up, failed, or a hook did not let "
		"the child start.", PyExc_RuntimeError, NULL);

	if (!error || PyModule_AddObject(module, "Error", error)) {
		Py_XDECREF(error);
		return -1;
	}
	return 0;
}

static PyModuleDef_Slot slots[] = { { Py_mod_exec, prepare }, { 0, NULL } };

static struct PyModuleDef definition = {
	PyModuleDef_HEAD_INIT,
	.m_name = "catbox._catbox",
	.m_doc = "The compiled part of catbox.",
	.m_methods = methods,
	.m_slots = slots,
};

PyMODINIT_FUNC PyInit__catbox(void);
PyMODINIT_FUNC PyInit__catbox(void)
{
	return PyModuleDef_Init(&definition);
}
