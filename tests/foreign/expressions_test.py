"""The tables of docs/filters.md that say where expressions differ from Python's re, row by row."""
import ast
import ctypes
import os
import re
import sys
import unittest
import warnings

import mc
from fixture import ok

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "..", "docs", "filters.md")
ROW = re.compile(r"^\| `(.+?)` \| (?:`(.+?)`|nothing) \| (yes|no|refused) \| (yes|no|refused) \|(.*)\|$")
OF_TABLES = range(11, 14)  # minor versions of Python 3 that they are about


def rows():
    """Expression, packet, what Python says, what the library says, remark."""
    with open(PAGE, encoding="utf-8") as file:
        page = file.read().split("### Where it differs from Python's `re`")[1].split("\n## ")[0]
    for line in page.splitlines():
        if line.startswith("| `"):
            found = ROW.match(line)
            if found is None:
                raise ValueError(f"not a row: {line}")
            expression, packet, python, here, remark = found.groups()
            packet = ast.literal_eval(f'b"{packet or ""}"')
            yield expression.encode(), packet, python, here, remark.strip()


def of_python(expression, packet):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sets that may mean something else one day
        try:
            return "yes" if re.match(expression, packet) else "no"
        except re.error:
            return "refused"


def of_library(expression, packet):
    filter = mc.handle()
    outcome = mc.filter_regex(ctypes.byref(filter), expression, len(expression))
    if outcome == mc.ERROR_PATTERN:
        return "refused"
    ok(outcome)
    verdict = ok(mc.filter_matches(filter, packet, len(packet), None))
    mc.filter_free(filter)
    return "yes" if verdict == 1 else "no"


class Differences(unittest.TestCase):
    def test_each_row_is_so(self):
        found = list(rows())
        self.assertGreater(len(found), 30)
        for expression, packet, python, here, _ in found:
            with self.subTest(expression=expression, packet=packet):
                self.assertNotEqual(python, here)
                self.assertEqual(of_library(expression, packet), here)
                if sys.version_info[:1] == (3,) and sys.version_info[1] in OF_TABLES:
                    self.assertEqual(of_python(expression, packet), python)

    def test_what_is_written_instead_means_what_python_means(self):
        seen = 0
        for expression, packet, python, _, remark in rows():
            instead = re.match(r"^`(.+?)`", remark)
            if instead is None or python == "refused":
                continue
            seen += 1
            with self.subTest(expression=expression, packet=packet):
                self.assertEqual(of_library(instead.group(1).encode(), packet), python)
        self.assertGreater(seen, 10)


if __name__ == "__main__":
    unittest.main()
