#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds a package as PiSi and its kin do: the actions of a package are Python functions,
and all of them run inside catbox.run, where nothing but the package's own directory may
be written and there is no network. Hooks show how it goes; at the end stand what was
refused, what was pretended, what the build has really read, and the install tree.

usage: pisi_like.py SOURCE WORKDIR
       SOURCE is the tarball of GNU hello, or a directory with what is in it
"""

import os
import shutil
import stat
import subprocess
import sys
import tarfile

import catbox


class Package:
    """What an actions.py knows."""

    def __init__(self, source, directory):
        self.source = os.path.realpath(source)
        self.work = os.path.join(directory, "work")
        self.install = os.path.join(directory, "install")
        self.temporary = os.path.join(directory, "tmp")
        self.log = os.path.join(directory, "log")

    def run(self, *command):
        """A command of the build; what it says goes to the log."""
        environment = {  # nothing of the caller's, so that every build is the same
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": self.temporary,
            "TMPDIR": self.temporary,
            "LC_ALL": "C",
        }
        with open(self.log, "ab") as log:
            subprocess.run(
                command, cwd=self.tree(), env=environment, stdout=log, stderr=log, check=True
            )

    def tree(self):
        """The one directory that a tarball unpacks to."""
        return os.path.join(self.work, sorted(os.listdir(self.work))[0])

    # --- the actions, as a packager writes them

    def unpack(self):
        os.makedirs(self.work)
        os.makedirs(self.temporary)
        if os.path.isdir(self.source):
            shutil.copytree(self.source, os.path.join(self.work, "source"), symlinks=True)
            return
        with tarfile.open(self.source) as archive:
            archive.extractall(self.work)

    def setup(self):
        self.run("./configure", "--prefix=/usr", "--disable-nls", "--disable-dependency-tracking")

    def build(self):
        self.run("make")

    def install_tree(self):
        self.run("make", "install", f"DESTDIR={self.install}")

    def ownership(self):
        """What needs root, or a pretended one."""
        program = os.path.join(self.install, "usr/bin/hello")
        os.chown(program, 0, 12)
        os.chmod(program, 0o2755)

    def mistake(self):
        """What no package should do, and what one learns of it."""
        try:
            with open("/usr/share/catbox-example.desktop", "w") as file:
                file.write("[Desktop Entry]\n")
        except PermissionError as error:
            print(f"   {error}")


def actions(package, with_ownership):
    """Runs inside. What it returns is the value of the run."""
    done = []
    steps = [package.unpack, package.setup, package.build, package.install_tree]
    if with_ownership:
        steps.append(package.ownership)
    steps.append(package.mistake)
    for step in steps:
        print(f"   {step.__name__}", flush=True)
        step()
        done.append(step.__name__)
    return done


class Progress:
    """What the hooks show, in the parent."""

    def __init__(self):
        self.processes = 0

    def hooks(self):
        return {
            "child_initialized": self.begins,
            "process_start": self.counts,
            "violation": self.refused,
            "finished": self.ends,
        }

    def begins(self, pid):
        print("-- the sandbox is set up, the build begins", flush=True)

    def counts(self, pid, event):
        self.processes += 1

    def refused(self, pid, event):
        print(f"-- refused: {event['effect']} {event.get('real', '')}", flush=True)

    def ends(self, pid, event):
        print(f"-- the build is over, after {self.processes} processes", flush=True)


def can_pretend():
    try:
        return catbox.run(int, fake="all").code == 0
    except ValueError:  # this libcatbox cannot
        return False


def show(package, result):
    print("violations:")
    for operation, path, canonical in result.violations:
        print(f"   {operation} {canonical}")
    if result.faked:
        print("pretended:")
        for event in result.faked:
            if event.get("real", "").startswith(package.install + "/"):
                name = event["real"][len(package.install):]
                print(f"   {event['op']} {name} {event.get('uid')}:{event.get('gid')} {event.get('mode')}")
    headers = [path for path in result.reads if path.startswith("/usr/include/")]
    print(f"read: {len(result.reads)} files, {len(headers)} of them headers of the system")
    print("installed:")
    for directory, _, names in sorted(os.walk(package.install)):
        for name in sorted(names):
            path = os.path.join(directory, name)
            mode = stat.filemode(os.lstat(path).st_mode)
            print(f"   {mode} /{os.path.relpath(path, package.install)}")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    os.makedirs(sys.argv[2], exist_ok=True)
    directory = os.path.realpath(sys.argv[2])
    package = Package(sys.argv[1], directory)
    for old in (package.work, package.install, package.temporary, package.log):
        if os.path.lexists(old):
            sys.exit(f"{old} is there already")
    pretend = can_pretend()
    result = catbox.run(
        actions,
        writable_paths=[directory],
        network=False,
        event_hooks=Progress().hooks(),
        args=(package, pretend),
        fake="all" if pretend else None,
        log=["reads"],
    )
    if result.code or result.signal:
        sys.exit(f"the build failed: status {result.code}, see {package.log}")
    print("done:", ", ".join(result.value))
    show(package, result)


if __name__ == "__main__":
    main()
