"""Expressions mean what Python's re.match says of the packet's bytes, or are refused."""
import os
import random
import re
import unittest
import warnings

from fixture import DEADLINE  # which names the library
import multicast
from multicast import filters
from multicast._patterns import PatternRefused

PACKETS = [b"", b"a", b"b", b"ab", b"aab", b"ab\n", b"ab\n\n", b"\n", b"A", b"aB", b"\x0b",
           b"\xe9", b"\xc9", b"a b",
           b"a{,2}b", b"5", b"-", b"abc", b"ac", b"a_b", b"\x00", b"a\x00b", b"xab", b"ab\ncd",
           b"a]b",
           b"\xc3\xa9", b"\xc3\xa9\xc3\xa9", b"abab", b"aaaaaaaa", b"\x85", b"\xa0", b"."]


assert DEADLINE


class Patterns(unittest.TestCase):
    def agrees(self, pattern, packets=PACKETS, flags=0, costly=False):
        """Whether it is not refused; then it means the same."""
        compiled = re.compile(pattern, flags)
        reference = compiled
        if isinstance(pattern, str):
            reference = re.compile(pattern.encode(), flags & ~re.U)
        try:
            made = filters.regex(compiled, costly=costly)
        except PatternRefused:
            return False
        except multicast.ArgumentError as error:
            if error.name == "MC_ERROR_PATTERN":  # too large
                return False
            self.assertEqual(error.name, "MC_ERROR_COSTLY")
            return self.agrees(pattern, packets, flags, True)
        for packet in packets:
            meant = reference.match(packet) is not None
            if made.matches(packet) != meant:
                self.fail(f"{pattern!r} {flags} on {packet!r}: re says {meant}, the library is"
                          f" given {made}")
        return True

    def test_the_table_of_differences_is_translated(self):
        for pattern in (rb"ab$", rb"\s", rb"\S", rb"(?i)\xe9", rb"(?i)[^\xe9]", rb"a{,2}b",
                        rb"\B", rb"a\B", rb"a?\B", rb"ab\Z", rb"[\b]", rb"a(?#x)b", rb"(?x)a b # c",
                        rb"(?a)\w", rb"[]a]", rb"(?i)A", rb"(?i:a)B", rb"(?s).b", rb".", rb"a.b",
                        rb"(?m)^ab$", rb"(?m)ab$\n", rb"\x00", rb"[^\n]b", rb"[\w\s-]+$",
                        rb"(?P<n>a)b",
                        rb"(a|b)*c?$", rb"(?:ab|a$|\n$)", rb"a*?b", rb"a+?", rb"(?-i:a)(?i:B)",
                        rb"\Aab", rb"^^a", rb"\bab\b", rb"\d|\D", rb"[^\d\W]", rb"", rb"|a",
                        rb"b|a", rb"a|[Aa]", rb"(?:c|ab|a[bB])$"):
            with self.subTest(pattern):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", FutureWarning)
                    self.assertTrue(self.agrees(pattern))

    def test_what_the_library_cannot_do_is_refused(self):
        for pattern in (rb"(a.)\1", rb"(?P<n>a.)(?P=n)", rb"a(?=b)", rb"(?!ab)a", rb".(?<=a)b",
                        rb".(?<!a)b", rb"(a)?(?(1)b)", rb"(?L)\w", rb"a$b", rb"a$\b", rb"a$\Z",
                        rb"(a$)*", rb"(?:a$|b)c", "[a\u00e9]", "[^a\u00e9]", "[a-\u00e9]"):
            with self.subTest(pattern):
                with self.assertRaises(PatternRefused) as refused:
                    filters.regex(pattern)
                self.assertIn("expression", str(refused.exception))
        for pattern in (rb"(?>a+)b", rb"a++b"):  # since Python 3.11
            with self.assertRaises((PatternRefused, re.error)):
                filters.regex(pattern)
        with self.assertRaises(re.error):
            filters.regex("(")
        for pattern, name in (("a{1001}", "PATTERN"), (".*x.{20}y", "COSTLY")):
            with self.assertRaises(multicast.ArgumentError) as refused:
                filters.regex(pattern)
            self.assertEqual(refused.exception.name, "MC_ERROR_" + name)
        self.assertTrue(filters.regex(".*x.{20}y", costly=True).matches(b"x" + b"." * 20 + b"y"))

    def test_text_is_utf_8(self):
        for pattern in ("\u00e9", "\u00e9$", "a|\u00e9\u00e9", r"\w", "[a-z]+", r"\s", "(?i)ab"):
            self.assertTrue(self.agrees(pattern))
        self.assertTrue(filters.regex("(?:\u00e9){2}$").matches("\u00e9\u00e9"))
        self.assertTrue(filters.regex("\u00e9+$").matches("\u00e9\u00e9"))
        self.assertTrue(filters.regex(re.compile("(?u)a")).matches("a"))

    def test_flags_of_a_compiled_pattern(self):
        for flags in (re.I, re.M, re.S, re.X, re.I | re.S | re.M):
            for pattern in (rb"a.B", rb"^ab$", rb".b", rb"a b", rb"[^a]"):
                self.assertTrue(self.agrees(pattern, flags=flags))

    def test_random_expressions(self):
        seed = int(os.environ.get("SEED", "1"))
        rng = random.Random(seed)
        alphabet = [b"a", b"b", b"A", b".", b"\\n", b"\\s", b"\\w", b"\\D", b"[ab]", b"[^a]",
                    b"[\\s\\xe9]", b"\\B",
                    b"\\b", b"$", b"^", b"\\Z", b"\\xe9", b"\\x00", b"(?i:a)", b"[^\\W]"]

        def made(depth):
            parts = []
            for _ in range(rng.randint(0, 3)):
                if depth and rng.random() < 0.35:
                    either = b"|" * rng.randint(0, 1)
                    part = b"(?:" + made(depth - 1) + either + made(depth - 1) + b")"
                else:
                    part = rng.choice(alphabet)
                if rng.random() < 0.3 and part not in (b"$", b"^", b"\\b", b"\\B", b"\\Z"):
                    part += rng.choice([b"*", b"+", b"?", b"{2}", b"{,2}", b"{1,3}", b"*?", b"??"])
                parts.append(part)
            return b"".join(parts)

        accepted = 0
        for _ in range(1500):
            pattern = made(3)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    accepted += self.agrees(pattern, flags=rng.choice([0, 0, re.I, re.S, re.M]))
            except re.error:
                continue
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}") from None
        self.assertGreater(accepted, 500)


