#!/usr/bin/env python3
"""Checks that the headers, the version script and the shared library name the same symbols, and that
each error code is told of where it is returned: in a comment of another header than its own.

usage: symbols.py NM FOLDER_OF_HEADERS VERSION_SCRIPT SHARED_LIBRARY
"""
import glob
import os
import re
import subprocess
import sys


def in_headers(folder):
    text = ""
    for path in sorted(glob.glob(os.path.join(folder, "*.h"))):
        with open(path, encoding="utf-8") as file:
            text += re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.DOTALL)
    declarations = re.findall(r"^MC_API\b([^;]*);", text, flags=re.MULTILINE)
    names = [re.search(r"(\w+)\s*\(", each).group(1) for each in declarations]
    # Everything that looks like a function of ours is declared for export.
    stray = set(re.findall(r"\b(mc_\w+)\s*\(", text)) - set(names)
    return names, stray


def unexplained_codes(folder):
    with open(os.path.join(folder, "errors.h"), encoding="utf-8") as file:
        codes = set(re.findall(r"^#define (MC_ERROR_\w+) ", file.read(), flags=re.MULTILINE))
    comments = ""
    for path in glob.glob(os.path.join(folder, "*.h")):
        with open(path, encoding="utf-8") as file:
            if not path.endswith("errors.h"):
                comments += " ".join(re.findall(r"/\*.*?\*/", file.read(), flags=re.DOTALL))
    return codes - set(re.findall(r"\bMC_ERROR_[A-Z_]+\b", comments))


def in_script(path):
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/|#[^\n]*", " ", file.read(), flags=re.DOTALL)
    names, is_global = [], False
    for word in re.findall(r"[\w*]+\s*[:;]", text):
        name, end = word[:-1].strip(), word[-1]
        if end == ":":
            is_global = name == "global"
        elif is_global:
            names.append(name)
    return names, "local:" in text.replace(" ", "") and re.search(r"local:\s*\*;", text)


def in_library(nm, path):
    lines = subprocess.run([nm, "-D", "--defined-only", path], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    found = [line.split()[1:] for line in lines]
    # "A" is the name of a version itself.
    return [name.split("@")[0] for kind, name in found if kind != "A"]


def main():
    nm, folder, script_path, library_path = sys.argv[1:]
    header, stray = in_headers(folder)
    script, hides_the_rest = in_script(script_path)
    library = in_library(nm, library_path)
    problems = [f"{name} is declared without MC_API" for name in sorted(stray)]
    problems += [f"no comment says when {code} is returned" for code in
                 sorted(unexplained_codes(folder))]
    if not hides_the_rest:
        problems.append("the version script does not say local: *;")
    places = {"the headers": header, "the version script": script, "the library": library}
    for place, names in places.items():
        problems += [f"{place} names {each} twice" for each in names if names.count(each) > 1]
        problems += [f"{place} names {each}, which is not of ours" for each in names
                     if not each.startswith("mc_")]
        for other, others in places.items():
            problems += [f"{name} is in {place} but not in {other}"
                         for name in sorted(set(names) - set(others))]
    if len(header) < 40:
        problems.append(f"only {len(header)} functions found in the headers")
    print("\n".join(problems) if problems else f"{len(header)} functions, the same everywhere")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
