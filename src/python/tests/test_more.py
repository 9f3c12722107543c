# SPDX-License-Identifier: MIT
"""What catbox.run has besides: hooks, policies, values, ends, threads; and what it
leaves behind."""

import ctypes
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest

import catbox

from test_run import OUTSIDE, touch, try_to

# --- hooks


def test_hooks_in_their_order(place):
    calls = []

    def hook(name):
        return lambda pid, event=None: calls.append((name, pid, event and event["event"]))

    names = ["child_initialized", "process_start", "violation", "process_exit", "finished"]

    def function():
        try_to(touch, OUTSIDE)
        return os.getpid()

    result = catbox.run(function, event_hooks={name: hook(name) for name in names})
    pid = result.value
    assert calls == [
        ("child_initialized", pid, None),
        ("process_start", pid, "process"),
        ("violation", pid, "violation"),
        ("process_exit", pid, "exit"),
        ("finished", pid, "end"),
    ]
    assert [e["hook"] for e in result.events if e["event"] == "hook"] == names


def test_child_initialized_fails(place):
    def hook(pid):
        raise KeyError("not today")

    with pytest.raises(catbox.Error, match="child_initialized") as error:
        catbox.run(touch, [place], event_hooks={"child_initialized": hook}, args=("ran",))
    assert isinstance(error.value.__cause__, KeyError)
    assert not os.path.exists("ran")


def test_child_initialized_kills(place):
    died = []
    result = catbox.run(
        touch, [place], args=("ran",),
        event_hooks={
            "child_initialized": lambda pid: os.kill(pid, signal.SIGKILL),
            "child_died_unexpectedly": died.append,
        },
    )
    assert result.signal == signal.SIGKILL and result.code == 1
    assert not os.path.exists("ran") and len(died) == 1


