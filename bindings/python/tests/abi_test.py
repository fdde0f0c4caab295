"""The declarations are those of docs/abi.json, and what ctypes makes of them is what the compiler
says; the library has them all. ABI_JSON names the file."""
import ctypes
import json
import os
import unittest

from fixture import DEADLINE  # which names the library
from multicast import _abi
from multicast._library import C

with open(os.environ["ABI_JSON"], encoding="utf-8") as file:
    ABI = json.load(file)

assert DEADLINE


class Abi(unittest.TestCase):
    def test_constants(self):
        for each in ABI["constants"]:
            value = getattr(_abi, each["name"])
            self.assertEqual(value.decode() if isinstance(value, bytes) else value, each["value"])

    def test_layouts(self):
        for struct in ABI["structs"]:
            made = getattr(_abi, struct["name"])
            self.assertEqual((ctypes.sizeof(made), ctypes.alignment(made)),
                             (struct["size"], struct["align"]))
            for field in struct["fields"]:
                place = getattr(made, field["name"])
                self.assertEqual((place.offset, place.size), (field["offset"], field["size"]))

    def test_functions(self):
        C.mc_version()
        for each in ABI["functions"]:
            declared = getattr(C, each["name"])
            self.assertEqual(len(declared.argtypes), len(each["parameters"]))
        for each in ABI["callbacks"]:
            self.assertEqual(len(getattr(_abi, each["name"])._argtypes_), len(each["parameters"]))


if __name__ == "__main__":
    unittest.main()
