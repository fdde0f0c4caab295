#!/usr/bin/env python3
"""Checks that the random caller knows every function of the headers.

usage: functions_test.py RANDOM_CALLER FOLDER_OF_HEADERS
"""
import glob
import os
import re
import subprocess
import sys


def main():
    known = set(subprocess.run([sys.argv[1], "functions"], check=True, capture_output=True,
                               text=True).stdout.split())
    text = ""
    for path in sorted(glob.glob(os.path.join(sys.argv[2], "*.h"))):
        with open(path, encoding="utf-8") as file:
            text += re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.DOTALL)
    declared = set(re.findall(r"^MC_API\b[^;(]*?\b(mc_\w+)\s*\(", text, flags=re.MULTILINE))
    problems = [f"the random caller does not call {name}" for name in sorted(declared - known)]
    problems += [f"the headers have no {name}" for name in sorted(known - declared)]
    print("\n".join(problems) if problems else f"{len(known)} functions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
