#!/usr/bin/env python3
"""Shows where a packet's nanoseconds go, by samples of the processor (perf record, cpu-clock).

usage: profile.py NETLAB WORK

WORK is the program whose instructions are counted, too (tests/instructions/work.c). Each of its
cases below runs in a network of its own; what it costs is split by who runs: the program, the C
library, libmulticast, or the kernel, and for what. Where a case receives, what feeds it is left
out. Prints a table for docs/performance.md; the status is 77, with the reason, where perf is
missing or refused.
"""
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

RATE = 20_000  # samples a second
# Case of WORK; what it is; packets; deliveries a packet; whether the program feeds itself.
CASES = [
    ("send", "a single packet sent", 400_000, 1, False),
    ("send-many", "one of 64 sent together", 8_000_000, 1, False),
    ("receive", "a single packet received", 400_000, 1, True),
    ("receive-trains-in-batches", "one of a train, received", 8_000_000, 1, True),
    ("fan-out-to-100", "one of 100 deliveries", 200_000, 100, True),
]
KERNEL = {
    "recvmmsg": "reading", "recvmsg": "reading",
    "sendto": "sending", "sendmsg": "sending", "sendmmsg": "sending",
    "epoll_wait": "waiting", "epoll_pwait": "waiting", "epoll_pwait2": "waiting",
    "getsockopt": "the loss counter",
}
FEEDING = {"__send", "have_received"}
COLUMNS = ["the program", "libmulticast", "the C library", "sending", "reading", "waiting",
           "the loss counter", "other"]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def samples(work, netlab, case, packets, folder):
    """Of each sample its frames, innermost first: (symbol, object)."""
    data = pathlib.Path(folder) / "perf.data"
    recorded = subprocess.run(
        [netlab, "here", "--", "perf", "record", "-q", "-e", "cpu-clock", "-F", str(RATE), "-g",
         "-o", data, work, case, str(packets)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, timeout=120)
    if recorded.returncode != 0:
        skip(f"perf record failed (sysctl kernel.perf_event_paranoid?): {recorded.stderr.strip()}")
    text = subprocess.run(["perf", "script", "-i", data, "-F", "comm,ip,sym,dso"],
                          check=True, capture_output=True, text=True, timeout=120).stdout
    frames = re.compile(r"^\s+[0-9a-f]+ (.*?)(?:\+0x[0-9a-f]+)? \((.*)\)$")
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if not lines or not lines[0].startswith(os.path.basename(work)[:15]):
            continue
        found = [match.groups() for match in map(frames.match, lines[1:]) if match]
        if found:
            yield found


def place(frames):
    """Who runs, for the table."""
    where = frames[0][1]
    if "kernel" in where:
        # The kernel's function, or the C library's that called it.
        calls = (re.sub(r"^_*(libc_)?((x64|arm64)_)?(sys_)?", "", name) for name, _ in frames)
        return next((KERNEL[each] for each in calls if each in KERNEL), "other")
    if "libmulticast" in where:
        return "libmulticast"
    if "libc" in where or "ld-linux" in where:
        return "the C library"
    return "the program" if where.endswith("instructions_work") else "other"


def profile(work, netlab, case, packets, copies, is_fed):
    with tempfile.TemporaryDirectory() as folder:
        counts = collections.Counter()
        inside = collections.defaultdict(collections.Counter)
        for frames in samples(work, netlab, case, packets, folder):
            if is_fed and FEEDING & {name for name, _ in frames}:
                continue
            at = place(frames)
            counts[at] += 1
            inside[at][frames[0][0]] += 1
    each = 1e9 / RATE / packets / copies
    return {at: count * each for at, count in counts.items()}, {
        at: [(name, count * each) for name, count in of.most_common(6)] for at, of in inside.items()}


def figure(nanoseconds):
    return f"{nanoseconds:.0f}" if nanoseconds >= 10 else f"{nanoseconds:.1f}"


def main(netlab, work):
    if shutil.which("perf") is None:
        skip("there is no perf (apt-get install linux-perf)")
    rows = []
    details = []
    for case, title, packets, copies, is_fed in CASES:
        parts, inside = profile(work, netlab, case, packets, copies, is_fed)
        total = sum(parts.values())
        rows.append([title, figure(total)] +
                    [figure(parts[each]) if parts.get(each, 0) > total / 200 else "" for each in COLUMNS])
        heaviest = [(cost, name, at) for at, of in inside.items() for name, cost in of]
        heaviest = ", ".join(f"`{name}` {figure(cost)}" for cost, name, _ in sorted(heaviest)[:-9:-1])
        details.append(f"* {title}: {heaviest}")
    heads = ["ns", "in all"] + [each if each in COLUMNS[:3] + COLUMNS[-1:] else f"kernel: {each}"
                                for each in COLUMNS]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print("\nThe dearest functions:\n")
    print("\n".join(details))


if __name__ == "__main__":
    main(*sys.argv[1:])
