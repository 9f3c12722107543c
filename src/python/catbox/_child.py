# SPDX-License-Identifier: MIT
"""The child's side: calls the function, and brings its value back."""

import io
import os
import pickle
import sys
import traceback
from typing import Any, Callable, Tuple


class _PlainData(pickle.Unpickler):
    """Takes no classes and functions. The child is confined and we are not: a pickle may
    name anything to be called here, and who runs in there may have written it."""

    _plain = {
        ("builtins", name): kind
        for name, kind in (
            ("complex", complex),
            ("bytearray", bytearray),
            ("set", set),
            ("frozenset", frozenset),
        )
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._plain[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is no plain data") from None

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("no plain data")


def _exit_code(error: SystemExit) -> int:
    """As the interpreter would have it."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    print(error.code, file=sys.stderr)
    return 1


def _flush() -> bool:
    """False if something that was printed could not be written."""
    fine = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except (OSError, ValueError):
            fine = False
    return fine


class Child:
    """A function that will be called in the child. The value comes back in a file
    without a name: unlike a pipe it is never full, and nobody needs to read meanwhile."""

    def __init__(self, function: Callable[..., Any], args: Tuple[Any, ...]) -> None:
        self._function = function
        self._args = args
        self._fd = -1

    def __enter__(self) -> "Child":
        self._fd = os.memfd_create("catbox-value")
        _flush()  # or the child would print it once more
        return self

    def __exit__(self, *unused: Any) -> None:
        os.close(self._fd)

    def __call__(self) -> int:
        """In the child: the exit status."""
        value, code = None, 0
        try:
            value = self._function(*self._args)
        except SystemExit as error:
            code = _exit_code(error)
        except BaseException as error:
            own_frame = error.__traceback__
            traceback.print_exception(
                type(error), error, own_frame.tb_next if own_frame else None
            )
            code = 1
        if value is not None:
            self._send(value)
        if not _flush() and code == 0:
            code = 1
        return code

    def _send(self, value: Any) -> None:
        try:
            text = pickle.dumps(value, protocol=4)
        except Exception:
            return
        with os.fdopen(os.dup(self._fd), "wb") as file:
            file.write(text)

    def value(self) -> Any:
        """In the parent, after the run."""
        with os.fdopen(os.dup(self._fd), "rb") as file:
            file.seek(0)
            text = file.read()
        if not text:
            return None
        try:
            return _PlainData(io.BytesIO(text)).load()
        except Exception:
            return None
