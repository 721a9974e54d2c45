# SPDX-License-Identifier: Apache-2.0
"""The programs under test as processes: started in groups of their own, waited for with a deadline, ended whatever happens.

Nothing here sleeps in the hope that something has happened: `until` polls a condition.
"""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

PATIENCE = 60  # seconds until a wait has failed; nothing waits that long when all is well
numbers = itertools.count()


def until(condition, what, patience=PATIENCE, every=0.005):
    """Polls until condition() is true and returns what it gave."""
    deadline = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {patience} s in vain: {what}"
        time.sleep(every)


class Programs:
    """The executables of one build."""

    def __init__(self, build):
        self.build = build
        self.headrace = build / "feedhandler" / "headrace"
        self.examples = build / "strategy-sdk" / "c"
        self.attach_rate = build / "tests" / "e2e" / "attach_rate"
        self.python_path = build / "strategy-sdk" / "python"
        self.python_examples = Path(__file__).resolve().parents[2] / "strategy-sdk" / "python" / "examples"

    def rust_examples(self):
        """Built by cargo where there is one, else the test is skipped."""
        crate = Path(__file__).resolve().parents[2] / "strategy-sdk" / "rust"
        target = self.build / "strategy-sdk" / "rust" / "target"
        command = ["cargo", "build", "--quiet", "--locked", "--release", "--examples", "--target-dir", target]
        if not shutil.which("cargo"):
            pytest.skip("Rust: no cargo (Debian: cargo-web rustc-web)")
        for offline in (["--offline"], []):  # what has been fetched already is enough
            built = subprocess.run(command + offline, cwd=crate, capture_output=True, timeout=600)
            if built.returncode == 0:
                return target / "release" / "examples"
        pytest.skip(f"Rust: the examples cannot be built here: {built.stderr.decode()[-500:]}")

    def run(self, *arguments, check=True, **keywords):
        """Runs `headrace ARGUMENTS` to its end."""
        keywords = {"capture_output": True, "timeout": 120} | keywords
        done = subprocess.run([self.headrace, *map(str, arguments)], **keywords)
        if check:
            assert done.returncode == 0, f"headrace {arguments[0]}: exit code {done.returncode}: {done.stderr.decode()}"
        return done

    def dump(self, capture, protocol, *arguments):
        """What `headrace dump` wrote."""
        return self.run("dump", capture, "--protocol", protocol, *arguments).stdout

    def lines(self, capture, protocol, *arguments):
        """Every line of its `--json`."""
        return [json.loads(line) for line in self.dump(capture, protocol, "--json", *arguments).splitlines()]

    def counts(self, capture, protocol, *arguments):
        return json.loads(self.dump(capture, protocol, "--counts", *arguments))

    def python_environment(self):
        return os.environ | {"PYTHONPATH": str(self.python_path), "PYTHONDONTWRITEBYTECODE": "1"}


def cpu_seconds(pid):
    """(on a processor, waiting for one) of a process' first thread. Their sum is what it wants, however busy the machine is."""
    running, waiting, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(running) / 1e9, int(waiting) / 1e9


