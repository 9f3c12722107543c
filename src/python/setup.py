# SPDX-License-Identifier: MIT
"""Builds the extension against libcatbox: the installed one (pkg-config), or else the
one that `make` has left in the source tree."""

import os
import re
import subprocess
import sys

from setuptools import Extension, setup

here = os.path.dirname(os.path.abspath(__file__))
tree = os.path.dirname(os.path.dirname(here))


def pkg_config(*what):
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), *what, "catbox"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return None


def find_library():
    """Version and the arguments of the extension."""
    build = os.environ.get("CATBOX_BUILD", os.path.join(tree, "build"))
    version = pkg_config("--modversion")
    if version and "CATBOX_BUILD" not in os.environ:
        return version[0], {
            "extra_compile_args": pkg_config("--cflags"),
            "extra_link_args": pkg_config("--libs"),
        }
    if not os.path.exists(os.path.join(build, "libcatbox.so")):
        sys.exit(f"catbox: neither pkg-config nor {build} has libcatbox: run make first, "
                 "or make install")
    with open(os.path.join(tree, "src/include/catbox.h"), encoding="utf-8") as header:
        found = re.search(r'CATBOX_VERSION "(.*)"', header.read())
    return found.group(1), {
        "include_dirs": [os.path.join(tree, "src/include")],
        "library_dirs": [build],
        "runtime_library_dirs": [build],
        "libraries": ["catbox"],
    }


version, arguments = find_library()
setup(
    version=version,
    ext_modules=[
        Extension(
            "catbox._catbox",
            ["_catbox.c"],
            define_macros=[("Py_LIMITED_API", "0x03080000")],
            py_limited_api=True,
            **arguments,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp38"}},
)
