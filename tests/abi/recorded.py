#!/usr/bin/env python3
"""Compares the ABI of a shared library with the recorded one, or writes the record.

usage: recorded.py check|record LIBRARY HEADERS RECORD

The library may have more than the record: functions, and members at the end of the structs in
GROWING. Nothing else may differ. The status is 1 when it does, and 77, with the reason, where the
two cannot be compared.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

# What the header says may grow: the library alone makes them, or is told their size.
GROWING = {"mc_packet", "mc_stats", "mc_interface"}
HANDLES = {"mc_poller", "mc_listener", "mc_multicaster", "mc_timer", "mc_filter"}
HERE = pathlib.Path(__file__).resolve().parent
ADVICE = """
Programs that are compiled already would break. Before 1.0 that may be meant: then ./dev abi record,
and a line in the changelog."""


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def describe(library, headers):
    """The public interface of the library, as abidw tells it, without what differs from machine to
    machine: paths, and the names of other libraries."""
    text = subprocess.run(
        ["abidw", "--headers-dir", headers, "--drop-private-types",
         "--suppressions", HERE / "private.abignore", "--exported-interfaces-only",
         "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed", library],
        check=True, capture_output=True, text=True).stdout
    text = re.sub(r" path='[^']*/([^/']+/[^/']+)'", r" path='\1'", text)
    # Without debugging information there are symbols but no types, and everything would pass.
    found = structs_of(ET.fromstring(text))
    if not found:
        skip(f"{library} has no debugging information")
    if HANDLES & set(found) or re.search(r"<class-decl name='[^']*::", text):
        sys.exit("private types are in the record: private.abignore has lost its effect")
    return text


def structs_of(corpus):
    """The structs of the interface that have members, by name."""
    return {each.get("name"): each for each in corpus.iter("class-decl")
            if each.get("is-declaration-only") != "yes" and each.get("name").startswith("mc_")}


def members_of(struct):
    return [(int(member.get("layout-offset-in-bits")) // 8, member.find("var-decl").get("name"))
            for member in struct.findall("data-member")]


def cut_what_grew(recorded, today):
    """Takes from the structs of today what follows the last recorded member. Gives the differences
    of order and place, which abidiff takes for harmless new names."""
    problems = []
    structs = structs_of(today)
    for name, old in structs_of(recorded).items():
        new = structs.get(name)
        if new is None:
            problems.append(f"struct {name} is gone")
            continue
        known = members_of(old)
        if name in GROWING and len(members_of(new)) > len(known):
            for member in new.findall("data-member")[len(known):]:
                new.remove(member)
            if int(new.get("size-in-bits")) > int(old.get("size-in-bits")):
                new.set("size-in-bits", old.get("size-in-bits"))
        if members_of(new) != known:
            problems.append(f"struct {name} has the members {members_of(new)}, not {known}")
    return problems


def check(text, record):
    today = ET.fromstring(text)
    problems = cut_what_grew(ET.parse(record).getroot(), today)
    with tempfile.NamedTemporaryFile(suffix=".abi") as file:
        ET.ElementTree(today).write(file.name)
        outcome = subprocess.run(["abidiff", "--no-added-syms", record, file.name], check=False)
    if outcome.returncode != 0:
        problems.append(f"abidiff found differences (its status is {outcome.returncode})")
    if problems:
        print(*problems, ADVICE, sep="\n")
    return 1 if problems else 0


def write(text, record):
    """At once, or not at all."""
    new = pathlib.Path(record + ".new")
    new.write_text(text, encoding="utf-8")
    new.rename(record)
    return 0


def main():
    verb, library, headers, record = sys.argv[1:]
    if os.environ.get("ABI_INCOMPARABLE"):
        skip(os.environ["ABI_INCOMPARABLE"])
    if not (shutil.which("abidw") and shutil.which("abidiff")):
        skip("there is no abidw or abidiff (Debian: abigail-tools)")
    text = describe(library, headers)
    return write(text, record) if verb == "record" else check(text, record)


if __name__ == "__main__":
    sys.exit(main())
