# SPDX-License-Identifier: Apache-2.0
"""What is tested here is what a user has: the project installed into a folder of its own, and compilers that know only that folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BUILD = Path(os.environ["HEADRACE_BUILD"])
HERE = Path(__file__).resolve().parent
PREFIX = "usr/local"


class Installed:
    """A folder that `meson install --destdir` filled."""

    def __init__(self, root):
        self.root = root
        [pc] = root.rglob("headrace.pc")
        self.library_folder = pc.parent.parent
        self.environment = os.environ | {"PKG_CONFIG_LIBDIR": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(root),
                                         "PKG_CONFIG_PATH": f"{pc.parent}:/usr/lib/x86_64-linux-gnu/pkgconfig:/usr/lib/pkgconfig"}

    def pkg_config(self, *arguments):
        done = subprocess.run(["pkg-config", *arguments, "headrace"], env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.split()

    def find(self, pattern):
        return sorted(self.root.rglob(pattern))


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    done = subprocess.run(["/usr/bin/python3", "/usr/bin/meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return Installed(root)
