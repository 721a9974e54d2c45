# SPDX-License-Identifier: Apache-2.0
"""Plays the handler of one case to one reader program, from docs/ABI.md alone, and notes what it saw of the reader.

A 64-bit store through ctypes is one store instruction, and x86-64 keeps stores in order: a stamp stored after its record is a
commit mark without a fence. On a processor that reorders stores this driver would need one.
"""

import ctypes
import fcntl
import mmap
import os
import select
import socket
import struct
import subprocess
import time

MFD_CLOEXEC, MFD_ALLOW_SEALING = 1, 2
F_ADD_SEALS = 1033
SEAL_SEAL, SEAL_SHRINK, SEAL_GROW, SEAL_FUTURE_WRITE = 1, 2, 4, 16

REQUEST = struct.Struct("<IHHIHH32sI12s")
REPLY = struct.Struct("<IHHiIII104s")
CURSOR_READ = 64
HEADER_PUBLISHED, HEADER_LOST, HEADER_HEARTBEAT, HEADER_STATE = 136, 144, 128, 152
RTYPE_LOST = 0xE0
HOUR_NS = 3600 * 10**9


class Failure(Exception):
    """The reader did what it must not, or did not do what it must, in time."""


class Object:
    """One shared memory object, mapped here before it is sealed against everyone else."""

    def __init__(self, name, described):
        self.name, self.size = name, described["size"]
        self.descriptor = os.memfd_create("conformance " + name, MFD_CLOEXEC | MFD_ALLOW_SEALING)
        os.ftruncate(self.descriptor, self.size)
        self.memory = mmap.mmap(self.descriptor, self.size) if self.size else None
        for offset, text in described["bytes"].items():
            self.store(int(offset), bytes.fromhex(text))
        seals = SEAL_SEAL | SEAL_SHRINK | SEAL_GROW
        if not name.startswith("cursor"):
            os.fchmod(self.descriptor, 0o400)
            seals |= SEAL_FUTURE_WRITE
        fcntl.fcntl(self.descriptor, F_ADD_SEALS, seals)
        self.golden = self.bytes()

    def bytes(self):
        return self.memory[:] if self.memory else b""

    def store(self, offset, content):
        self.memory[offset : offset + len(content)] = content

    def store_64(self, offset, value):
        ctypes.c_uint64.from_buffer(self.memory, offset).value = value

    def store_32(self, offset, value):
        ctypes.c_uint32.from_buffer(self.memory, offset).value = value

    def load_64(self, offset):
        return ctypes.c_uint64.from_buffer(self.memory, offset).value


class Ring:
    """The writer of one ring: slots, cursor, header words."""

    def __init__(self, index, described, objects):
        self.index = index
        self.header_bytes, self.slot_bytes, self.slot_count = (
            described["header_bytes"],
            described["slot_bytes"],
            described["slot_count"],
        )
        self.data, self.cursor = objects[f"data {index}"], objects[f"cursor {index}"]
        self.published = described["published"]  # slots that hold a record for this reader
        self.heartbeat = described["heartbeat"]
        self.seen = 0  # the cursor's last value

    def slot(self, number):
        return self.header_bytes + number % self.slot_count * self.slot_bytes

    def room(self):
        return self.slot_count - (self.published - self.look())

    def look(self):
        """The cursor, checked: it never falls, and never passes what was published."""
        value = self.cursor.load_64(CURSOR_READ) if self.cursor.size > CURSOR_READ else 0
        if value < self.seen:
            raise Failure(f"cursor {self.index} fell from {self.seen} to {value}")
        if value > self.published:
            raise Failure(f"cursor {self.index} says {value}, and {self.published} slots held a record")
        self.seen = value
        return value

    def publish(self, records):
        """All of them become visible at once: the stamps are stored from the last to the first. There must be room."""
        first = self.published
        for i, (_, content) in enumerate(records):
            self.data.store(self.slot(first + i) + 8, content)
        # Before the first stamp: the reader's cursor may pass these slots as soon as that is stored.
        self.published += len(records)
        meant = lost = 0
        for _, content in records:
            count = struct.unpack_from("<Q", content, 16)[0] if content[1] == RTYPE_LOST else 0
            meant, lost = meant + (count or 1), lost + count
        self.data.store_64(HEADER_PUBLISHED, self.data.load_64(HEADER_PUBLISHED) + meant)
        self.data.store_64(HEADER_LOST, self.data.load_64(HEADER_LOST) + lost)
        for i in reversed(range(len(records))):
            self.data.store_64(self.slot(first + i), records[i][0])

    def renew(self):
        now = time.time_ns()
        if self.data.size < HEADER_HEARTBEAT + 8:
            return
        if self.heartbeat == "renewed":
            self.data.store_64(HEADER_HEARTBEAT, now)
        if self.heartbeat == "ahead":
            self.data.store_64(HEADER_HEARTBEAT, now + HOUR_NS)


