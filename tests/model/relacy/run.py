#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py FOLDER [SEED]: the ring as it is through every scenario, then every mistake of mutations.py through those that catch
it. FOLDER has the programs ring-MUTATION. One line each: name, scenario, scheduler, iterations, seconds, result.

HEADRACE_TEST_LONG=1: a hundred times the random iterations, or as many as 15 minutes have."""

import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

from mutations import MUTATIONS

LONG = os.environ.get("HEADRACE_TEST_LONG", "0") not in ("", "0")
ITERATIONS = 400_000
CHUNK = 200_000
LONG_SECONDS = 700  # for the random iterations of all scenarios; the rest takes about 100
SEEDS = 1 << 31  # of the 32 bits that Relacy's generator has

SCENARIOS = ("publish", "publish-2", "batch", "full", "full-2", "end", "detach", "sleep", "waker", "one-turn-late", "asleep",
             "renew", "small")
# Every order of steps (full), or every one with so many switches of thread that nothing forces (bound).
SEARCHES = (("small", "full"), ("asleep", "full"), ("end", "full"), ("detach", "bound 4"), ("publish", "bound 2"),
            ("publish-2", "bound 3"), ("batch", "bound 1"), ("full", "bound 2"), ("full-2", "bound 3"),
            ("one-turn-late", "bound 3"), ("sleep", "bound 1"), ("renew", "bound 1"))
LONG_SEARCHES = (("detach", "bound 6"), ("publish", "bound 3"), ("full", "bound 3"), ("full-2", "bound 4"),
                 ("one-turn-late", "bound 4"), ("sleep", "bound 2"), ("waker", "bound 1"), ("renew", "bound 2"))

failures = []


def name_places(program, history):
    """Relacy's history with functions and lines of C for addresses."""
    addresses = sorted(set(re.findall(r"pc\+(0x[0-9a-f]+)", history)))
    if not addresses:
        return history
    try:
        found = subprocess.run(["addr2line", "-a", "-f", "-i", "-s", "-e", program], input="\n".join(addresses), text=True,
                               stdout=subprocess.PIPE, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return history
    places = {}
    for entry in re.split(r"^(?=0x)", found, flags=re.M)[1:]:
        address, function, line, *_ = entry.split("\n")
        places[int(address, 16)] = f"{function} {line}"
    return re.sub(r"pc\+(0x[0-9a-f]+), \(0\)", lambda m: places.get(int(m.group(1), 16), m.group()), history)


def run(folder, mutation, scenario, how):
    """The result, and after how many iterations."""
    program = folder / f"ring-{mutation}"
    if not program.exists():
        return "there is no such program: meson setup --reconfigure", 0
    done = subprocess.run([program, scenario, *how.split()], text=True, stdout=subprocess.PIPE)
    last = (done.stdout.strip().split("\n") or [""])[-1]
    if done.returncode not in (0, 1):
        return f"did not run: {last or done.returncode}", 0
    result, iterations = last.rsplit(" ", 1)
    return result, int(iterations)


def run_random(folder, mutation, scenario, iterations, seed, seconds=None):
    """In pieces, so that a time can be kept to. Returns the result, the iterations and the seed of the last of them."""
    begun = time.monotonic()
    total = 0
    while total < iterations:
        piece = min(CHUNK, iterations - total)
        result, count = run(folder, mutation, scenario, f"random {piece} {seed + total}")
        total += count
        if result != "SUCCESS" or (seconds and time.monotonic() - begun > seconds):
            break
    return result, total, seed + total - 1


def say(mutation, scenario, how, iterations, begun, result, good):
    took = time.monotonic() - begun
    verdict = "ok" if good else "FAILED"
    print(f"{mutation:20} {scenario:14} {how:8} {iterations:9} {took:7.2f} s  {result:24} {verdict}", flush=True)
    if not good:
        failures.append(f"{mutation} {scenario} {how}")


def show(folder, mutation, scenario, how):
    """What led to a failure: in the order of the steps, without set-up, and without the middle where it is long."""
    program = folder / f"ring-{mutation}"
    if not program.exists():
        return
    history = subprocess.run([program, scenario, *how.split(), "history"], text=True, stdout=subprocess.PIPE).stdout
    steps = [line for line in history.split("\n\nthread 0:")[0].split("\n")
             if "set-up, (0)" not in line and "[CTOR" not in line and "[BEFORE" not in line]
    if len(steps) > 300:
        steps[200:-100] = [f"... {len(steps) - 300} steps ..."]
    # The value of a plain word is not Relacy's to know.
    steps = [re.sub(r"<0x[0-9a-f]+> (load|store), value=\d+", r"plain \1", line) for line in steps]
    print(name_places(program, "\n".join(steps)), flush=True)


def check_ring(folder, seed):
    iterations, seconds = (ITERATIONS * 100, LONG_SECONDS / len(SCENARIOS)) if LONG else (ITERATIONS, None)
    for scenario in SCENARIOS:
        begun = time.monotonic()
        result, count, last = run_random(folder, "none", scenario, iterations, seed, seconds)
        say("none", scenario, "random", count, begun, result, result == "SUCCESS")
        if result != "SUCCESS":
            show(folder, "none", scenario, f"random 1 {last}")
    for scenario, how in SEARCHES + (LONG_SEARCHES if LONG else ()):
        begun = time.monotonic()
        result, count = run(folder, "none", scenario, how)
        say("none", scenario, how, count, begun, result, result == "SUCCESS")
        if result != "SUCCESS":
            show(folder, "none", scenario, how)


def check_mutation(folder, mutation, seed):
    for scenario in mutation.caught_by:
        begun = time.monotonic()
        result, count, _ = run_random(folder, mutation.name, scenario, ITERATIONS, seed)
        caught = count != 0 and result != "SUCCESS"
        say(mutation.name, scenario, "random", count, begun, result, caught)
    for scenario in mutation.spared:
        begun = time.monotonic()
        result, count, last = run_random(folder, mutation.name, scenario, ITERATIONS // 4, seed)
        say(mutation.name, scenario, "random", count, begun, result + " as it should", result == "SUCCESS")
        if result != "SUCCESS":
            show(folder, mutation.name, scenario, f"random 1 {last}")


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "--missing":
        print(f"SKIPPED model/relacy: {sys.argv[2]}")
        return 77
    folder = Path(sys.argv[1]).resolve()
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(SEEDS)
    print(f"seed {seed} (once more: {sys.argv[0]} {folder} {seed})")
    check_ring(folder, seed)
    for mutation in MUTATIONS[1:]:
        check_mutation(folder, mutation, seed)
    for failure in failures:
        print(f"failed: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
