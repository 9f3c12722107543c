# SPDX-License-Identifier: MIT
"""Run a Python function so that it cannot change what it should not, and learn what
it tried.

    import catbox

    def build():
        subprocess.check_call(["make", "install", "DESTDIR=/var/tmp/pkg"])

    result = catbox.run(build, writable_paths=["/var/tmp/pkg"], network=False)
    for operation, path, canonical in result.violations:
        print("refused:", operation, canonical)
    sys.exit(result.code)

The function runs in a forked child, with all that the caller has in memory; what it
changes there stays there. The child and all its descendants are followed by libcatbox;
see catbox(1) for what is judged, and catbox-policy(5) for policies.
"""

from ._api import Error, Result, canonical, has_pcre, run, version

__all__ = ["Error", "Result", "canonical", "has_pcre", "run", "version"]
__version__ = version()
