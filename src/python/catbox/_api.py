# SPDX-License-Identifier: MIT
"""What callers see: arguments are checked here, and results take their form."""

import json
import os
import resource
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from . import _catbox, _child

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
Event = Dict[str, Any]
Violation = Tuple[str, str, str]
Logger = Callable[[str, str, str], Any]

_HOOKS = {  # whether they are told the event
    "child_initialized": False,
    "child_died_unexpectedly": False,
    "violation": True,
    "process_start": True,
    "process_exit": True,
    "finished": True,
}


Error = _catbox.Error


class Result:
    """What came of a run."""

    code: int
    """Exit status of the function: 0, what it gave to sys.exit, or 1."""
    signal: Optional[int]
    """The signal that ended the child, or None. Then `code` is 1."""
    violations: List[Violation]
    """(operation, path as given, canonical path or address) of each refused call."""
    value: Any
    """What the function returned, if that is plain data (see `run`); else None."""
    events: List[Event]
    """All events, as in the log of catbox(1)."""
    faked: List[Event]
    """The events of what was pretended."""
    reads: List[str]
    """Canonical paths of the files that were read, if reads are logged."""
    timed_out: bool
    """The run was killed after `timeout` seconds."""
    hook_failures: int
    """Calls of hooks that raised."""
    rusage: "resource.struct_rusage"
    """Resources used by the child and the children it waited for."""

    def __init__(self) -> None:
        self.code = 0
        self.signal = None
        self.violations = []
        self.value = None
        self.events = []
        self.faked = []
        self.reads = []
        self.timed_out = False
        self.hook_failures = 0
        self.rusage = resource.struct_rusage((0,) * 16)

    def __repr__(self) -> str:
        return f"<catbox.Result code={self.code} violations={len(self.violations)}>"


def _text(event: Event, key: str) -> str:
    """A field as the file system would have it: with the exact bytes."""
    exact = event.get(key + "_hex")
    if exact is not None:
        return os.fsdecode(bytes.fromhex(exact))
    return str(event.get(key, ""))


def _violation(event: Event) -> Violation:
    operation = event.get("syscall", "")
    if operation == "socket":
        return ("socketcall", "", "")
    if "address" in event:
        address = _text(event, "address")
        if address.startswith("unix:"):
            return (operation, "", _text(event, "real") or address[5:])
        if address.startswith("["):  # [::1]:80
            address = address[1:].replace("]", "", 1)
        return (operation, "", address)
    return (operation, _text(event, "path"), _text(event, "real"))


def _path_step(path: Path) -> List[Tuple[Any, ...]]:
    name = os.fsencode(path)
    if name.startswith(b"~"):
        return [("write", name)]
    if not name.startswith(b"/"):
        raise TypeError(f"a writable path must be absolute or begin with '~': {path!r}")
    if name.endswith(b"/") or os.path.isdir(name):
        return [("write", name.rstrip(b"/") + b"/")]
    if os.path.lexists(name):
        return [("write", name)]
    return [("write", name), ("write", name + b"/")]  # a file, or a directory that will be


def _policy_steps(policy: Union[None, Path, Mapping[str, Any]]) -> List[Tuple[Any, ...]]:
    if policy is None:
        return []
    if isinstance(policy, Mapping):
        return [("text", b"policy", json.dumps(policy).encode())]
    if not isinstance(policy, (str, bytes, os.PathLike)):
        raise TypeError(f"policy must be a file or a dictionary, not {type(policy).__name__}")
    return [("file", os.fsencode(policy))]


def _fake_steps(fake: Union[None, bool, str, Sequence[str]]) -> List[Tuple[Any, ...]]:
    if fake is None or fake is False:
        return []
    if isinstance(fake, str):
        what: Any = fake if fake in ("all", "none") else fake.split(",")
    else:
        what = "all" if fake is True else list(fake)
    return [("text", b"fake", json.dumps({"fake": what}).encode())]


def _strings(what: str, values: Any) -> List[Any]:
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{what} must be a list, not {type(values).__name__}")
    return list(values)


