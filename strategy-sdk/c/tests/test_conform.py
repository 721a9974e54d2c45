# SPDX-License-Identifier: Apache-2.0
"""The conformance programs of C and C++ say what conformance/ takes their word for; here the mock handler is the other side."""

import contextlib
import os
import signal
import subprocess
import threading

import pytest

from conftest import BUILD

LANGUAGES = [language for language in ("c", "cpp") if (BUILD / "strategy-sdk" / language / "conform").exists()]
PATIENCE = 30


class Handler:
    def __init__(self, folder, slot_count=64, workers=1, on_full="drop"):
        self.socket = folder / "handler.sock"
        self.process = subprocess.Popen([BUILD / "tests/sdk/mock_handler", self.socket, "64", str(slot_count), str(workers), on_full],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        assert self.process.stdout.readline() == "ready\n"

    def tell(self, *commands):
        for command in commands:
            self.process.stdin.write(command + "\n")
            assert self.process.stdout.readline() == "ok\n", command

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait(PATIENCE)


@pytest.fixture(params=LANGUAGES)
def conform(request, tmp_path):
    """Starts a handler and the program; both end with the test."""
    started = []

    def start(*arguments, prepare=(), consumer="test", attached=True, **options):
        handler = Handler(tmp_path, **options)
        handler.tell(*prepare)
        program = subprocess.Popen([BUILD / "strategy-sdk" / request.param / "conform", *arguments, handler.socket, consumer],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        started.append((handler, program))
        if attached:
            assert program.stdout.readline() == f"attached {options.get('workers', 1)}\n"
        return handler, program

    def out_of_patience():
        for handler, program in started:
            program.kill()
            handler.process.kill()

    alarm = threading.Timer(PATIENCE, out_of_patience)  # whoever waits for a line then gets an empty one
    alarm.start()
    yield start
    alarm.cancel()
    for handler, program in started:
        handler.close()
        program.kill()
        program.communicate(timeout=PATIENCE)


@contextlib.contextmanager
def asleep(program):
    """Stops it, so that all that is published meanwhile is there when it looks."""
    program.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, program.pid, os.WSTOPPED)
    yield
    program.send_signal(signal.SIGCONT)


def rest(program):
    out, _ = program.communicate(timeout=PATIENCE)
    assert program.returncode == 0
    return out.splitlines()


def test_records_and_the_good_end(conform):
    handler, program = conform("--stats")
    handler.tell("symbol 2 1 AAPL", "symbol 2 1 NEW", "mbo 3 0", "record 0ce1020001000000" + "00" * 40, "state 4")
    *records, first, second, lost, end = rest(program)
    assert [first, second, lost, end] == ["symbol 2 1 AAPL", "symbol 2 1 NEW", "lost 0", "end -108"]
    fields = [line.split() for line in records]
    assert [field[2] for field in fields] == ["160"] * 3 + ["225"]
    assert {field[0] for field in fields} == {"0"} and len({int(field[1]) for field in fields}) == 4
    assert [len(bytes.fromhex(field[3])) for field in fields] == [56, 56, 56, 48]
    assert int.from_bytes(bytes.fromhex(fields[2][3])[16:24], "little") == 2


def test_length_beyond_the_slot_is_cut(conform):
    handler, program = conform()
    handler.tell("record ffa0020001000000" + "00" * 8, "state 4")
    record, _, _ = rest(program)
    assert len(bytes.fromhex(record.split()[3])) == 56


def test_batches_hold_and_loss(conform):
    handler, program = conform("--batch", "10", "--hold", "15", slot_count=64)
    with asleep(program):
        handler.tell("mbo 20 0")
    lines = [program.stdout.readline().strip() for _ in range(20 + 2 + 1)]
    assert lines[-1] == "hold" and [line for line in lines if line.startswith("batch")] == ["batch 10", "batch 10"]
    handler.tell("mbo 100 20")  # 54 fit: ten of the twenty have not been given back
    program.stdin.write("\n")
    program.stdin.flush()
    lines = [program.stdout.readline().split() for _ in range(54 + 6)]
    assert [int(line[1]) for line in lines if line[0] == "batch"] == [10, 10, 10, 10, 4, 10]  # the ring wraps after 64
    handler.tell("flush", "state 4")
    *records, batch, lost, end = rest(program)
    assert [record.split()[2] for record in records] == ["224"] and [batch, lost, end] == ["batch 1", "lost 46", "end -108"]


def test_hold_without_batches_keeps_its_record(conform):
    handler, program = conform("--hold", "64", slot_count=64)
    with asleep(program):
        handler.tell("mbo 64 0")
    assert [program.stdout.readline() for _ in range(65)][-1] == "hold\n"
    handler.tell("mbo 64 64")  # 32 fit: the cursor is told every 32 records, and the 64th is still held
    program.stdin.write("\n")
    program.stdin.flush()
    assert [program.stdout.readline().split()[2] for _ in range(32)] == ["160"] * 32
    handler.tell("flush", "state 4")
    *records, lost, end = rest(program)
    assert len(records) == 1 and [lost, end] == ["lost 32", "end -108"]


@pytest.mark.parametrize("state, end", [(2, -105), (3, -74), (4, -108), (9, -71)])
def test_ends(conform, state, end):
    handler, program = conform()
    handler.tell("mbo 1 0", f"state {state}")
    assert rest(program)[1:] == ["lost 0", f"end {end}"]


def test_death(conform):
    handler, program = conform(workers=2)
    handler.tell("mbo 1 0")
    assert program.stdout.readline().split()[0] == "0"
    handler.process.kill()
    assert rest(program) == ["lost 0", "end -32"]


def test_refused(conform):
    _, program = conform(prepare=["refuse -13 not on the list"], attached=False)
    assert rest(program) == ["refused -13"]


def test_refused_by_us(conform):
    _, program = conform(prepare=["garble"], attached=False)
    assert rest(program) == ["refused 0"]


def test_no_handler(conform, tmp_path):
    for language in LANGUAGES:
        done = subprocess.run([BUILD / "strategy-sdk" / language / "conform", tmp_path / "none.sock", "x"], capture_output=True, text=True)
        assert done.returncode == 69 and not done.stdout and "no handler is running there" in done.stderr
