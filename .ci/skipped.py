#!/usr/bin/env python3
"""Lists the tests that the last run of some presets skipped; fails where one is not expected to be.

usage: skipped.py EXPECTED BUILD_FOLDER...

A skipped test passes, and so a missing program or right would hide that nothing was tested. EXPECTED
has lines of three words or more: the preset, a regular expression for the name of the test, and why.
Both a whole test that ends with status 77 and a single one inside a GoogleTest program count.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree


def expectations(path):
    lines = [line.split("#")[0].split(None, 2) for line in path.read_text().splitlines()]
    return [(preset, re.compile(name)) for preset, name, _ in (line for line in lines if line)]


def skipped_whole(folder):
    """(name, reason) of the tests that did not run, from what run_tests keeps."""
    for case in xml.etree.ElementTree.parse(folder / "tests.xml").iter("testcase"):
        if case.get("status") == "notrun" or case.find("skipped") is not None:
            yield case.get("name"), (case.findtext("system-out") or "").strip()


def skipped_inside(folder):
    """(name, reason) of what GoogleTest skipped, from ctest's log: the XML shortens its output."""
    log = (folder / "Testing/Temporary/LastTest.log").read_text(errors="replace")
    for part in re.split(r"^\d+/\d+ Testing: ", log, flags=re.MULTILINE)[1:]:
        name = part.splitlines()[0]
        for where, reason in re.findall(r"^(.*: Skipped)\n(.*)$", part, flags=re.MULTILINE):
            yield name, f"{where}: {reason}"


def main():
    expected = expectations(pathlib.Path(sys.argv[1]))
    surprises = 0
    for folder in map(pathlib.Path, sys.argv[2:]):
        skipped = [*skipped_whole(folder), *skipped_inside(folder)]
        surprising = [(name, reason) for name, reason in skipped
                      if not any(preset == folder.name and pattern.fullmatch(name)
                                 for preset, pattern in expected)]
        for name, reason in surprising:
            print(f"{folder.name}: {name} was skipped: {reason}")
        print(f"{folder.name}: {len(skipped)} skipped, {len(surprising)} of them unexpectedly")
        surprises += len(surprising)
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