class Handler:
    """One case with one program. `play` returns what the program printed; it raises Failure where the program failed."""

    def __init__(self, case, program, folder, seconds):
        self.case, self.program, self.seconds = case, program, seconds
        self.path = os.path.join(folder, "conformance.sock")
        self.errors = os.path.join(folder, "errors")
        self.printed, self.output_open, self.peer_open = b"", True, False
        self.objects = {name: Object(name, described) for name, described in case["objects"].items()}
        self.rings = [Ring(i, ring, self.objects) for i, ring in enumerate(case["rings"])]
        self.process = self.peer = None

    def play(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            listener.bind(self.path)
            listener.listen(1)
            self.start()
            self.attach(listener)
            for number, step in enumerate(self.case["steps"], 1):
                try:
                    getattr(self, "do_" + step["do"])(**{key: value for key, value in step.items() if key != "do"})
                except Failure as failure:
                    raise Failure(f"step {number} ({step['do']}): {failure}") from None
            self.finish()
        finally:
            listener.close()
            self.close()
        return self.printed.decode(errors="replace")

    def start(self):
        command = [*self.program, *self.case["arguments"], self.path, self.case["consumer"]]
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        os.set_blocking(self.process.stdout.fileno(), False)

    def attach(self, listener):
        listener.setblocking(False)
        self.until(lambda: bool(select.select([listener], [], [], 0)[0]), "it connects", 6 * self.seconds)
        self.peer, _ = listener.accept()
        self.peer.setblocking(False)
        self.until(lambda: bool(select.select([self.peer], [], [], 0)[0]), "its request")
        self.check_request(self.peer.recv(4096))
        self.peer_open = True
        reply = self.case["reply"]
        if reply is None:
            self.do_hang_up()
            return
        self.do_pass(reply["after_ms"])
        message = REPLY.pack(
            reply["magic"],
            reply["version"],
            reply["length"],
            reply["status"],
            reply["worker_count"],
            reply["descriptors"],
            reply["reserved"],
            reply["message"].encode(),
        )
        message = (message + bytes(64))[: reply["bytes_sent"]]
        sent = [self.objects[name].descriptor for name in reply["sent"]]
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"{len(sent)}i", *sent))] if sent else []
        self.peer.sendmsg([message], rights)

    def check_request(self, request):
        if len(request) != REQUEST.size:
            raise Failure(f"its request has {len(request)} bytes, not {REQUEST.size}")
        magic, version, length, kind, major, minor, consumer, waiting, reserved = REQUEST.unpack(request)
        name = self.case["consumer"].encode()
        wanted = {
            "magic": (magic, 0x41525248),
            "version": (version, 1),
            "length": (length, 64),
            "kind": (kind, 1),
            "abi_major": (major, 1),
            "consumer": (consumer, name + bytes(32 - len(name))),
            "reserved": (reserved, bytes(12)),
        }
        if minor:  # a reader of 1.0 sends zeros there as reserved bytes
            wanted["waiting"] = (waiting, 0)
        for field, (found, value) in wanted.items():
            if found != value:
                raise Failure(f"its request has {field} {found!r}, not {value!r}")

    # What a handler has to do all the time, and a poller may look at.

    def tick(self, pause=0.0005):
        """One look at everything: output, socket, cursors; heartbeats are renewed."""
        for ring in self.rings:
            ring.look()
            ring.renew()
        watched = ([self.process.stdout] if self.output_open else []) + ([self.peer] if self.peer_open else [])
        readable, _, _ = select.select(watched, [], [], pause)
        if self.process.stdout in readable:
            more = self.process.stdout.read() or b""
            self.printed += more
            self.output_open = bool(more)
        if self.peer_open and self.peer in readable:
            try:
                message = self.peer.recv(4096)
            except ConnectionResetError:
                message = b""
            if message:
                raise Failure(f"it sent {len(message)} bytes more on the socket, which counts as hanging up")
            self.peer_open = False

    def until(self, condition, what, seconds=None):
        deadline = time.monotonic() + (seconds or self.seconds)
        while not condition():
            if self.process.poll() is not None and not condition():
                raise Failure(f"it ended (exit {self.process.returncode}) while the case waited until {what}")
            if time.monotonic() > deadline:
                raise Failure(f"{seconds or self.seconds} s were not enough until {what}")
            self.tick()

    def finish(self):
        deadline = time.monotonic() + self.seconds
        while self.process.poll() is None or self.output_open:
            if time.monotonic() > deadline:
                raise Failure(f"{self.seconds} s after the last step it has not ended")
            self.tick()
        if self.process.returncode and not (self.case["may_fail"] and not self.printed):
            raise Failure(f"exit code {self.process.returncode}, not 0")
        for ring, wanted in zip(self.rings, self.case["cursors"], strict=True):
            if ring.look() != wanted:
                raise Failure(f"cursor {ring.index} is {ring.seen} at the end, not {wanted}")
        for name, item in self.objects.items():
            if name.startswith("cursor") and item.memory:
                item.store_64(CURSOR_READ, 0)
                if item.bytes() != item.golden:
                    raise Failure(f"{name}: it wrote to other bytes than `read`")

    def close(self):
        if self.process:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
        if self.peer:
            self.peer.close()
        for item in self.objects.values():
            os.close(item.descriptor)

    # The steps.

    def do_publish(self, ring, records):
        """One by one, each as soon as there is room for it."""
        ring = self.rings[ring]
        for stamp, text in records:
            self.until(lambda: ring.room() > 0, f"cursor {ring.index} passes {ring.seen}: the ring is full")
            ring.publish([(stamp, bytes.fromhex(text))])

    def do_publish_together(self, ring, records):
        """All at once: the reader sees none of them or all."""
        ring = self.rings[ring]
        self.until(lambda: ring.room() >= len(records), f"ring {ring.index} has room for {len(records)}")
        ring.publish([(stamp, bytes.fromhex(text)) for stamp, text in records])

    def do_await_cursor(self, ring, value):
        ring = self.rings[ring]
        self.until(lambda: ring.look() >= value, f"cursor {ring.index}, now {ring.seen}, is {value}")

    def do_check_cursor(self, ring, at_least, at_most):
        value = self.rings[ring].look()
        if not at_least <= value <= at_most:
            raise Failure(f"cursor {ring} is {value}, not {at_least} to {at_most}")

    def do_await_hold(self):
        self.until(lambda: b"hold\n" in self.printed, "it prints hold")

    def do_go(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def do_store(self, object, offset, bytes):
        self.objects[object].store(offset, type(b"").fromhex(bytes))

    def do_store_32(self, object, offset, value):
        self.objects[object].store_32(offset, value)

    def do_state(self, ring, state):
        self.rings[ring].data.store_32(HEADER_STATE, state)

    def do_heartbeat(self, ring, mode):
        """`renewed`; `ahead`: an hour too far; `late`: as it was last."""
        self.rings[ring].heartbeat = mode

    def do_pass(self, milliseconds):
        """Lets time pass where time itself is what the reader is given."""
        deadline = time.monotonic() + milliseconds / 1000
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failure(f"it ended (exit {self.process.returncode}) with nothing to end it")
            self.tick()

    def do_check_descriptors(self):
        """The reader has mapped what came, and closed it."""
        pid = struct.unpack("3i", self.peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        kept = [os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")]
        kept = [target for target in kept if "memfd:conformance" in target]
        if kept:
            raise Failure(f"it keeps {len(kept)} descriptors open that are mapped: {kept[0]}")

    def do_hang_up(self):
        self.peer.close()
        self.peer_open = False
