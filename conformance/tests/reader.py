#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: reader.py [--mistake NAME] [--batch N] [--hold N] [--stats] SOCKET CONSUMER

A reader from docs/ABI.md in plain Python, for testing the cases: without --mistake it does what conformance/README.md asks of a
program, with one it does one thing wrong, which some case must notice.
"""

import argparse
import ctypes
import mmap
import os
import socket
import struct
import sys
import time

MISTAKES = {
    "cursor-beyond": "stores the cursor beyond the record that it holds",
    "cursor-late": "stores the cursor every 64 records",
    "cursor-not-when-empty": "stores the cursor only every 32 records, not where the ring is empty",
    "cursor-in-a-batch": "stores the cursor every 32 records, in the middle of a batch too",
    "cursor-falls": "stores the slot's place instead of the count",
    "cursor-elsewhere": "writes to reserved bytes of the cursor page",
    "waits-as-if-asleep": "stores a ticket though it said that it is awake",
    "first-stamp-ignored": "begins with 0 as the last stamp",
    "stamps-signed": "compares stamps as signed numbers",
    "stamps-other-than-last": "takes any stamp other than the last for new",
    "stamps-in-32-bits": "compares the low 32 bits of stamps",
    "stops-at-the-wrap": "does not begin at slot 0 again",
    "batch-over-the-wrap": "goes on with a batch where the ring wraps",
    "batch-larger": "takes one record more than the batch's maximum",
    "slots-of-64": "takes every slot for 64 bytes",
    "header-of-4096": "takes slot 0 to be at 4096",
    "one-ring": "reads only the first ring",
    "lost-not-summed": "forgets LOST records",
    "lost-of-one-ring": "sums LOST records of the first ring only",
    "lost-in-32-bits": "sums in 32 bits",
    "length-believed": "prints as many bytes as the record says",
    "rtypes-unknown-dropped": "passes over records of types that it does not know",
    "length-0-ends": "takes a record of no length for an empty slot",
    "state-before-slots": "believes a state without reading what is left",
    "state-without-last-look": "believes a state without looking at the slots once more",
    "state-unknown-runs": "takes an unknown state for running",
    "state-unknown-stops": "takes an unknown state for stopping",
    "state-evicted-is-detached": "reports an eviction as a detach",
    "stopping-of-one-ring": "ends where one of its rings stops",
    "first-ring-state": "looks at the first ring's state only",
    "late-is-dead": "takes a late heartbeat for the handler's death",
    "ahead-is-alive": "takes a heartbeat ahead of the clock for a living handler",
    "never-asks": "never asks the socket",
    "death-before-rest": "reports the death without reading what is left",
    "death-before-state": "reports a death though the handler stopped in good order",
    "majors-all": "accepts every ABI major",
    "major-low-byte": "looks at the low byte of the major",
    "minors-only-own": "refuses other minors",
    "minor-0-refused": "refuses a handler of 1.0",
    "reserved-checked": "refuses reserved bytes other than zero",
    "reply-magic": "does not check the reply's magic",
    "reply-length": "does not check the reply's length field",
    "reply-version": "does not check the reply's version",
    "reply-cut": "takes a reply of any size",
    "reply-truncated": "does not see that a reply was longer",
    "reply-impatient": "waits for the reply for half a second",
    "reply-none-is-success": "prints nothing where the handler hangs up without an answer",
    "descriptors-not-counted": "does not count the descriptors that came",
    "descriptors-field": "does not compare the reply's `descriptors`",
    "descriptors-kept": "keeps descriptors open",
    "rings-none": "accepts a reply without rings",
    "status-positive": "prints the errno without its sign",
    "request-talks": "sends something more on the socket",
    "request-name-unpadded": "leaves something behind the consumer's name",
    "request-version": "asks with another protocol version",
    "ring-magic": "does not check the ring's magic",
    "header-bytes-any": "does not check header_bytes",
    "slot-bytes-any": "does not check slot_bytes",
    "slot-count-any": "does not check that slot_count is a power of two and at least 64",
    "fit-unchecked": "does not compare the slots with the object's size",
    "fit-in-32-bits": "compares the slots with the object's size in 32 bits",
    "cursor-unchecked": "does not check the cursor's magic",
    "cursor-size": "does not check the cursor's size",
    "directory-magic": "does not check the directory's magic",
    "directory-entry-bytes": "does not check entry_bytes",
    "directory-fit": "does not compare the directory's capacity with its size",
    "directory-at-attach": "reads the directory once, when it attaches",
    "directory-newest-only": "prints only the newest entry of an instrument",
    "directory-all": "prints entries beyond count",
    "directory-count-believed": "prints entries beyond the directory's room",
    "second-ring-unchecked": "checks the header of the first ring only",
}
LAG = 32


LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]


def mapping(descriptor, size, protection):
    """A view of the object. Python's own mmap would keep a copy of the descriptor."""
    address = LIBC.mmap(None, size, protection, mmap.MAP_SHARED, descriptor, 0)
    if address == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "mmap")
    return memoryview((ctypes.c_ubyte * size).from_address(address)).cast("B")


