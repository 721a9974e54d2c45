#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has Spin search the model: without a mistake it must find none, and search everything; with each mistake it must find it.

usage: run.py [NAME...]    only the searches whose names hold one of these; HEADRACE_TEST_LONG=1 for larger bounds
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ring.pml")
LONG = os.environ.get("HEADRACE_TEST_LONG") == "1"
MEMORY_MB = 12000 if LONG else 4000
DEPTH_MAX = 4000000 if LONG else 500000
HASH_BITS = 26 if LONG else 22
# The compiler takes most of the time of the small searches. Breadth first finds the shortest way to a mistake.
FOR_CORRECT = ["-O2", "-DCOLLAPSE"] if LONG else ["-Og"]
FOR_MUTANT = ["-O0", "-DBFS"]
FOR_SLEEPING_MUTANT = ["-O0"]  # breadth first these take their time

TINY = "SLOTS=2 LAG=1 RECORDS=3 BURST=2"  # a mistake needs no more
SMALL = "SLOTS=2 LAG=1 RECORDS=7 BURST=3" if LONG else "SLOTS=2 LAG=1 RECORDS=4 BURST=3"
LAGGED = "SLOTS=4 LAG=2 RECORDS=11 BURST=5" if LONG else "SLOTS=4 LAG=2 RECORDS=6 BURST=4"
AGAIN = "SLOTS=2 LAG=1 RECORDS=4 BURST=2" if LONG else "SLOTS=2 LAG=1 RECORDS=3 BURST=1"
ASLEEP = "SLOTS=2 LAG=1 RECORDS=4 BURST=2 SLEEP" if LONG else "SLOTS=2 LAG=1 RECORDS=3 BURST=1 SLEEP"
NAP = "SLOTS=2 LAG=1 RECORDS=2 BURST=2 SLEEP" if LONG else "SLOTS=2 LAG=1 RECORDS=2 BURST=1 SLEEP"
DROP = " ON_FULL_DETACH=0 "
DETACH = " ON_FULL_DETACH=1 "

CORRECT = {
    "drop": SMALL + DROP + "CLOCK BATCH=2",
    "drop, lag 2": LAGGED + DROP,
    "detach": SMALL + DETACH + "CLOCK BATCH=2",
    "detach, lag 2": LAGGED + DETACH,
    "drop, kill": SMALL + DROP + "KILL",
    "detach, kill": SMALL + DETACH + "KILL",
    "drop, renew": AGAIN + DROP + "RENEW",
    "detach, renew": AGAIN + DETACH + "RENEW",
    "drop, sleep": ASLEEP + DROP,
    "detach, sleep": ASLEEP + DETACH,
    "drop, sleep, kill": (ASLEEP if LONG else NAP) + DROP + "KILL",
    "drop, hostile": LAGGED + DROP + "CLOCK HOSTILE",
    "detach, hostile": LAGGED + DETACH + "CLOCK HOSTILE",
}
if LONG:
    CORRECT["drop, sleep, renew"] = "SLOTS=2 LAG=1 RECORDS=1 BURST=1 SLEEP" + DROP + "RENEW"
    CORRECT["drop, lag 2, batches"] = "SLOTS=4 LAG=2 RECORDS=7 BURST=5" + DROP + "BATCH=3"
    CORRECT["drop, lag 2, sleep"] = "SLOTS=4 LAG=2 RECORDS=5 BURST=5 SLEEP" + DROP

MUTANTS = {
    "STAMP_FIRST": TINY + DROP,
    "STAMP_RELAXED": TINY + DROP,
    "STAMP_IS_THE_CLOCK": TINY + DROP + "CLOCK",
    "CURSOR_RELAXED": TINY + DROP,
    "CURSOR_NOT_STORED_WHEN_EMPTY": "SLOTS=4 LAG=2 RECORDS=3 BURST=2" + DROP,
    "BATCH_RELEASED_UNREAD": TINY + DROP + "BATCH=2",
    "FULL_TEST_OFF_BY_ONE": TINY + DROP,
    "LOST_AFTER_THE_RECORD": "SLOTS=4 LAG=2 RECORDS=7 BURST=4" + DROP,
    "LOST_TOLD_TWICE": TINY + DROP,
    "NO_LAST_LOOK": TINY + DETACH,
    "NO_FIRST_STAMP": TINY + DROP + "RENEW",
    "CURSOR_PAGE_KEPT": TINY + DROP + "RENEW",
    "RANGE_NOT_CHECKED": TINY + DROP + "HOSTILE",
    "CURSOR_LOADED_TWICE": TINY + DROP + "HOSTILE",
    "LOOK_BEFORE_PUBLISHING": NAP + DROP,
    "NO_NEXT_TURN": NAP + DROP,
    "NO_LOOK_AFTER_ARMING": NAP + DROP,
    "NO_FENCE": NAP + DROP,
    "STATE_NOT_LOOKED_AT": NAP + DROP,
    "STATE_WAKES_NOBODY": NAP + DROP,
    "SAME_TICKET": NAP + DROP,
    "TICKET_USED_UP": NAP + DROP,
    "WAKES_LOADED_LATE": NAP + DROP,
    "DONE_AFTER_THE_WAKE": NAP + DROP,
    "WOKEN_KEPT": "SLOTS=2 LAG=1 RECORDS=1 BURST=1 SLEEP" + DROP + "RENEW",
}