class _Hook:
    """A function of the caller, as the bridge calls it."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self.function = function
        self.with_event = _HOOKS[name]

    def __call__(self, pid: int, event: bytes) -> None:
        try:
            if self.with_event:
                self.function(pid, json.loads(event))
            else:
                self.function(pid)
        except Exception as error:
            if self.name != "child_initialized":
                raise
            raise Error(f"the hook child_initialized failed: {error!r}") from error


def _hooks(
    event_hooks: Optional[Dict[str, Callable[..., Any]]]
) -> Dict[str, Callable[[int, bytes], None]]:
    if event_hooks is None:
        return {}
    if not isinstance(event_hooks, dict):
        raise TypeError(f"event_hooks must be a dictionary, not {type(event_hooks).__name__}")
    for name, function in event_hooks.items():
        if name not in _HOOKS:
            raise ValueError(f"no hook is called {name!r}; there are {', '.join(_HOOKS)}")
        if not callable(function):
            raise TypeError(f"the hook {name!r} is not callable")
    return {name: _Hook(name, function) for name, function in event_hooks.items()}


class _Collector:
    """Takes the events of a run, in its tracing thread."""

    def __init__(self, result: Result, logger: Optional[Logger]) -> None:
        self.result = result
        self.logger = logger

    def __call__(self, text: bytes) -> None:
        event = json.loads(text)
        kind = event["event"]
        self.result.events.append(event)
        if kind == "violation":
            violation = _violation(event)
            self.result.violations.append(violation)
            if self.logger is not None:
                self.logger(*violation)
        elif kind == "faked":
            self.result.faked.append(event)
        elif kind == "read":
            self.result.reads.append(_text(event, "real"))


def _milliseconds(timeout: Optional[float]) -> int:
    if timeout is None:
        return 0
    if not 0 < timeout <= 4000000:
        raise ValueError(f"timeout must be a positive number of seconds: {timeout!r}")
    return max(1, int(timeout * 1000))


def run(
    function: Callable[..., Any],
    writable_paths: Optional[Iterable[Path]] = None,
    network: bool = True,
    collect_only: bool = False,
    logger: Optional[Logger] = None,
    event_hooks: Optional[Dict[str, Callable[..., Any]]] = None,
    args: Sequence[Any] = (),
    *,
    policy: Union[None, Path, Mapping[str, Any]] = None,
    fake: Union[None, bool, str, Sequence[str]] = None,
    timeout: Optional[float] = None,
    log: Iterable[str] = (),
) -> Result:
    """Calls `function(*args)` in a child process that is confined, and waits for it and
    all its descendants.

    writable_paths  What may be written: absolute paths, each it and all below, and
                    regular expressions (PCRE2) that begin with `~`. None: nothing but
                    devices such as /dev/null.
    network         False: no sockets but those of Unix and netlink.
    collect_only    True: violations are reported, but happen.
    logger          Called for each violation: logger(operation, path, canonical).
    event_hooks     Functions to call: child_initialized(pid) before the child goes on,
                    child_died_unexpectedly(pid), and with the event as a dictionary
                    violation(pid, event), process_start(pid, event),
                    process_exit(pid, event), finished(pid, event).
    policy          A policy file, or a dictionary of the same form; writable_paths,
                    network=False and collect_only=True come on top.
    fake            True, "all" or a list such as ["owner", "mode"]: pretend root.
    timeout         Seconds after which all is killed.
    log             More kinds of events: "reads", "exec", "net", "processes".

    Logger and hooks are called in another thread while the run waits. An exception of
    the logger, and KeyboardInterrupt, end the run and are raised here. A hook that raises
    has failed: after child_initialized the child never starts and Error is raised; any
    other failure is counted and printed as unraisable.

    The function may call sys.exit. An exception that it does not catch prints its
    traceback and makes `code` 1. What it returns arrives as `value` if it consists of
    None, bool, int, float, complex, str, bytes, bytearray, tuple, list, dict, set and
    frozenset: of what comes out of a sandbox nothing else is taken.
    """
    if not callable(function):
        raise TypeError(f"function must be callable, not {type(function).__name__}")
    if logger is not None and not callable(logger):
        raise TypeError(f"logger must be callable, not {type(logger).__name__}")
    hooks = _hooks(event_hooks)
    steps = _policy_steps(policy) + _fake_steps(fake)
    for path in _strings("writable_paths", writable_paths or ()):
        steps += _path_step(path)
    if not network:
        steps.append(("net", b"none"))
    if collect_only:
        steps.append(("on-violation", b"collect"))
    steps += [("log", kind.encode()) for kind in _strings("log", log)]
    result = Result()
    with _child.Child(function, tuple(args)) as child:
        ended = _catbox.run(
            child, steps, _Collector(result, logger), hooks, _milliseconds(timeout)
        )
        result.code, signal, result.timed_out, result.hook_failures, usage = ended
        result.rusage = resource.struct_rusage(usage)
        if signal:
            result.code, result.signal = 1, signal
        else:
            result.value = child.value()
    return result


def canonical(path: Path, follow: bool = True, pid: Optional[int] = None) -> str:
    """The canonical form of a path, as process `pid` sees it (None: this one).

    What does not exist is the longest part that does, and the rest. follow=False leaves
    a symbolic link in the last component as it is. OSError if there is no such process.
    """
    return os.fsdecode(_catbox.canonical(os.fsencode(path), follow, pid or 0))


def version() -> str:
    """The version of libcatbox."""
    return _catbox.version()


def has_pcre() -> bool:
    """Whether paths may be regular expressions: always."""
    return True
