# SPDX-License-Identifier: Apache-2.0
"""Cases of sections 1 and 2: handlers that refuse the reader, and handlers that the reader refuses."""

from golden import objects
from golden.case import Case
from golden.records import mbos

STATUSES = {
    -13: "this user is not on the consumer's allow list",
    -2: "no such consumer",
    -16: "attached already",
    -71: "not a well-formed request",
    -93: "another ABI major",
    -122: "as many rings as one may have",
    -108: "the handler is stopping",
    -110: "no request within a second",
    -105: "the worker does not answer",
    -12: "the ring could not be made",
    -24: "the ring could not be made",
    -4095: "some other reason",
}


def of_the_handler():
    for status, message in STATUSES.items():
        case = Case(f"refused-{-status}", f"The handler refuses with status {status}: {message}.")
        yield case.answer(status=status, message=message, worker_count=0, descriptors=0, sent=[]).refused(status)

    case = Case("refused-with-a-long-message", "The message fills its place but for the zero that ends it.")
    yield case.answer(status=-2, message="m" * 103, worker_count=0, descriptors=0, sent=[]).refused(-2)


def replies():
    """Nothing of these is a reply."""
    data = mbos(3)
    wrong = {
        "magic": ("another magic", {"magic": 0x41525249}),
        "length": ("another length in its field", {"length": 136}),
        "version": ("another protocol version", {"version": 2}),
        "cut": ("127 bytes", {"bytes_sent": 127}),
        "too-long": ("192 bytes", {"bytes_sent": 192}),
        "no-rings": ("no ring at all", {"worker_count": 0, "descriptors": 1, "sent": ["statistics"]}),
        "descriptor-missing": ("one descriptor too few", {"sent": ["data 0", "cursor 0", "directory 0"]}),
        "descriptor-more": (
            "one descriptor too many",
            {"sent": ["data 0", "cursor 0", "directory 0", "statistics", "statistics"]},
        ),
        "descriptors-none": ("no descriptor", {"sent": []}),
        "descriptors-said-fewer": ("`descriptors` 3 where 4 came", {"descriptors": 3}),
        "descriptors-said-more": ("`descriptors` 5 where 4 came", {"descriptors": 5}),
        "descriptors-for-two": ("worker_count 2 with the descriptors of one", {"worker_count": 2}),
        "descriptor-of-a-pipe": (
            "a descriptor for sleeping, which nobody asked for",
            {"descriptors": 5, "sent": ["data 0", "cursor 0", "directory 0", "statistics", "cursor 0"]},
        ),
    }
    for name, (about, answer) in wrong.items():
        yield Case(f"reply-{name}", f"A reply with {about} is refused.").ring(data).answer(**answer).refused()

    case = Case("reply-none", "The handler hangs up without an answer.").ring(data)
    case.without_reply = case.may_fail = True
    yield case.refused()

    case = (
        Case("reply-late", "The reply takes two seconds, as where the ring's last owner has only just gone.")
        .ring(data)
        .answer(after_ms=2000)
    )
    yield case.attached().reads(data).state(4).ends(-108)

    case = Case("reply-objects-mixed-up", "Cursor and data have changed places.").ring(data)
    yield case.answer(sent=["cursor 0", "data 0", "directory 0", "statistics"]).refused()


def headers():
    """Each check of section 2."""
    data = mbos(3)
    size = 4096 + 64 * 64
    wrong = {
        "magic": ("the ring's magic is another", {"magic": objects.RING_MAGIC + 1}),
        "magic-missing": ("the ring's magic is not there", {"magic": 0}),
        "header-bytes-0": ("header_bytes 0", {"header_bytes": 0, "data_bytes": size}),
        "header-bytes-small": ("header_bytes below 4096", {"header_bytes": 2048, "data_bytes": size}),
        "header-bytes-odd": ("header_bytes no multiple of 64", {"header_bytes": 4096 + 8, "data_bytes": size + 64}),
        "header-bytes-beyond": (
            "header_bytes beyond the object, where 32 bits of arithmetic overflow",
            {"header_bytes": 2**32 - 4096, "data_bytes": size},
        ),
        "slot-bytes-0": ("slot_bytes 0", {"slot_bytes": 0, "data_bytes": size}),
        "slot-bytes-odd": ("slot_bytes 72", {"slot_bytes": 72, "data_bytes": 4096 + 72 * 64}),
        "slot-bytes-192": ("slot_bytes 192, which no ring of this major has", {"slot_bytes": 192}),
        "slot-bytes-huge": ("slot_bytes 4294967232", {"slot_bytes": 2**32 - 64, "data_bytes": size}),
        "slot-count-0": ("slot_count 0", {"slot_count": 0, "data_bytes": size}),
        "slot-count-32": ("slot_count 32, below the least", {"slot_count": 32}),
        "slot-count-96": ("slot_count 96, no power of two", {"slot_count": 96}),
        "slot-count-beyond": ("slots beyond the object: 128 said, room for 64", {"slot_count": 128, "data_bytes": size}),
        "slot-count-overflow": (
            "2^26 slots of 64 bytes in a small object, where 32 bits of arithmetic overflow",
            {"slot_count": 2**26, "data_bytes": size},
        ),
        "slot-count-huge": ("slot_count 2^27, above the most", {"slot_count": 2**27, "data_bytes": size}),
        "data-one-short": ("an object one byte shorter than its slots", {"data_bytes": size - 1}),
        "data-cut-in-the-header": ("an object of 128 bytes", {"data_bytes": 128}),
        "data-empty": ("an object of no bytes", {"data_bytes": 0}),
        "cursor-magic": ("the cursor page's magic is another", {"cursor": objects.cursor(magic=objects.CURSOR_MAGIC + 1)}),
        "cursor-empty": ("a cursor object of no bytes", {"cursor_bytes": 0}),
        "cursor-short": ("a cursor object of 128 bytes", {"cursor_bytes": 128}),
        "directory-magic": (
            "the directory's magic is another",
            {"directory": objects.directory(magic=objects.DIRECTORY_MAGIC + 1)},
        ),
        "directory-entry-bytes": ("directory entries of 128 bytes", {"directory": objects.directory(entry_bytes=128)}),
        "directory-entry-bytes-0": ("directory entries of 0 bytes", {"directory": objects.directory(entry_bytes=0)}),
        "directory-capacity": (
            "a directory with room for more entries than its object",
            {"directory": objects.directory(capacity=9)},
        ),
        "directory-capacity-overflow": (
            "a directory of 2^26 entries, where 32 bits of arithmetic overflow",
            {"directory": objects.directory(capacity=2**26)},
        ),
        "directory-cut": ("a directory of 32 bytes", {"directory_bytes": 32}),
        "directory-empty": ("a directory of no bytes", {"directory_bytes": 0}),
    }
    for name, (about, ring) in wrong.items():
        filled = data if ring.keys() <= {"magic", "cursor", "cursor_bytes", "directory", "directory_bytes"} else ()
        yield Case(f"header-{name}", f"Refused: {about}.").ring(filled, **ring).refused()

    case = Case("header-of-the-second-ring", "Refused: the first ring is right, the second one's slot_count is 96.")
    yield case.ring(data, worker_count=2).ring(slot_count=96, worker_count=2).refused()


def cases():
    for group in (of_the_handler, replies, headers):
        yield from group()