class Refused(Exception):
    """`status` of the handler, or 0 where this side refuses."""

    def __init__(self, status=0):
        super().__init__(status)
        self.status = status


class Reader:
    def __init__(self, given):
        self.given = given
        self.printed, self.lost, self.held = 0, 0, False
        self.attach()
        self.say(f"attached {len(self.rings)}")
        self.symbols = [line for ring in self.rings for line in ring.symbols()]

    def wrong(self, mistake):
        assert mistake in MISTAKES, mistake
        return self.given.mistake == mistake

    def say(self, line):
        print(line, flush=True)

    # Section 1.

    def attach(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(self.given.socket)
        name = self.given.consumer.encode()
        padding = b"\0" * (31 - len(name)) + (b"x" if self.wrong("request-name-unpadded") else b"\0")
        version = 2 if self.wrong("request-version") else 1
        self.socket.send(struct.pack("<IHHIHH32sI12x", 0x41525248, version, 64, 1, 1, 1, name + padding, 0))
        self.socket.settimeout(0.5 if self.wrong("reply-impatient") else 6)
        try:
            reply, rights, flags, _ = self.socket.recvmsg(128, socket.CMSG_SPACE(194 * 4))
        except TimeoutError:
            raise Refused from None
        self.socket.setblocking(True)  # with a time limit Python would wait in spite of MSG_DONTWAIT
        descriptors = []
        for level, kind, content in rights:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors += struct.unpack(f"{len(content) // 4}i", content)
        try:
            self.check_reply(reply, flags, descriptors)
        finally:
            if not self.wrong("descriptors-kept"):
                for descriptor in descriptors:
                    os.close(descriptor)
        if self.wrong("request-talks"):
            self.socket.send(b"hello")

    def check_reply(self, reply, flags, descriptors):
        if not reply and self.wrong("reply-none-is-success"):
            sys.exit(0)
        if flags & socket.MSG_CTRUNC or flags & socket.MSG_TRUNC and not self.wrong("reply-truncated"):
            raise Refused
        if len(reply) != 128 and not (reply and self.wrong("reply-cut")):
            raise Refused
        magic, version, length, status, workers, count = struct.unpack_from("<IHHiII", reply)
        if magic != 0x41525248 and not self.wrong("reply-magic"):
            raise Refused
        if version != 1 and not self.wrong("reply-version"):
            raise Refused
        if length != 128 and not self.wrong("reply-length"):
            raise Refused
        if status:
            raise Refused(-status if self.wrong("status-positive") else status)
        if not 1 <= workers <= 64 and not self.wrong("rings-none"):
            raise Refused
        if count != 3 * workers + 1 and not self.wrong("descriptors-field"):
            raise Refused
        if len(descriptors) != 3 * workers + 1 and not (
            self.wrong("descriptors-not-counted") and len(descriptors) >= 3 * workers
        ):
            raise Refused
        self.rings = [Ring(self, i, descriptors[3 * i : 3 * i + 3]) for i in range(workers)]

    # Sections 3 and 5.

    def run(self):
        self.looks = 0
        while True:
            if self.wrong("state-before-slots") and (status := self.end_of_states()):
                return status
            if self.wrong("death-before-rest") and self.gone():
                return -32
            found = False
            for ring in self.rings[:1] if self.wrong("one-ring") else self.rings:
                found |= self.turn(ring)
            if found:
                continue
            self.looks += 1
            if self.looks % 16 == 0 and (status := self.end()):
                return status

    def turn(self, ring):
        """Reads one batch of the ring, or one record. False: there is none."""
        if not ring.new():
            ring.store("cursor-not-when-empty")
            return False
        maximum = self.given.batch or 1
        count = 0
        if self.wrong("batch-larger"):
            maximum += 1
        while count < maximum and ring.new(count):
            if count and (ring.read + count) % ring.slot_count == 0 and not self.wrong("batch-over-the-wrap"):
                break
            self.use(ring, ring.read + count)
            count += 1
            if self.wrong("cursor-in-a-batch") and count % LAG == 0:
                ring.put(ring.read + count)
        if self.given.batch:
            self.say(f"batch {count}")
        if self.wrong("cursor-beyond"):
            ring.put(ring.read + count)
        if self.given.hold and not self.held and self.printed >= self.given.hold:
            self.held = True
            self.say("hold")
            sys.stdin.readline()
        ring.read += count
        if ring.read - ring.stored >= (64 if self.wrong("cursor-late") else LAG):
            ring.store()
        return True

    def use(self, ring, number):
        at = ring.slot(number)
        ring.last = ring.load_64(at)
        length, rtype = ring.data[at + 8], ring.data[at + 9]
        size = 4 * length if self.wrong("length-believed") else min(4 * length, ring.slot_bytes - 8)
        if rtype == 0xE0 and not self.wrong("lost-not-summed") and not (ring.index and self.wrong("lost-of-one-ring")):
            self.lost += struct.unpack_from("<Q", ring.data, at + 24)[0]
            if self.wrong("lost-in-32-bits"):
                self.lost %= 2**32
        if self.wrong("rtypes-unknown-dropped") and rtype not in (0x00, 0x12, 0x13, 0x14, 0x18, 0xA0, *range(0xE0, 0xE8)):
            return
        self.printed += 1
        self.say(f"{ring.index} {ring.last} {rtype} {bytes(ring.data[at + 8:at + 8 + size]).hex()}")

    def end_of_states(self):
        states = [ring.load_32(152) for ring in self.rings]
        if self.wrong("first-ring-state"):
            states = states[:1]
        if self.wrong("state-unknown-runs"):
            states = [state if state in (2, 3, 4) else 1 for state in states]
        if self.wrong("state-unknown-stops"):
            states = [state if state in (1, 2, 3) else 4 for state in states]
        if self.wrong("state-evicted-is-detached"):
            states = [2 if state == 3 else state for state in states]
        for state in states:
            if state not in (1, 4):
                return {2: -105, 3: -74}.get(state, -71)
        if all(state == 4 for state in states) or self.wrong("stopping-of-one-ring") and 4 in states:
            return -108
        return 0

    def something_new(self):
        return any(ring.new() for ring in self.rings)

    def end(self):
        if self.wrong("state-without-last-look"):  # the time between the look and the state, made long enough to be seen
            time.sleep(0.01)
        if self.wrong("death-before-state") and self.gone():
            return -32
        if status := self.end_of_states():
            return 0 if self.something_new() and not self.wrong("state-without-last-look") else status
        now = time.time_ns()
        beats = [ring.load_64(128) for ring in self.rings]
        late = any(abs(now - beat) > 3_000_000 for beat in beats)
        if self.wrong("ahead-is-alive"):
            late = any(now - beat > 3_000_000 for beat in beats)
        if not late or self.wrong("never-asks") or not (self.gone() or self.wrong("late-is-dead")):
            return 0
        if self.something_new():
            return 0
        return self.end_of_states() or -32

    def gone(self):
        try:
            return self.socket.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK) == b""
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            return True