# What an assertion of properties.pml and producer.pml says, by a part of its text.
PROPERTIES = {
    "(low==high)": "a record is whole",
    "].records+": "in order, none twice, losses in their place",
    "].stamp<=": "nothing that was committed stays unread",
    "].read==consumer": "who found nothing has stored its cursor",
    "].read==producer": "nothing that was committed stays unread",
    ".ended==": "an end is noticed",
    "producer.state!=": "an honest reader is not evicted",
    "seen<=producer": "an impossible cursor evicts, and no other",
    "left||": "the writer never waits",
    "==producer.lost": "losses told and pending are the losses",
    "producer.lost)==": "read and lost is what was published",
    "lost_pending==": "who waits gets told",
}
INCOMPLETE = re.compile(r"not completed|too small|MEMLIM|out of memory|truncated|Aborting", re.IGNORECASE)


def search(defines, flags):
    """Builds the verifier and runs it. Returns what it printed."""
    with tempfile.TemporaryDirectory(prefix="headrace-spin-") as folder:
        def call(*command):
            done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            return done.returncode, done.stdout

        for command in (["spin", "-a", *("-D" + define for define in defines.split()), MODEL],
                        ["gcc", *flags, "-w", "-DSAFETY", "-DNOCLAIM", "-DNOREDUCE", f"-DMEMLIM={MEMORY_MB}",
                         "-o", "pan", "pan.c"]):
            status, printed = call(*command)
            if status:
                raise SystemExit(f"FAILED {' '.join(command)}\n{printed}")
        return call("./pan", "-E", f"-m{DEPTH_MAX}", f"-w{HASH_BITS}")[1]


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def number(pattern, printed):
    found = re.search(pattern, printed)
    return int(found.group(1)) if found else -1


def judge(printed, mutant):
    """Returns whether it is as it must be, and how it was."""
    broken = re.search(r"assertion violated (.*) \(at depth", printed)
    if broken:
        says = next((name for part, name in PROPERTIES.items() if part in broken.group(1)), broken.group(1))
        return mutant, f"{'caught' if mutant else 'VIOLATED'}: {says}"
    if number(r"errors: (\d+)", printed) != 0:
        return False, "no verdict:\n" + printed
    if INCOMPLETE.search(printed):
        return False, "NOT COMPLETE:\n" + printed
    return not mutant, "NOT CAUGHT" if mutant else "no error, complete"


def main():
    if not shutil.which("spin"):
        print("SKIPPED model/spin: spin is not installed (apt-get install spin)")
        return 77
    searches = [(name, defines, False) for name, defines in CORRECT.items()]
    searches += [("mutant " + name, f"{defines} MUTANT_{name}", True) for name, defines in MUTANTS.items()]
    failed = 0
    begun = time.monotonic()
    for name, defines, mutant in searches:
        if sys.argv[1:] and not any(wanted in name for wanted in sys.argv[1:]):
            continue
        before = cpu_seconds()
        printed = search(defines, FOR_CORRECT if not mutant else FOR_SLEEPING_MUTANT if "SLEEP" in defines else FOR_MUTANT)
        good, how = judge(printed, mutant)
        failed += not good
        states, depth = number(r"(\d+) states, stored", printed), number(r"depth reached (\d+)", printed)
        print(f"{'ok  ' if good else 'FAIL'}  {name:36}{states:>11} states{depth:>7} deep{cpu_seconds() - before:>7.1f} s  {how}",
              flush=True)
    print(f"{failed} searches failed; {cpu_seconds():.0f} s of CPU in {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
