# SPDX-License-Identifier: MIT
from typing import Any, Callable, Dict, List, Tuple

class Error(RuntimeError): ...

def run(
    child: Callable[[], int],
    steps: List[Tuple[Any, ...]],
    event: Callable[[bytes], None],
    hooks: Dict[str, Callable[[int, bytes], None]],
    timeout_ms: int,
) -> Tuple[int, int, bool, int, Tuple[float, ...]]: ...
def canonical(path: bytes, follow: bool, pid: int) -> bytes: ...
def version() -> str: ...