class Combined(unittest.TestCase):
    def test_each_kind(self):
        packet, addr = b"NOTIFY x", ("10.1.2.3", 5000)
        for made, text in (
                (filters.prefix("NOTIFY"), 'prefix "NOTIFY"'), (filters.size(8), "size 8"),
                (filters.bytes_at(7, b"x"), "bytes"),
                (filters.bytes_at(7, b"\x70", b"\xf0"), "bytes"),
                (filters.source("10.0.0.0/8"), "source 10.0.0.0/8"),
                (filters.everything(), "everything"),
                (filters.source_port(5000), "5000"), (filters.regex("N.*x$"), "regex"),
                (filters.function(lambda packet, addr: addr[1] == 5000), "callable"),
                (filters.prefix("N") & "NOT" & (lambda p, a: a == addr), "all of"),
                ((lambda p, a: False) | filters.size(8), "any of"), (~filters.prefix("x"), "not")):
            self.assertTrue(made.matches(packet, addr), made)
            self.assertIn(text, str(made))
        self.assertFalse(filters.source("10.0.0.0/8").matches(b""))
        self.assertTrue(filters.source("fe80::/10").matches(b"", ("fe80::1", 1, 0, 2)))
        self.assertFalse(filters.any_of().matches(b""))
        self.assertTrue(filters.all_of().matches(b""))

    def test_what_is_refused(self):
        for call in (lambda: filters.source("10.1.2.3/8"), lambda: filters.size(5, 4),
                     lambda: filters.size(-1),
                     lambda: filters.source_port(70000), lambda: filters.source_port(5, 4),
                     lambda: filters.bytes_at(0, b"ab", b"a"),
                     lambda: filters.bytes_at(70000, b"a"),
                     lambda: filters.everything().matches(b"", "nowhere"),
                     lambda: filters.everything() & 5,
                     lambda: filters.function(5), lambda: filters.prefix(5),
                     lambda: filters.not_(None)):
            with self.assertRaises((ValueError, TypeError)):
                call()
        nested = filters.prefix("a")
        with self.assertRaises(ValueError):
            for _ in range(40):
                nested = ~nested


if __name__ == "__main__":
    unittest.main()
