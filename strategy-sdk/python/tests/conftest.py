# SPDX-License-Identifier: Apache-2.0
"""A handler to attach to: tests/mock_handler.c, compiled once a session, one process a test."""

import gc
import os
import shlex
import subprocess
import time
from pathlib import Path

import pytest

import headrace

PATIENCE = 20  # seconds until a wait has failed; nothing waits that long when all is well
HERE = Path(__file__).resolve().parent
RING = HERE.parent.parent.parent / "ring"


@pytest.fixture(scope="session")
def mock_handler(tmp_path_factory):
    program = tmp_path_factory.mktemp("bin") / "mock_handler"
    subprocess.run(
        [*shlex.split(os.environ.get("CC", "cc")), "-std=c11", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror",
         f"-I{RING}/include", f"-I{RING}/src", HERE / "mock_handler.c", RING / "src/producer.c", RING / "src/memory.c",
         "-o", program], check=True)
    return program


class Handler:
    """The handler's process: `tell` sends one command and waits for the answer."""

    def __init__(self, program, folder, slot_bytes=64, slot_count=256, workers=1, on_full="drop"):
        self.socket = str(folder / "handler.sock")
        self.process = subprocess.Popen(
            [program, self.socket, str(slot_bytes), str(slot_count), str(workers), on_full],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, command):
        self.send(command)
        return self.process.stdout.readline().strip()

    def send(self, command):
        self.process.stdin.write(command + "\n")

    def tell(self, *commands):
        for command in commands:
            assert self.ask(command) == "ok", command

    def publish(self, *records):
        self.tell(*("record " + record.hex() for record in records))

    def attach(self, **options):
        return headrace.attach("test", socket=self.socket, **({"wait": "yield"} | options))

    def stop(self):
        self.tell("state 4")

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)


@pytest.fixture
def start(mock_handler, tmp_path):
    """Starts a handler; options as of Handler."""
    started = []

    def start_one(**options):
        started.append(Handler(mock_handler, tmp_path, **options))
        return started[-1]

    yield start_one
    for handler in started:
        handler.process.stdin.close()
        handler.process.stdout.close()
        handler.process.kill()
        handler.process.wait(PATIENCE)


@pytest.fixture
def handler(start):
    return start()


def eventually(condition):
    """Asks again until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        os.sched_yield()


def mapped_rings():
    """How many rings this process has mapped, by the kernel's account."""
    if gc.isenabled():
        gc.collect()  # exceptions that tests caught hold frames
    return Path("/proc/self/maps").read_text().count("memfd:headrace-ring")
