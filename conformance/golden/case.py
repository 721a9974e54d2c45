# SPDX-License-Identifier: Apache-2.0
"""One case in the making: attach reply, objects, steps, and what a right reader prints. Nothing here reads a ring: what is to
be printed is said by whoever writes the case."""

import json

from golden import objects

LINE = 64  # bytes of an object on one line of case.json


def lines_of(content):
    """{offset: hexadecimal} of each line of 64 bytes that is not all zeros."""
    found = {}
    for offset in range(0, len(content), LINE):
        line = content[offset : offset + LINE].rstrip(b"\0")
        if line:
            found[str(offset)] = line.hex()
    return found


class Case:
    def __init__(self, name, about, arguments=()):
        self.name, self.about, self.arguments = name, about, list(arguments)
        self.objects, self.rings, self.steps, self.lines, self.cursors = {}, [], [], [], []
        self.reply = {}
        self.without_reply = False
        self.may_fail = False  # the program may also print nothing and exit with another code than 0

    # What the reader is given.

    def ring(
        self,
        records=(),
        old=(),
        heartbeat="renewed",
        data_bytes=None,
        cursor=None,
        cursor_bytes=objects.CURSOR_BYTES,
        directory=None,
        directory_bytes=None,
        **header,
    ):
        """One worker's data, cursor and directory. `records` lie in the ring already; `old` is {slot: (stamp, record)}, what
        an attachment before has left; `header` are fields of the ring header. `data_bytes`: another size than the right one."""
        index = len(self.rings)
        reserved = header.get("reserved", b"\0")
        header = {"worker": index, **header}
        content = bytearray(objects.ring_header(**header))
        at = {"header_bytes": 4096, "slot_bytes": 64, "slot_count": 64, **header}
        wanted = at["header_bytes"] + at["slot_count"] * at["slot_bytes"] if data_bytes is None else data_bytes
        slots = {**dict(old), **dict(enumerate(records))}
        if slots or reserved != b"\0":
            content = content.ljust(at["header_bytes"], reserved).ljust(wanted, b"\0")
        for slot, (stamp, record) in slots.items():
            offset = at["header_bytes"] + slot * at["slot_bytes"]
            content[offset : offset + 8 + len(record)] = stamp.to_bytes(8, "little") + record
        for name, body, size in (
            ("data", bytes(content), wanted),
            ("cursor", cursor or objects.cursor(), cursor_bytes),
            (
                "directory",
                directory or objects.directory([objects.directory_entry(1, "AAPL"), objects.directory_entry(2, "MSFT")]),
                directory_bytes,
            ),
        ):
            size = len(body) if size is None else size
            self.objects[f"{name} {index}"] = {"size": size, "bytes": lines_of(body[:size])}
        self.rings.append(
            {
                **{key: at[key] for key in ("header_bytes", "slot_bytes", "slot_count")},
                "published": len(records),
                "heartbeat": heartbeat,
            }
        )
        self.cursors.append(0)
        return self

    def answer(self, **reply):
        """Fields of the reply that are other than right; `sent`: names of the objects that come along."""
        self.reply |= reply
        return self

    # What happens.

    def do(self, step, **more):
        self.steps.append({"do": step, **more})
        return self

    def publish(self, records, ring=0, together=False):
        return self.do(
            "publish_together" if together else "publish",
            ring=ring,
            records=[(stamp, record.hex()) for stamp, record in records],
        )

    def hold(self, at_least, at_most):
        """Waits until the reader holds; its cursor is then within these."""
        self.prints("hold")
        return self.do("await_hold").do("check_cursor", ring=0, at_least=at_least, at_most=at_most)

    def state(self, state, ring=0):
        return self.do("state", ring=ring, state=state)

    def dies(self):
        """As a killed handler leaves it: nobody renews a heartbeat, the socket hangs up, the state stays."""
        for index in range(len(self.rings)):
            self.do("heartbeat", ring=index, mode="late")
        return self.do("hang_up")

    # What a right reader does.

    def prints(self, line):
        self.lines.append(line)
        return self

    def reads(self, records, ring=0, batch=None):
        """These lines of records, in batches of `batch` where that is given; the cursor is that much further in the end."""
        room = self.rings[ring]["slot_bytes"] - 8
        self.cursors[ring] += len(records)
        for first in range(0, len(records), batch or len(records)):
            some = records[first : first + (batch or len(records))]
            for stamp, record in some:
                in_slot = record.ljust(room, b"\0")[: min(4 * record[0], room)]
                self.prints(f"{ring} {stamp} {record[1]} {in_slot.hex()}".rstrip())
            if batch:
                self.prints(f"batch {len(some)}")
        return self

    def attached(self):
        return self.prints(f"attached {len(self.rings)}")

    def ends(self, status, lost=0):
        return self.prints(f"lost {lost}").prints(f"end {status}")

    def refused(self, status=0):
        return self.prints(f"refused {status}")

    # As files.

    def files(self):
        """{name: text} of the case's folder."""
        if "statistics" not in self.objects:
            body = objects.statistics()
            self.objects["statistics"] = {"size": len(body), "bytes": lines_of(body)}
        reply = {
            "magic": 0x41525248,
            "version": 1,
            "length": 128,
            "status": 0,
            "worker_count": len(self.rings),
            "descriptors": 3 * len(self.rings) + 1,
            "reserved": 0,
            "message": "",
            "bytes_sent": 128,
            "after_ms": 0,
            "sent": list(self.objects),
        } | self.reply
        case = {
            "about": self.about,
            "arguments": self.arguments,
            "consumer": "strategy",
            "reply": None if self.without_reply else reply,
            "rings": self.rings,
            "objects": self.objects,
            "steps": self.steps,
            "cursors": self.cursors,
            "may_fail": self.may_fail,
        }
        return {"case.json": layout(case) + "\n", "expected.txt": "\n".join(self.lines) + "\n"}


def layout(value, indent=0):
    """JSON, one line for each thing that fits one, a record or a line of bytes always alone on its own."""
    flat = json.dumps(value)
    if not isinstance(value, (dict, list)) or not value or (indent and len(flat) + indent <= 128 and "bytes" not in value):
        return flat
    inner = " " * (indent + 1)
    if isinstance(value, dict):
        return (
            "{\n"
            + ",\n".join(f"{inner}{json.dumps(key)}: {layout(item, indent + 1)}" for key, item in value.items())
            + f"\n{inner[1:]}}}"
        )
    return "[\n" + ",\n".join(inner + layout(item, indent + 1) for item in value) + f"\n{inner[1:]}]"
