#!/usr/bin/env python3
"""The C interface in other forms, made from the public headers: for bindings and their tools.

usage: generate.py json | ctypes | cdef | luajit [--write FILE | --check FILE]
       generate.py write | check

  json     everything the headers declare, with what their comments say and with the compiler's
           values, sizes and offsets: docs/abi.json, which says what is in it
  ctypes   declarations for Python: bindings/python/multicast/_abi.py
  cdef     declarations for LuaJIT's and other languages' ffi.cdef; constants stand in an enum
  luajit   the same as a module of LuaJIT: examples/ffi/lua/multicast.lua

A form is printed, or written into a file, or compared with it: status 1 when they differ. `write`
and `check` do that for all files that are kept. CC names the C compiler (cc).
"""
import difflib
import pathlib
import sys

import cdef_form
import ctypes_form
import headers
import json_form
import layout

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORMS = {"json": json_form.write, "ctypes": ctypes_form.write, "cdef": cdef_form.write,
         "luajit": cdef_form.write_luajit}
KEPT = (("json", "docs/abi.json"), ("ctypes", "bindings/python/multicast/_abi.py"),
        ("luajit", "examples/ffi/lua/multicast.lua"))


def interface():
    found = headers.read(ROOT / "include/multicast")
    layout.add(found, ROOT / "include")
    return found


def write(text, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def is_kept(text, path):
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    for line in list(difflib.unified_diff(kept.splitlines(), text.splitlines(), str(path),
                                          "what the headers say", lineterm="", n=1))[:40]:
        print(line)
    if kept != text:
        print(f"{path} is not what the headers say: python3 tools/abi/generate.py write")
    return kept == text


def main(arguments):
    if arguments in (["write"], ["check"]):
        found, good = interface(), True
        for form, path in KEPT:
            text = FORMS[form](found)
            if arguments == ["write"]:
                write(text, ROOT / path)
            else:
                good = is_kept(text, ROOT / path) and good
        return 0 if good else 1
    if len(arguments) not in (1, 3) or arguments[0] not in FORMS or arguments[1:2] not in (
            [], ["--write"], ["--check"]):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    text = FORMS[arguments[0]](interface())
    if len(arguments) == 1:
        sys.stdout.write(text)
        return 0
    path = pathlib.Path(arguments[2])
    if arguments[1] == "--check":
        return 0 if is_kept(text, path) else 1
    write(text, path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
