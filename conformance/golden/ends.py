# SPDX-License-Identifier: Apache-2.0
"""Cases of section 5: the ends of a stream, and what is no end."""

from golden.case import Case
from golden.records import lost, mbo, mbos, stamped

ENDS = {
    2: ("detached", -105),
    3: ("evicted", -74),
    4: ("stopping", -108),
    0: ("unknown-0", -71),
    5: ("unknown-5", -71),
    2**32 - 1: ("unknown-4294967295", -71),
}


def states():
    of = mbos(30)
    for state, (name, status) in ENDS.items():
        case = Case(f"state-{name}", f"State {state}, with nothing left to read.").ring().attached()
        yield case.publish(of[:3]).do("await_cursor", ring=0, value=3).state(state).reads(of[:3]).ends(status)

        case = (
            Case(
                f"state-{name}-with-a-rest",
                f"State {state} while the reader is busy: what was published before is read first.",
                ["--hold", "1"],
            )
            .ring(of[:10])
            .attached()
        )
        yield case.reads(of[:1]).hold(0, 0).publish(of[10:]).state(state).do("go").reads(of[1:]).ends(status)

    case = (
        Case(
            "state-right-behind-records",
            "The ring is empty, then has records, and at once another state: the slots are looked at "
            "once more before the state is believed.",
        )
        .ring()
        .attached()
        .reads(of)
    )
    yield case.do("pass", milliseconds=20).publish(of, together=True).state(4).ends(-108)

    told = stamped([mbo(0), lost(5), mbo(1)])
    case = (
        Case("state-detached-after-a-loss", "A detached ring: what LOST records told is summed, what none told is not.")
        .ring()
        .attached()
    )
    case.publish(told).do("store", object="data 0", offset=136, bytes=(100).to_bytes(8, "little").hex())
    yield case.do("store", object="data 0", offset=144, bytes=(98).to_bytes(8, "little").hex()).state(2).reads(told).ends(
        -105, 5
    )


def deaths():
    of = mbos(30)
    case = Case("death", "The handler is killed: no state, no heartbeat, a hang-up.").ring().attached()
    yield case.publish(of[:5]).do("await_cursor", ring=0, value=5).dies().reads(of[:5]).ends(-32)

    yield Case("death-of-an-empty-ring", "The handler is killed before it published anything.").ring().attached().dies().ends(
        -32
    )

    case = (
        Case("death-with-a-rest", "Records published just before the handler was killed are read first.", ["--hold", "1"])
        .ring(of[:2])
        .attached()
    )
    yield case.reads(of[:1]).hold(0, 0).publish(of[2:]).dies().do("go").reads(of[1:]).ends(-32)

    case = (
        Case("death-of-two-rings", "The handler of two rings is killed; both are read to their end.", ["--hold", "1"])
        .ring(of[:12], worker_count=2)
        .ring(worker_count=2)
        .attached()
    )
    case.reads(of[:1]).hold(0, 0).publish(of[:20], 1).dies().do("go")
    yield case.reads(of[1:12]).reads(of[:20], 1).ends(-32)

    case = (
        Case(
            "death-after-stopping",
            "A handler that stopped in good order and is gone: the state counts, not the hang-up.",
            ["--hold", "1"],
        )
        .ring(of[:1])
        .attached()
    )
    yield case.reads(of[:1]).hold(0, 0).publish(of[1:4]).state(4).dies().do("go").reads(of[1:4]).ends(-108)

    case = Case(
        "death-with-the-heartbeat-ahead",
        "The clock was set back, so the last heartbeat is an hour ahead: the death is noticed all the same.",
    )
    yield case.ring(heartbeat="ahead").attached().publish(of[:1]).do("await_cursor", ring=0, value=1).dies().reads(of[:1]).ends(
        -32
    )


def no_deaths():
    of = mbos(3)
    case = (
        Case("heartbeat-late", "No heartbeat for a long time and the socket is there: nobody has died.")
        .ring(heartbeat="late")
        .attached()
    )
    case.publish(of[:1]).do("await_cursor", ring=0, value=1).do("pass", milliseconds=60).publish(of[1:]).do(
        "await_cursor", ring=0, value=3
    )
    yield case.do("pass", milliseconds=20).state(4).reads(of).ends(-108)

    case = (
        Case("heartbeat-ahead", "A heartbeat an hour ahead and the socket is there: nobody has died.")
        .ring(heartbeat="ahead")
        .attached()
    )
    yield case.do("pass", milliseconds=40).publish(of).do("await_cursor", ring=0, value=3).state(4).reads(of).ends(-108)


def several_rings():
    of = mbos(20)
    case = Case("rings-stop-one-by-one", "The first ring stops, the second goes on: the end is when both say so.")
    case.ring(worker_count=2).ring(worker_count=2).attached().state(4, 0).do("pass", milliseconds=40)
    yield case.publish(of, 1).do("await_cursor", ring=1, value=20).state(4, 1).reads(of, 1).ends(-108)

    for state, name, status in ((2, "detached", -105), (3, "evicted", -74), (77, "unknown", -71)):
        case = Case(f"rings-one-{name}", f"One of two rings has state {state} and the other runs: the end, for both.")
        case.ring(worker_count=2).ring(worker_count=2).attached().publish(of[:4], 0).publish(of, 1)
        case.do("await_cursor", ring=0, value=4).do("await_cursor", ring=1, value=20)
        yield case.state(state, 1).reads(of[:4], 0).reads(of, 1).ends(status)


def cases():
    for group in (states, deaths, no_deaths, several_rings):
        yield from group()