class Ring:
    def __init__(self, reader, index, descriptors):
        self.reader, self.index = reader, index
        wrong = (lambda mistake: True) if index and reader.wrong("second-ring-unchecked") else reader.wrong
        sizes = [os.fstat(descriptor).st_size for descriptor in descriptors]
        if sizes[0] < 256 or sizes[1] < (1 if wrong("cursor-size") else 4096) or sizes[2] < 64:
            raise Refused
        self.data = mapping(descriptors[0], sizes[0], mmap.PROT_READ)
        self.cursor = mapping(descriptors[1], 4096, mmap.PROT_READ | mmap.PROT_WRITE)
        self.directory = mapping(descriptors[2], sizes[2], mmap.PROT_READ)
        magic, major, minor, header_bytes, self.slot_bytes, self.slot_count = struct.unpack_from("<QHHIII", self.data)
        self.header_bytes = header_bytes
        if wrong("major-low-byte"):
            major %= 256
        if major != 1 and not wrong("majors-all") or magic != 0x31474E4952524548 and not wrong("ring-magic"):
            raise Refused
        if minor > 1 and wrong("minors-only-own") or minor < 1 and wrong("minor-0-refused"):
            raise Refused
        if any(self.data[104:128]) and wrong("reserved-checked"):
            raise Refused
        if (header_bytes < 4096 or header_bytes % 64) and not wrong("header-bytes-any"):
            raise Refused
        if self.slot_bytes not in (64, 128, 384, 576) and not wrong("slot-bytes-any"):
            raise Refused
        if (self.slot_count < 64 or self.slot_count & self.slot_count - 1 or self.slot_count > 2**26) and not wrong(
            "slot-count-any"
        ):
            raise Refused
        end = header_bytes + self.slot_count * self.slot_bytes
        if wrong("fit-in-32-bits"):
            end %= 2**32
        if end > sizes[0] and not wrong("fit-unchecked"):
            raise Refused
        if struct.unpack_from("<Q", self.cursor)[0] != 0x3152535243525248 and not wrong("cursor-unchecked"):
            raise Refused
        magic, capacity, entry_bytes = struct.unpack_from("<QII", self.directory)
        if magic != 0x3152494452525248 and not wrong("directory-magic"):
            raise Refused
        if entry_bytes != 64 and not wrong("directory-entry-bytes"):
            raise Refused
        if 64 + 64 * capacity > sizes[2] and not wrong("directory-fit"):
            raise Refused
        self.last = 0 if reader.wrong("first-stamp-ignored") else struct.unpack_from("<Q", self.data, 96)[0]
        self.read = self.stored = 0
        if reader.wrong("header-of-4096"):
            self.header_bytes = 4096
        if reader.wrong("waits-as-if-asleep"):
            ctypes.c_uint32.from_buffer(self.cursor, 128).value = 1
        if reader.wrong("cursor-elsewhere"):
            self.cursor[72:80] = b"12345678"

    def load_64(self, offset):
        return self.data[offset : offset + 8].cast("Q")[0]

    def load_32(self, offset):
        return self.data[offset : offset + 4].cast("I")[0]

    def slot(self, number):
        slot_bytes = 64 if self.reader.wrong("slots-of-64") else self.slot_bytes
        return self.header_bytes + number % self.slot_count * slot_bytes

    def new(self, ahead=0):
        """Whether the slot of `read` + ahead holds a record that was not read."""
        number = self.read + ahead
        if self.reader.wrong("stops-at-the-wrap") and number >= self.slot_count:
            return False
        at = self.slot(number)
        stamp, last = self.load_64(at), self.last
        if self.reader.wrong("length-0-ends") and not self.data[at + 8]:
            return False
        if self.reader.wrong("stamps-other-than-last"):
            return stamp not in (last, 0)
        if self.reader.wrong("stamps-signed"):
            return ctypes.c_int64(stamp).value > ctypes.c_int64(last).value
        if self.reader.wrong("stamps-in-32-bits"):
            return stamp % 2**32 > last % 2**32
        return stamp > last

    def store(self, unless=None):
        if self.read != self.stored and not (unless and self.reader.wrong(unless)):
            self.put(self.read)

    def put(self, read):
        if self.reader.wrong("cursor-falls"):
            read %= self.slot_count
        ctypes.c_uint64.from_buffer(self.cursor, 64).value = read
        self.stored = read

    def symbols(self):
        capacity, _, count = struct.unpack_from("<III", self.directory, 8)
        if not self.reader.wrong("directory-count-believed"):
            count = min(count, capacity)
        count += 1 if self.reader.wrong("directory-all") else 0
        lines = []
        for at in range(64, 64 + 64 * count, 64):
            instrument, publisher = struct.unpack_from("<IH", self.directory, at)
            line = f"symbol {publisher} {instrument} "
            if self.reader.wrong("directory-newest-only"):
                lines = [other for other in lines if not other.startswith(line)]
            lines.append(line + self.directory[at + 16 : at + 40].tobytes().split(b"\0")[0].decode())
        return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mistake", choices=MISTAKES)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--hold", type=int, default=0)
    parser.add_argument("--stats", action="store_true")
    parser.add_argument("socket")
    parser.add_argument("consumer")
    given = parser.parse_args()
    try:
        reader = Reader(given)
    except (Refused, OSError, struct.error) as refused:
        print(f"refused {getattr(refused, 'status', 0)}")
        return
    status = reader.run()
    if given.stats:
        lines = (
            reader.symbols
            if reader.wrong("directory-at-attach")
            else [line for ring in reader.rings for line in ring.symbols()]
        )
        for line in lines:
            reader.say(line)
    reader.say(f"lost {reader.lost}")
    reader.say(f"end {status}")


if __name__ == "__main__":
    main()
