# SPDX-License-Identifier: Apache-2.0
"""Cases of section 8: handlers of other versions."""

from golden import objects, records
from golden.case import Case
from golden.records import FIRST_STAMP, mbo, mbos, stamped

LATER = b"\x5a"


def cases():
    of = mbos(70)
    case = Case("minor-0", "A handler of 1.0: no first_stamp, no wakes.").ring(of[:64], abi_minor=0).attached()
    yield case.publish(of[64:]).do("await_cursor", ring=0, value=70).state(4).reads(of).ends(-108)

    old = {slot: (FIRST_STAMP - 1 - slot, mbo(9000 + slot)) for slot in range(64)}
    new = stamped([mbo(0), records.header(0xED, 40, 1) + bytes(24), records.lost(2), mbo(3)])
    for minor in (9, 65535):
        case = Case(
            f"minor-{minor}",
            f"A handler of 1.{minor}: a longer header, and something in everything that is reserved.",
            ["--stats"],
        )
        case.ring(
            old=old.items(),
            abi_minor=minor,
            header_bytes=8192,
            first_stamp=FIRST_STAMP - 1,
            wakes=12345,
            tsc_hz=3_000_000_000,
            reserved=LATER,
            cursor=objects.cursor(reserved=LATER).ljust(objects.CURSOR_BYTES, LATER),
            directory=objects.directory([objects.directory_entry(1, "AAPL", reserved=LATER)], reserved=LATER),
        )
        case.answer(reserved=0x5A5A5A5A).attached().publish(new).do("await_cursor", ring=0, value=4).state(4).reads(new)
        yield case.prints("symbol 2 1 AAPL").ends(-108, 2)

    case = (
        Case("header-longer", "Slots begin at header_bytes, which no page ends at.")
        .ring(of[:64], header_bytes=4096 + 192)
        .attached()
    )
    yield case.publish(of[64:]).do("await_cursor", ring=0, value=70).state(4).reads(of).ends(-108)

    for major in (0, 2, 257):
        yield Case(f"major-{major}", f"A ring of ABI major {major} is refused.").ring(mbos(3), abi_major=major).refused()
