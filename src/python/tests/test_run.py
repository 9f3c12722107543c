# SPDX-License-Identifier: MIT
"""catbox.run as Pardus catbox 1.7 had it."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

import catbox

OUTSIDE = "/usr/catbox-python-test"


def touch(path):
    with open(path, "w"):
        pass


def try_to(function, *args):
    """The errno of a call, 0 if it works."""
    try:
        function(*args)
    except OSError as error:
        return error.errno
    return 0


# --- the function and its end


def test_function_sees_the_callers_variables():
    seen = ["before"]

    def function(a, b):
        assert seen == ["before"] and a == 1 and b == "two"
        seen.append("inside")
        return len(seen)

    result = catbox.run(function, args=(1, "two"))
    assert result.code == 0 and result.signal is None and result.value == 2
    assert seen == ["before"]


@pytest.mark.parametrize(
    "argument, code", [((), 0), ((None,), 0), ((0,), 0), ((7,), 7), ((256 + 3,), 3)]
)
def test_system_exit(argument, code):
    assert catbox.run(sys.exit, args=argument).code == code


def test_system_exit_with_a_text(capfd):
    assert catbox.run(sys.exit, args=("gone",)).code == 1
    assert capfd.readouterr().err == "gone\n"


def test_exception(capfd):
    def function():
        raise LookupError("not here")

    result = catbox.run(function)
    assert result.code == 1 and result.signal is None and result.value is None
    error = capfd.readouterr().err
    assert error.startswith("Traceback (most recent call last):\n")
    assert error.endswith("LookupError: not here\n")
    assert "_child.py" not in error


def test_death_by_signal():
    result = catbox.run(lambda: os.kill(os.getpid(), signal.SIGUSR2))
    assert result.code == 1 and result.signal == signal.SIGUSR2


def test_output_comes_once():
    script = "import catbox; print('a'); catbox.run(lambda: print('b')); print('c')"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, check=True, env=environment
    )
    assert done.stdout == b"a\nb\nc\n"


def test_output_that_cannot_be_written():
    def function():
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, 1)
        sys.stdout = open(1, "w", closefd=False)
        print("lost")

    assert catbox.run(function).code == 1


# --- what may be written


def test_nothing_is_writable(place):
    def function():
        touch("/dev/null")
        return try_to(touch, "here"), try_to(touch, OUTSIDE), try_to(touch, "/tmp/catbox-x")

    result = catbox.run(function)
    assert result.value == (errno.EACCES,) * 3
    assert result.violations == [
        ("openat", "here", place + "/here"),
        ("openat", OUTSIDE, OUTSIDE),
        ("openat", "/tmp/catbox-x", "/tmp/catbox-x"),
    ]
    assert not os.path.exists("here")


def test_writable_paths(place):
    os.mkdir("tree")
    touch("file")

    def function():
        touch("tree/in")
        touch("file")
        touch("regex17")
        os.mkdir("later")
        touch("later/in")
        return [try_to(touch, name) for name in ("treetop", "file2", "xregex", "regex")]

    result = catbox.run(
        function,
        [place + "/tree", place + "/file", place + "/later", "~^" + place + "/regex[0-9]+$"],
    )
    assert result.value == [errno.EACCES] * 4, result.violations
    assert [v[1] for v in result.violations] == ["treetop", "file2", "xregex", "regex"]


def test_paths_of_all_kinds(place):
    import pathlib

    strange = os.fsencode(place) + b"/\xff"
    os.mkdir(strange)
    result = catbox.run(
        lambda: touch(strange + b"/in"), [strange, pathlib.Path(place) / "x", place + "/y/"]
    )
    assert result.code == 0 and not result.violations
    result = catbox.run(lambda: try_to(touch, strange + b"/in2"))
    assert os.fsencode(result.violations[0][2]) == strange + b"/in2"


def test_two_paths(place):
    touch("a")
    result = catbox.run(lambda: os.rename("a", OUTSIDE), [place])
    assert result.code == 1
    assert result.violations == [("rename", OUTSIDE, OUTSIDE)]


def test_collect_only(place):
    result = catbox.run(touch, collect_only=True, args=("f",))
    assert result.code == 0 and os.path.exists("f")
    assert result.violations == [("openat", "f", place + "/f")]


def test_logger(place):
    calls = []
    me = os.getpid()

    def logger(operation, path, canonical):
        assert os.getpid() == me
        calls.append((operation, path, canonical))

    def function():
        try_to(os.mkdir, "d")
        subprocess.call(["touch", "e"], stderr=subprocess.DEVNULL)

    result = catbox.run(function, logger=logger)
    assert calls == result.violations
    assert calls == [("mkdir", "d", place + "/d"), ("openat", "e", place + "/e")]


def test_logger_that_raises():
    def logger(*violation):
        raise ZeroDivisionError("logger")

    def function():
        try_to(os.mkdir, OUTSIDE)
        signal.pause()

    with pytest.raises(ZeroDivisionError):
        catbox.run(function, logger=logger)


# --- the network


def test_no_network():
    result = catbox.run(lambda: try_to(socket.socket), network=False)
    assert result.value == errno.EACCES
    assert result.violations == [("socketcall", "", "")]


def test_unix_sockets_without_network():
    a_pair = lambda: [s.close() for s in socket.socketpair()]  # noqa: E731
    result = catbox.run(a_pair, network=False)
    assert result.code == 0 and not result.violations


def test_connect(place):
    server = socket.socket(socket.AF_UNIX)
    server.bind("sock")  # what is not there fails by itself, and is no violation

    def function():
        for family, address in (
            (socket.AF_INET, ("127.0.0.1", 80)),
            (socket.AF_INET6, ("::1", 80)),
            (socket.AF_UNIX, "sock"),
            (socket.AF_UNIX, "\0catbox"),
        ):
            with socket.socket(family) as s:
                assert try_to(s.connect, address)

    policy = {"net": [{"allow": "203.0.113.7"}, {"deny": "loopback"}, {"deny": "unix:~."},
                      {"deny": "abstract:~."}]}
    with server:
        result = catbox.run(function, policy=policy)
    assert result.code == 0
    assert result.violations == [
        ("connect", "", "127.0.0.1:80"),
        ("connect", "", "::1:80"),
        ("connect", "", place + "/sock"),
        ("connect", "", "abstract:catbox"),
    ]


def test_network():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def function():
            with socket.create_connection(server.getsockname()):
                pass

        result = catbox.run(function)
    assert result.code == 0 and not result.violations


# --- what is refused as argument


@pytest.mark.parametrize(
    "arguments",
    [
        {"function": 5},
        {"writable_paths": ["relative/path"]},
        {"writable_paths": ["."]},
        {"writable_paths": [""]},
        {"writable_paths": "/a/string"},
        {"writable_paths": 5},
        {"writable_paths": [5]},
        {"event_hooks": [touch]},
        {"event_hooks": {"finished": 5}},
        {"logger": 5},
        {"args": 5},
        {"policy": 5},
        {"log": "reads"},
    ],
)
def test_type_errors(arguments, place):
    with pytest.raises(TypeError):
        catbox.run(**{"function": touch, "args": ("ran",), **arguments})
    assert not os.path.exists("ran")


@pytest.mark.parametrize(
    "arguments, text",
    [
        ({"event_hooks": {"started": touch}}, "'started'"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"writable_paths": ["~("]}, r"\("),
        ({"log": ["noise"]}, "noise"),
        ({"policy": {"wrote": []}}, "policy:1:3: error"),
        ({"policy": {"write": [{"allow": "relative"}]}}, "'relative'"),
    ],
)
def test_value_errors(arguments, text, place):
    with pytest.raises(ValueError, match=text):
        catbox.run(**{"function": touch, "args": ("ran",), **arguments})
    assert not os.path.exists("ran")


def test_positional_order(place):
    calls = []
    result = catbox.run(
        touch, [place], False, True, lambda *v: calls.append(v),
        {"child_initialized": lambda pid: calls.append(pid)}, ("f",),
    )
    assert result.code == 0 and len(calls) == 1


# --- canonical, version, has_pcre


def test_canonical(place):
    os.mkdir("d")
    os.symlink("d", "link")
    assert catbox.canonical("link") == place + "/d"
    assert catbox.canonical("link", follow=False) == place + "/link"
    assert catbox.canonical("link/../new/er") == place + "/new/er"
    assert catbox.canonical(b"link", True, os.getpid()) == place + "/d"
    assert catbox.canonical("/proc/self") == f"/proc/{os.getpid()}"
    with pytest.raises(OSError):
        catbox.canonical("x", pid=0x3FFFFFFF)
    with pytest.raises(OSError):
        catbox.canonical("")


def test_canonical_of_another(place):
    with subprocess.Popen(["sleep", "600"], cwd="/usr") as other:
        assert catbox.canonical("lib", pid=other.pid) == "/usr/lib"
        assert catbox.canonical("/proc/self", pid=other.pid) == f"/proc/{other.pid}"
        other.kill()


def test_version():
    assert catbox.version() == catbox.__version__ == "0.1.0"
    assert catbox.has_pcre() is True


# --- the caller


def test_caller_is_killed(place):
    script = (
        "import catbox, os, time\n"
        "def f():\n"
        "    open('pid', 'w').write(str(os.getpid()))\n"
        "    os.rename('pid', 'victim')\n"
        "    time.sleep(600)\n"
        "catbox.run(f, [os.getcwd()])\n"
    )
    caller = subprocess.Popen([sys.executable, "-c", script])
    for _ in range(200):
        if os.path.exists("victim"):
            break
        threading.Event().wait(0.05)
    victim = int(open("victim").read())
    caller.kill()
    caller.wait()
    for _ in range(200):
        try:
            state = open(f"/proc/{victim}/stat").read().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return
        if state in "ZX":
            return
        threading.Event().wait(0.05)
    pytest.fail("it lives")
