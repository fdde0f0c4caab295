"""mc_filter_matches against an oracle that knows only the documentation, on random filters and packets.

MC_SEED and MC_FILTERS change the seed and the number of filters; MC_CASE, which a failure prints,
repeats one pair.
"""
import ast
import collections
import ctypes
import ipaddress
import os
import random
import shlex
import unittest

import filter_oracle
import mc
from fixture import Failure, ok
from random_filters import Filters

SEED = int(os.environ.get("MC_SEED", "20250611"))
FILTERS = int(os.environ.get("MC_FILTERS", "8000"))
PACKETS = 15  # and two damaged ones of each
OFTEN = 0.25  # how often, at least, the verdict is yes, and how often no


class Built:
    """Filters of the library, for these trees; they end together."""

    def __init__(self):
        self.handles, self.kept, self.callables = [], [], {}
        self.asked = []  # callables, by number, in the order in which they were asked
        self.packet = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for handle in self.handles:
            mc.filter_free(handle)

    def make(self, constructor, *arguments):
        handle = mc.handle()
        ok(constructor(ctypes.byref(handle), *arguments))
        self.handles.append(handle)
        return handle

    def callable(self, number, modulus, remainder):
        @mc.filter_fn
        def function(packet, _):
            self.asked.append(number)
            data = ctypes.string_at(packet.contents.data, packet.contents.size)
            if data != self.packet:
                self.asked.append("another packet")
            return int(filter_oracle.says(data, modulus, remainder))

        self.kept.append(function)
        return self.make(mc.filter_callable, function, None, mc.destroy_fn())

    def build(self, tree):
        kind, *rest = tree
        if kind == "everything":
            return self.make(mc.filter_everything)
        if kind == "prefix":
            return self.make(mc.filter_prefix, rest[0], len(rest[0]))
        if kind == "bytes":
            return self.make(mc.filter_bytes, rest[0], rest[1], rest[2], len(rest[1]))
        if kind == "size":
            return self.make(mc.filter_size, *rest)
        if kind == "source":
            return self.make(mc.filter_source, rest[0].encode())
        if kind == "port":
            return self.make(mc.filter_source_port, *rest)
        if kind == "regex":
            return self.make(mc.filter_regex, rest[0], len(rest[0]))
        if kind == "callable":
            if rest[0] not in self.callables:
                self.callables[rest[0]] = self.callable(*rest)
            return self.callables[rest[0]]
        if kind == "not":
            return self.make(mc.filter_not, self.build(rest[0]))
        parts = [self.build(part) for part in rest[0]]
        constructor = mc.filter_all_of if kind == "all" else mc.filter_any_of
        return self.make(constructor, (mc.handle * len(parts))(*parts), len(parts))

    def matches(self, handle, data, source):
        self.asked.clear()
        self.packet = data
        return mc.filter_matches(handle, data, len(data), source)


def address(source, scope=0):
    """An mc_address, or None."""
    if source is None:
        return None
    host = ipaddress.ip_address(source[0])
    given = mc.address(mc.IPV4 if host.version == 4 else mc.IPV6, source[1])
    given.bytes[:len(host.packed)] = host.packed
    given.scope = scope  # which no filter looks at
    return ctypes.byref(given)


class Differential(unittest.TestCase):
    def compare(self, built, handle, tree, data, source):
        """The verdict, which must be the oracle's; and so must be who was asked, in order."""
        asked = {}
        expected = filter_oracle.accepts(tree, data, source, asked)
        verdict = built.matches(handle, data, address(source, len(data) % 3))
        if verdict != int(expected) or built.asked != list(asked):
            self.fail(f"the library says {verdict} and asks {built.asked}; by its documentation it "
                      f"says {int(expected)} and asks {list(asked)}; again by\n"
                      f"MC_CASE={shlex.quote(repr((tree, data, source)))}")
        return expected

    def test_random_filters_and_packets(self):
        generator = Filters(random.Random(SEED))
        counts = collections.Counter()
        by_kind = collections.defaultdict(collections.Counter)
        refused = 0
        for number in range(FILTERS):
            tree = generator.tree(number % 6)
            with Built() as built:
                try:
                    handle = built.build(tree)
                except Failure as failure:  # too large for RE2, or too costly
                    self.assertIn(failure.code, (mc.ERROR_PATTERN, mc.ERROR_COSTLY), tree)
                    refused += 1
                    continue
                for data, source in generator.packets(tree, PACKETS):
                    verdict = self.compare(built, handle, tree, data, source)
                    counts[verdict] += 1
                    by_kind[tree[0]][verdict] += 1
                    counts["asked"] += len(built.asked)
            generator.samples.clear()
        pairs = counts[True] + counts[False]
        print(f"{pairs} pairs, {counts[True] / pairs:.0%} of them match, {refused} filters refused; "
              f"callables asked {counts['asked']} times; "
              + ", ".join(f"{kind} {some[True]}:{some[False]}" for kind, some in by_kind.items()))
        self.assertLess(refused, FILTERS / 50)
        self.assertGreater(min(counts[True], counts[False]), OFTEN * pairs)
        for kind, some in by_kind.items():
            if kind != "everything":
                self.assertGreater(min(some[True], some[False]), 0.1 * some.total(), kind)
        self.assertGreater(counts["asked"], pairs / 20)

    @unittest.skipUnless("MC_CASE" in os.environ, "no case is given")
    def test_the_case(self):
        tree, data, source = ast.literal_eval(os.environ["MC_CASE"])
        with Built() as built:
            self.compare(built, built.build(tree), tree, data, source)


if __name__ == "__main__":
    unittest.main()
