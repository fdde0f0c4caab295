#!/usr/bin/env python3
"""Which parts of the library may know which others: the rules of the house, read off its #include lines.

Usage: architecture_test.py ROOT. First it plants a violation of each rule in a small tree of its own and makes sure
that it is found; then it looks at ROOT. Each finding is a line; any finding is failure.
"""

import os
import re
import sys
import tempfile

LONGEST = 400  # lines of a file
ORDER = ["base", "net", "io", "core", "capi"]  # each may include itself and those before it
FILTER_MAY = {"net/packet.h", "net/address.h", "net/instruction.h"}  # and all of base
PARTS = ORDER + ["filter"]

# System headers that belong to one part, and to how many files of it at most.
OWNERS = {
    r"sys/epoll\.h": ("io", 1),
    r"poll\.h|sys/poll\.h|sys/eventfd\.h": ("io", None),
    r"sys/socket\.h|sys/un\.h|netinet/.*|arpa/inet\.h|net/if.*|ifaddrs\.h|netdb\.h": ("net", None),
    r"linux/.*|libmnl/.*": ("net", None),
    r"re2/.*": ("filter", None),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources(root):
    """The files of the library, as paths from root."""
    for top in ("src", "capi", "include"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".h", ".hpp", ".cpp", ".c")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def part_of(path):
    """The part that a file belongs to: base … core, filter, capi, include."""
    pieces = path.split(os.sep)
    return pieces[1] if pieces[0] == "src" else pieces[0]


def resolve(root, path, name):
    """The file of the library that an include means, or None."""
    for folder in (os.path.dirname(path), "src", "capi", "include"):
        candidate = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(os.path.join(root, candidate)):
            return candidate
    return None


def may_include(path, other):
    """Whether the arrow from one file of the library to another runs down."""
    here, there = part_of(path), part_of(other)
    if there == "include":
        return here in ("capi", "include")
    if here == "include":
        return False
    if here == "filter":
        return there in ("base", "filter") or other.replace(os.sep, "/").removeprefix("src/") in FILTER_MAY
    if there == "filter":
        return here in ("core", "capi")
    return ORDER.index(there) <= ORDER.index(here)


def check_system_header(path, name, users):
    for pattern, (owner, _) in OWNERS.items():
        if not re.fullmatch(pattern, name):
            continue
        users.setdefault(pattern, set()).add(path)
        if part_of(path) != owner:
            yield f"{path}: <{name}> belongs to {owner}"


def cycles(graph):
    """Each circle of includes once, as a list of files."""
    done, trail = set(), []

    def visit(path):
        if path in trail:
            yield trail[trail.index(path) :] + [path]
            return
        if path in done:
            return
        trail.append(path)
        for other in graph.get(path, []):
            yield from visit(other)
        trail.pop()
        done.add(path)

    for path in sorted(graph):
        yield from visit(path)


def check(root):
    """All findings in the tree at root."""
    findings, graph, users = [], {}, {}
    for path in sources(root):
        part = part_of(path)
        if part not in PARTS + ["include"]:
            findings.append(f"{path}: {part} is no part of the library; see docs/architecture.md")
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            lines = file.read().splitlines()
        if len(lines) > LONGEST:
            findings.append(f"{path}: {len(lines)} lines are more than {LONGEST}; it is more than one idea")
        for number, line in enumerate(lines, 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                findings.append(f"{path}:{number}: unfinished: {line.strip()}")
            include = INCLUDE.match(line)
            if include is None:
                continue
            name = include.group(2)
            other = resolve(root, path, name)
            if other is None:
                if include.group(1) == '"':
                    findings.append(f"{path}:{number}: \"{name}\" is no file of the library")
                findings.extend(check_system_header(path, name, users))
            elif not may_include(path, other):
                findings.append(f"{path}:{number}: {part} must not know {other}")
            graph.setdefault(path, [])
            if other is not None:
                graph[path].append(other)
    for circle in cycles(graph):
        findings.append("a circle of includes: " + " -> ".join(circle))
    for pattern, (owner, most) in OWNERS.items():
        used = sorted(users.get(pattern, []))
        if most is not None and len(used) > most:
            findings.append(f"{pattern} is for {most} file of {owner}, not for " + " and ".join(used))
    if not graph:
        findings.append(f"{root}: there is no library here")
    return findings


# A small sound tree, and for each rule what breaks it and a word of the finding.
SOUND = {
    "include/multicast/multicast.h": "#include <stdint.h>\n",
    "src/base/status.h": "#include <string>\n",
    "src/net/packet.h": '#include "base/status.h"\n',
    "src/net/socket.h": '#include <sys/socket.h>\n#include "net/packet.h"\n',
    "src/io/reactor.h": '#include <sys/epoll.h>\n#include <poll.h>\n#include "net/socket.h"\n',
    "src/filter/filter.h": '#include <re2/re2.h>\n#include "base/status.h"\n#include "net/packet.h"\n',
    "src/core/poller.h": '#include "io/reactor.h"\n#include "filter/filter.h"\n',
    "capi/poller.cpp": '#include "core/poller.h"\n#include "multicast/multicast.h"\n#include "guard.h"\n',
    "capi/guard.h": '#include "base/status.h"\n',
}
PLANTED = [
    ("src/base/a.h", '#include "net/packet.h"\n', "base must not know"),
    ("src/net/a.h", '#include "io/reactor.h"\n', "net must not know"),
    ("src/io/a.h", '#include "core/poller.h"\n', "io must not know"),
    ("src/core/a.h", '#include "../../capi/guard.h"\n', "core must not know"),
    ("src/filter/a.h", '#include "net/socket.h"\n', "filter must not know"),
    ("src/filter/a.h", '#include "core/poller.h"\n', "filter must not know"),
    ("src/net/a.h", '#include "filter/filter.h"\n', "net must not know"),
    ("src/core/a.h", '#include "multicast/multicast.h"\n', "core must not know"),
    ("src/core/a.h", "#include <multicast/multicast.h>\n", "core must not know"),
    ("include/multicast/a.h", '#include "../../src/base/status.h"\n', "include must not know"),
    ("capi/a.cpp", "#include <sys/socket.h>\n", "belongs to net"),
    ("capi/a.cpp", "#  include <netinet/in.h>\n", "belongs to net"),
    ("src/core/a.cpp", "#include <linux/rtnetlink.h>\n", "belongs to net"),
    ("src/core/a.cpp", "#include <poll.h>\n", "belongs to io"),
    ("src/net/a.cpp", "#include <sys/eventfd.h>\n", "belongs to io"),
    ("src/net/a.cpp", "#include <sys/epoll.h>\n", "belongs to io"),
    ("src/io/a.cpp", "#include <sys/epoll.h>\n", "is for 1 file"),
    ("src/core/a.cpp", "#include <re2/set.h>\n", "belongs to filter"),
    ("src/net/packet.h", '#include "net/socket.h"\n', "circle"),
    ("src/net/a.h", '#include "net/a.h"\n', "circle"),
    ("src/net/a.h", '#include "net/nowhere.h"\n', "no file of the library"),
    ("src/util/a.h", "\n", "no part of the library"),
    ("src/base/a.cpp", "\n" * 401, "401 lines"),
    ("capi/a.cpp", "// TO" + "DO: later\n", "unfinished"),
]


def check_planted(path, text):
    with tempfile.TemporaryDirectory() as root:
        for name, content in {**SOUND, path: text}.items() if path else SOUND.items():
            os.makedirs(os.path.join(root, os.path.dirname(name)), exist_ok=True)
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(content)
        return check(root)


def self_check():
    """What this test itself gets wrong."""
    failures = [f"self-check: a sound tree is refused: {finding}" for finding in check_planted(None, "")]
    for path, text, word in PLANTED:
        found = check_planted(path, text)
        if not any(word in finding and path.split("/")[-1] in finding for finding in found):
            shown = text.strip()[:60]
            failures.append(f"self-check: {shown!r} in {path} is not found ({word}); found: {found}")
    return failures


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    findings = self_check() + check(sys.argv[1])
    for finding in findings:
        print(finding)
    if findings:
        sys.exit(f"{len(findings)} violations of the architecture")
    print(f"{len(list(sources(sys.argv[1])))} files keep to the architecture; {len(PLANTED)} planted violations were found")


if __name__ == "__main__":
    main()
