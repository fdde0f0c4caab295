#!/usr/bin/env python3
"""Counts the instructions a packet that the library's own code takes, and compares them with the
recorded ones; noise cannot fool this.

usage: instructions.py check|record NETLAB WORK LIBRARY COMPILER RECORD

Each case of WORK runs under valgrind with some packets and with twice as many; the difference is
what packets cost, and beginning and ending cancel out. Counted are the instructions inside LIBRARY
alone, not those of the C library or the kernel. A case may take TOLERANCE more than recorded; a
commit that raises a record says why. The status is 77, with the reason, where the record does not
hold: it is for one compiler and one architecture.
"""
import collections
import concurrent.futures
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

TOLERANCE = 1.02
PACKETS = 64 * 32


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def by_object(path):
    """Instructions of each object file, from callgrind's output: a cost line counts for the object
    of its function; the line after calls= is what was called, and counts there."""
    sums = collections.Counter()
    names = {}
    current = None
    is_of_a_call = False
    for line in path.read_text().splitlines():
        named = re.match(r"ob=\((\d+)\)(?: (.*))?$", line)
        if named:
            if named[2]:
                names[named[1]] = named[2]
            current = names[named[1]]
        elif match := re.match(r"cob=\((\d+)\) (.*)$", line):
            names[match[1]] = match[2]
        elif line.startswith("calls="):
            is_of_a_call = True
        elif re.match(r"[+*\d-]", line):
            if not is_of_a_call:
                sums[current] += int(line.split()[1])
            is_of_a_call = False
    return sums


def count(netlab, work, library, case, packets):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind"
        subprocess.run([netlab, "here", "--", "valgrind", "--tool=callgrind", "-q",
                        f"--callgrind-out-file={out}", work, case, str(packets)],
                       check=True, stdout=subprocess.DEVNULL, timeout=300)
        return sum(cost for name, cost in by_object(out).items()
                   if name and os.path.realpath(name) == os.path.realpath(library))


def measure(netlab, work, library):
    cases = subprocess.run([work], check=True, capture_output=True, text=True).stdout.split()

    def per_packet(case):
        some, more = (count(netlab, work, library, case, n * PACKETS) for n in (1, 2))
        return (more - some) / PACKETS

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(cases, pool.map(per_packet, cases)))


def read_record(path, compiler):
    recorded = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            of, case, figure = line.split()
            if of == compiler:
                recorded[case] = float(figure)
    return recorded


def check(now, recorded):
    problems = []
    for case, figure in now.items():
        before = recorded.get(case)
        ratio = figure / before if before else None
        print(f"{case:28} {figure:9.1f}  " + (f"recorded {before:.1f}, {ratio:.3f}" if before
                                              else "not recorded"))
        if before is None:
            problems.append(f"{case} is not recorded")
        elif ratio > TOLERANCE:
            problems.append(f"{case} takes {figure:.1f} instructions a packet, {before:.1f} are "
                            "recorded: mend it, or record what it is and say why")
        elif ratio < 1 / TOLERANCE:
            print(f"{'':28} better than recorded: ./dev instructions record")
    problems += [f"{case} is recorded but there is no such case" for case in recorded.keys() - now]
    print("\n".join(problems))
    return 1 if problems else 0


def main():
    command, netlab, work, library, compiler, record = sys.argv[1:]
    record = pathlib.Path(record)
    if os.environ.get("INSTRUCTIONS_INCOMPARABLE"):
        skip(os.environ["INSTRUCTIONS_INCOMPARABLE"])
    if not shutil.which("valgrind"):
        skip("valgrind is not installed")
    compiler = f"{compiler}-{platform.machine()}"
    recorded = read_record(record, compiler)
    if command == "check" and not recorded:
        skip(f"nothing is recorded for {compiler}")
    now = measure(netlab, work, library)
    if command == "check":
        return check(now, recorded)
    kept = [line for line in record.read_text().splitlines() if not line.startswith(compiler + " ")]
    kept += [f"{compiler} {case} {figure:.1f}" for case, figure in now.items()]
    record.write_text("\n".join(kept) + "\n")
    print("\n".join(kept))
    return 0


if __name__ == "__main__":
    sys.exit(main())
