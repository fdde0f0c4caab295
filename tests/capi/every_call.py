#!/usr/bin/env python3
"""Checks that every_call.c lists every function of the headers that is given a handle.

usage: every_call.py FOLDER_OF_HEADERS EVERY_CALL.C
"""
import glob
import os
import re
import sys

HANDLE = re.compile(r"\bmc_(poller|listener|multicaster|timer)\s*\*(?!\*)")


def in_headers(folder):
    text = ""
    for path in sorted(glob.glob(os.path.join(folder, "*.h"))):
        with open(path, encoding="utf-8") as file:
            text += re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.DOTALL)
    found = re.findall(r"^MC_API\b[^;(]*?\b(mc_\w+)\s*\(([^;]*)\)\s*;", text, flags=re.MULTILINE)
    return {name for name, parameters in found
            if HANDLE.search(parameters) and not name.endswith("_free")}


def in_table(path):
    with open(path, encoding="utf-8") as file:
        return re.findall(r"^\s*X\(k\w+, (mc_\w+),", file.read(), flags=re.MULTILINE)


def main():
    header, table = in_headers(sys.argv[1]), in_table(sys.argv[2])
    problems = [f"{name} is not in the table" for name in sorted(header - set(table))]
    problems += [f"{name} is in no header" for name in sorted(set(table) - header)]
    problems += [f"{name} is there twice" for name in sorted(set(table)) if table.count(name) > 1]
    if len(header) < 40:
        problems.append(f"only {len(header)} functions found in the headers")
    print("\n".join(problems) if problems else f"{len(header)} functions, all in the table")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