class Process:
    """A child with a log. Its group is killed by its own number, and only while it is ours to wait for."""

    def __init__(self, title, command, folder, netns=None, **keywords):
        self.title = title
        self.log = folder / f"{title.replace(' ', '-')}-{next(numbers)}.log"
        if netns:
            command = ["ip", "netns", "exec", netns, *command]
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          start_new_session=True, **keywords)
        self.pid = self.child.pid

    def log_text(self):
        return self.log.read_text(errors="replace")

    def wait(self, patience=PATIENCE):
        """Its exit code."""
        try:
            return self.child.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.title} did not end within {patience} s") from None

    def running(self):
        return self.child.poll() is None

    def signal(self, number):
        if self.running():
            os.kill(self.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

    def close(self):
        if self.running():
            os.killpg(self.pid, signal.SIGKILL)
        self.child.wait()


class Handler(Process):
    """`headrace run` with a socket in the test's own folder."""

    def __init__(self, workshop, config, name=None, executable=None, **keywords):
        self.programs = workshop.programs
        self.name = name or workshop.instance_name()
        self.socket = workshop.sockets / f"{self.name}.sock"
        instance = {"name": self.name, "runtime_dir": str(workshop.sockets), "drain_ms": 30000} | config.get("instance", {})
        config = config | {"instance": instance}
        path = workshop.write_config(config)
        super().__init__("handler", [executable or self.programs.headrace, "run", path], workshop.folder, **keywords)

    def wait_ready(self):
        until(lambda: "ready: strategies attach at" in self.log_text() or not self.running(), "the handler's 'ready' line")
        assert self.running(), f"the handler ended with {self.wait()} before it was ready:\n{self.log_text()}"
        return self

    def stat(self):
        """{step: {subject: {counter: value}}}"""
        return json.loads(self.programs.run("stat", "--json", "--socket", self.socket).stdout)

    def until_stat(self, step, subject, counter, value):
        return until(lambda: self.stat()[step][subject][counter] == value, f"{step} {subject} {counter} = {value}", every=0.02)

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def attached(self, consumer):
        return self.stat()["ring"][consumer]["attached"]


class Strategy(Process):
    """An example strategy: its file of records, and the line of JSON that it ends with."""

    def __init__(self, title, command, folder, file, **keywords):
        self.file = file
        super().__init__(title, command, folder, **keywords)

    def result(self):
        """The line of JSON that it ended with; with exit code 0."""
        code = self.wait()
        assert code == 0, f"{self.title} ended with {code}: {self.log_text()}"
        return json.loads(self.log_text().splitlines()[-1])

    def records(self):
        return self.file.read_bytes()


class Workshop:
    """What one test starts. Everything of it ends with the test."""

    def __init__(self, programs, folder):
        self.programs = programs
        self.folder = folder
        self.sockets = Path(tempfile.mkdtemp(prefix="hr-e2e-"))  # a socket's path is short; pytest's folders are not
        self.processes = []

    def instance_name(self):
        """One that no other run on this machine has: it also names the EAL's runtime folder."""
        return f"e2e-{os.getpid()}-{next(numbers)}"

    def write_config(self, config):
        """A dictionary (JSON is YAML) or a text."""
        path = self.folder / f"config-{next(numbers)}.yaml"
        path.write_text(config if isinstance(config, str) else json.dumps(config, indent=1))
        return path

    def own(self, process):
        self.processes.append(process)
        return process

    def start(self, config, **keywords):
        """A handler that may or may not become ready."""
        return self.own(Handler(self, config, **keywords))

    def handler(self, config, **keywords):
        return self.start(config, **keywords).wait_ready()

    def recorder(self, handler, consumer, language="c", slow_us=0, wait=None, **keywords):
        """record_to_file in C, Python or Rust; `wait` as its --wait takes it."""
        file = self.folder / f"{consumer}-{next(numbers)}.records"
        if language == "c":
            command = [self.programs.examples / "record_to_file"]
        elif language == "rust":
            command = [self.programs.rust_examples() / "record_to_file"]
        else:
            command = [sys.executable, self.programs.python_examples / "record_to_file.py"]
            keywords["env"] = self.programs.python_environment()
        command += [consumer, file, "--socket", handler.socket] + (["--slow-us", slow_us] if slow_us else [])
        command += ["--wait", wait] if wait else []
        return self.own(Strategy(f"{consumer} in {language}", command, self.folder, file, **keywords))

    def close(self):
        for process in self.processes:
            process.close()
        for process in self.processes:
            if isinstance(process, Handler):
                self.remove_eal_folder(process.name)
        shutil.rmtree(self.sockets)

    @staticmethod
    def remove_eal_folder(name):
        """A killed EAL leaves its empty runtime folder."""
        for base in ("/var/run/dpdk", os.environ.get("XDG_RUNTIME_DIR", "/var/run") + "/dpdk"):
            folder = Path(base) / f"headrace-{name}"
            for entry in folder.glob("*"):
                entry.unlink()
            if folder.is_dir():
                folder.rmdir()


def eal(**more):
    """Small memory, so that several runs fit beside each other."""
    return {"huge_pages": "never", "memory_mib": 64, "mbufs": 8191} | more


def pcap_input(name, file, **more):
    return {"name": name, "plane": "pcap", "file": str(file), "pace": "flat-out"} | more


def endless_input(name, file):
    """Keeps a handler running whose other captures are over; no line has it."""
    return pcap_input(name, file, pace="original", speed=0.001)


def itch_feed(name, *inputs, group="233.54.12.111", port=26477, **more):
    """Every input is one more line of channel 0."""
    lines = [{"input": each, "group": group, "port": port} for each in inputs]
    return {"name": name, "protocol": "nasdaq-itch-5.0", "orders_max": 65536, "lines": lines} | more


def iex_feed(name, *inputs, **more):
    lines = [{"input": each, "group": "224.2.3.10", "port": 16648} for each in inputs]
    return {"name": name, "protocol": "iex-deep-1.0", "lines": lines} | more


def tom_feed(name, *inputs, **more):
    lines = [{"input": each, "group": "224.0.105.2", "port": 51002} for each in inputs]
    return {"name": name, "protocol": "miax-tom-1.9", "lines": lines} | more


def impact_feed(name, *inputs, **more):
    lines = [{"input": each, "group": "233.156.208.100", "port": 20100} for each in inputs]
    return {"name": name, "protocol": "ice-impact-1.1", "orders_max": 65536, "lines": lines} | more


def simulate(programs, folder, seed=1, messages=200000, **options):
    """A generated day as a capture: small books, so that the opening is short."""
    path = folder / f"sim-{next(numbers)}.pcap"
    options = {"live-orders": 20000, "symbols": 200} | {key.replace("_", "-"): value for key, value in options.items()}
    arguments = [part for key, value in options.items() for part in (f"--{key}", value)]
    programs.run("sim", "--seed", seed, "--messages", messages, "--output", path, *arguments)
    return path