def test_another_hook_fails(monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", lambda u: unraisable.append(str(u.exc_value)))

    def hook(pid, event):
        raise RuntimeError("whatever")

    result = catbox.run(lambda: 3, event_hooks={"finished": hook})
    assert result.value == 3 and result.hook_failures == 1 and unraisable == ["whatever"]


# --- policies


def test_policy_as_dictionary(place):
    result = catbox.run(
        lambda: (try_to(touch, "yes"), try_to(touch, "no")),
        policy={"write": [{"allow": place + "/"}, {"deny": place + "/no"}], "deny-errno": "EROFS"},
    )
    assert result.value == (0, 30)
    assert [e["rule"] for e in result.events if e["event"] == "violation"] == ["policy:1"]


def test_policy_as_file(place):
    with open("p.yaml", "w") as file:
        file.write("write:\n  - allow: ${BUILD_DIR}/\n")
    assert not catbox.run(touch, policy="p.yaml", args=("f",)).violations
    with pytest.raises(FileNotFoundError):
        catbox.run(touch, policy="missing.yaml", args=("f",))
    with open("p.yaml", "w") as file:
        file.write("write:\n  - allow\n")
    with pytest.raises(ValueError, match="p.yaml:2:5: error"):
        catbox.run(touch, policy="p.yaml", args=("f",))


def test_writable_paths_come_on_top(place):
    os.mkdir("a")
    result = catbox.run(
        lambda: (try_to(touch, "a/f"), try_to(touch, "f")),
        [place + "/a"], policy={"write": [{"deny": place + "/"}]},
    )
    assert result.value == (0, 13)


def test_reads(place):
    with open("input", "w") as file:
        file.write("text")

    def function():
        for _ in range(3):
            open("input").close()
        open("/dev/shm/catbox-python-test", "w+").close()  # nothing of it is read
        subprocess.check_call(["true"])

    shm = ["/dev/shm"]
    result = catbox.run(function, shm, log=["reads"])
    os.unlink("/dev/shm/catbox-python-test")
    assert result.code == 0
    assert result.reads.count(place + "/input") == 1
    assert "/dev/shm/catbox-python-test" not in result.reads
    assert any(path.endswith("/true") for path in result.reads)
    assert catbox.run(function, shm).reads == []
    assert catbox.run(function, shm, policy={"log": ["reads"]}).reads == result.reads
    os.unlink("/dev/shm/catbox-python-test")


def test_fake_is_passed_on():
    """Either the library can pretend, or it says that it cannot."""
    try:
        result = catbox.run(os.getuid, fake=["ids"])
    except ValueError as error:
        assert "fake" in str(error)
    else:
        assert result.value == 0
    with pytest.raises(ValueError, match="fake"):
        catbox.run(os.getuid, fake=["nonsense"])
    assert catbox.run(lambda: 1, fake="none").value == 1


# --- values


@pytest.mark.parametrize(
    "value",
    [
        0, -(2**70), 2.5, 1j, True, "text", "\udcff", b"\0bytes", bytearray(b"x"), (), (1, [2, {"3": {4}}]),
        frozenset([5]), ["x" * 10] * 300000,
    ],
)
def test_value(value):
    result = catbox.run(lambda: value)
    assert result.value == value and type(result.value) is type(value)


class Something:
    def __reduce__(self):
        return (os.system, ("echo escaped >escaped",))


@pytest.mark.parametrize("value", [None, lambda: 0, Something(), [Something()], sys, os.system])
def test_no_value(value, place):
    result = catbox.run(lambda: value)
    assert result.value is None and result.code == 0
    assert not os.path.exists("escaped"), "a pickle from inside was obeyed outside"


def test_value_of_huge_recursion():
    def nested():
        value = []
        for _ in range(100000):
            value = [value]
        return value

    result = catbox.run(nested)
    assert result.code == 0


def test_no_value_after_a_signal():
    assert catbox.run(lambda: os.kill(os.getpid(), 9)).value is None


# --- ends


def test_timeout():
    before = time.monotonic()
    result = catbox.run(lambda: subprocess.call(["sleep", "600"]), timeout=0.3)
    assert result.timed_out and result.code == 1 and result.signal == signal.SIGKILL
    assert time.monotonic() - before < 60


@pytest.mark.parametrize("engine", ["ptrace", "notify"])
def test_timeout_while_it_forks(engine):
    """A child that starts while all others are killed is killed too, though it calls nothing."""

    def function():
        os.fork()
        os.fork()
        while True:
            if not os.fork():
                signal.alarm(100)
                signal.pause()

    before = time.monotonic()
    for i in range(100 if engine == "ptrace" else 40):
        result = catbox.run(function, policy={"engine": engine}, timeout=0.02 + i % 7 * 0.003)
        assert result.timed_out
    assert time.monotonic() - before < 60


def test_keyboard_interrupt():
    def interrupt():
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    pids = []
    try:
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            catbox.run(signal.pause, event_hooks={"child_initialized": pids.append})
    finally:
        thread.join()
        signal.signal(signal.SIGINT, old)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_handler_runs_meanwhile():
    seen = []
    old = signal.signal(signal.SIGALRM, lambda *a: seen.append(time.monotonic()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        catbox.run(lambda: time.sleep(0.6))
        assert len(seen) == 1 and time.monotonic() - seen[0] > 0.2
    finally:
        signal.signal(signal.SIGALRM, old)


def test_rusage():
    def burn():
        while time.process_time() < 0.2:
            pass

    usage = catbox.run(burn).rusage
    assert isinstance(usage, resource.struct_rusage)
    assert usage.ru_utime + usage.ru_stime >= 0.1 and usage.ru_maxrss > 1000


def test_events(place):
    result = catbox.run(try_to, args=(touch, OUTSIDE))
    assert [e["event"] for e in result.events] == ["start", "violation", "end"]
    assert [e["seq"] for e in result.events] == [1, 2, 3]
    json.dumps(result.events)
    assert result.faked == [] and "violations=1" in repr(result)


# --- threads and forks


def test_other_threads_go_on():
    counter = [0]
    stop = threading.Event()

    def count():
        while not stop.is_set():
            counter[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    before = counter[0]
    catbox.run(lambda: time.sleep(0.5))
    after = counter[0]
    stop.set()
    thread.join()
    assert after - before > 20


def test_runs_at_once(place):
    results = [None] * 6

    def run(i):
        def function():
            for n in range(i):
                try_to(touch, f"{OUTSIDE}{n}")
            return i

        results[i] = [catbox.run(function) for _ in range(5)]

    threads = [threading.Thread(target=run, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, runs in enumerate(results):
        assert [(r.value, len(r.violations)) for r in runs] == [(i, i)] * 5


def test_a_lock_that_another_thread_holds():
    """The child can still import, print and use threads: Python was told of the fork."""
    stop = threading.Event()
    thread = threading.Thread(target=lambda: [__import__("decimal") for _ in iter(stop.is_set, True)])
    thread.start()

    def function():
        import colorsys

        t = threading.Thread(target=lambda: None)
        t.start()
        t.join()
        return colorsys.ONE_THIRD > 0 and threading.active_count() == 1

    try:
        assert catbox.run(function, timeout=60).value is True
    finally:
        stop.set()
        thread.join()


def test_at_fork_functions():
    script = (
        "import catbox, os\n"
        "calls = []\n"
        "os.register_at_fork(before=lambda: calls.append('before'),\n"
        "    after_in_parent=lambda: calls.append('parent'),\n"
        "    after_in_child=lambda: calls.append('child'))\n"
        "assert catbox.run(lambda: list(calls)).value == ['before', 'child'], calls\n"
        "assert calls == ['before', 'parent'], calls\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_run_inside_a_run_says_why():
    def function():
        try:
            catbox.run(lambda: 0)
        except catbox.Error as error:
            return str(error)

    assert "itself traced" in catbox.run(function).value


def test_the_callers_children_stay():
    with subprocess.Popen(["sh", "-c", "exit 42"]) as child:
        catbox.run(lambda: time.sleep(0.2))
        assert child.wait() == 42


# --- nothing is left


def descriptors():
    return sorted(os.listdir("/proc/self/fd"))


def allocated():
    """Bytes that malloc has handed out (glibc 2.33 or newer; else 0)."""

    class Info(ctypes.Structure):
        _fields_ = [(str(i), ctypes.c_size_t) for i in range(10)]

    try:
        ask = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return 0
    ask.restype = Info
    return getattr(ask(), "7")  # uordblks


def test_500_runs_leak_nothing(place):
    def once():
        result = catbox.run(
            lambda: (try_to(touch, OUTSIDE), "value"), [place], logger=lambda *v: None,
            event_hooks={"child_initialized": lambda pid: None},
        )
        assert len(result.violations) == 1 and result.value

    def resident():
        gc.collect()
        return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

    for _ in range(100):
        once()
    fds, memory, heap, objects = descriptors(), resident(), allocated(), len(gc.get_objects())
    for _ in range(500):
        once()
    assert descriptors() == fds
    assert resident() - memory < 256 * 1024
    assert allocated() - heap < 500 * 50
    assert len(gc.get_objects()) - objects < 100
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, 0)


def test_failures_leak_nothing(place):
    def once():
        for arguments in (
            {"policy": {"wrote": []}}, {"writable_paths": ["~("]},
            {"event_hooks": {"child_initialized": lambda pid: 1 / 0}},
        ):
            with pytest.raises((ValueError, catbox.Error)):
                catbox.run(touch, **arguments, args=("x",))

    once()
    fds = descriptors()
    for _ in range(20):
        once()
    assert descriptors() == fds
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, 0)


# --- types


def test_types():
    pytest.importorskip("mypy", reason="no mypy")
    package = os.path.dirname(catbox.__file__)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", "-p", "catbox"],
        cwd=os.path.dirname(package), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    assert done.returncode == 0, done.stdout
    assert os.path.exists(os.path.join(package, "py.typed"))
