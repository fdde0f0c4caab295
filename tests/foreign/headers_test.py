"""mc.py is what the headers say: every function, struct, callback and constant of them.

  CC and MC_INCLUDE name the C compiler and the folder of the headers.
"""
import ctypes
import os
import re
import subprocess
import tempfile
import unittest

import mc
from mc import (POINTER, c_char_p, c_double, c_int, c_size_t, c_uint8, c_uint16, c_uint32,
                c_uint64, c_void_p, handle)

HEADERS = ("errors", "filter", "listener", "multicast", "multicaster", "poller", "types")
HANDLES = ("poller", "listener", "multicaster", "timer", "filter")
STRUCTS = ("address", "packet", "packed", "buffer", "interface", "event", "stats")
# What ctypes takes for a type of C. `const` says nothing to ctypes, and is left out.
TYPES = {
    "void": None, "int": c_int, "double": c_double, "size_t": c_size_t, "uint8_t": c_uint8,
    "uint16_t": c_uint16, "uint32_t": c_uint32, "uint64_t": c_uint64, "char*": c_char_p,
    "char**": POINTER(c_char_p),
    "void*": c_void_p, "uint8_t*": POINTER(c_uint8),
    "uint32_t*": POINTER(c_uint32),
    **{f"mc_{name}*": handle for name in HANDLES},
    **{f"mc_{name}**": POINTER(handle) for name in HANDLES},
    **{f"mc_{name}{'*' * stars}": kind for name in STRUCTS for stars, kind in enumerate(
        (getattr(mc, name), POINTER(getattr(mc, name)), POINTER(POINTER(getattr(mc, name))),
         POINTER(POINTER(POINTER(getattr(mc, name))))))},
}


def headers():
    text = ""
    for name in HEADERS:
        path = os.path.join(os.environ["MC_INCLUDE"], "multicast", name + ".h")
        with open(path, encoding="utf-8") as file:
            text += re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.DOTALL)
    return text


def of_c(text):
    """The ctypes type of a C type."""
    text = re.sub(r"\bconst\b|\s", "", text)
    return getattr(mc, text[3:]) if text.endswith("_fn") else TYPES[text]


def parameters(text):
    text = text.strip()
    if text == "void":
        return []
    return [of_c(re.match(r"(.*?)\w+$", each.strip(), re.DOTALL).group(1)) for each in
            text.split(",")]


def run_c(program):
    """What a C program that includes the headers prints, as lines of two words."""
    cc, include = os.environ["CC"], os.environ["MC_INCLUDE"]
    source = "#include <multicast/multicast.h>\n#include <stdio.h>\n" + program
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "print")
        subprocess.run([cc, "-std=c11", "-I", include, "-x", "c", "-", "-o", path], check=True,
                       input=source, text=True)
        printed = subprocess.run([path], check=True, capture_output=True, text=True).stdout
    return dict(line.split(" ", 1) for line in printed.splitlines())


class Headers(unittest.TestCase):
    def test_every_function_is_declared_with_its_types(self):
        found = re.findall(r"^MC_API\s+([^;]*?)(mc_\w+)\(([^;]*)\);", headers(), re.MULTILINE)
        self.assertGreaterEqual(len(found), 82)
        for result, name, arguments in found:
            with self.subTest(name):
                declared = getattr(mc, name[3:])
                self.assertEqual(declared.__name__, name)
                self.assertIs(declared.restype, of_c(result))
                self.assertEqual(list(declared.argtypes), parameters(arguments))
        known = {name for _, name, _ in found}
        declared = {thing.__name__ for thing in vars(mc).values()
                    if isinstance(thing, mc.library._FuncPtr)}
        self.assertEqual(declared, known)

    def test_every_function_is_used_by_a_test(self):
        folder = os.path.dirname(os.path.abspath(__file__))
        texts = []
        for name in os.listdir(folder):
            if name.endswith(".py") and name != "mc.py":
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    texts.append(file.read())
        used = set(re.findall(r"\bmc\.(\w+)", "\n".join(texts)))
        names = set(re.findall(r"\bmc_(\w+)\(", "\n".join(re.findall(r"^MC_API[^;]*;", headers(),
                                                                   flags=re.MULTILINE))))
        self.assertGreater(len(names), 80)
        self.assertEqual(names - used, set())

    def test_every_callback_has_its_types(self):
        found = re.findall(r"^typedef (\w+) \(\*(mc_\w+)\)\((.*?)\);", headers(),
                           re.MULTILINE | re.DOTALL)
        self.assertGreaterEqual(len(found), 10)
        for result, name, arguments in found:
            with self.subTest(name):
                declared = getattr(mc, name[3:])
                self.assertIs(declared._restype_, of_c(result))
                self.assertEqual(list(declared._argtypes_), parameters(arguments))

    def test_every_struct_has_its_members_where_c_has_them(self):
        found = re.findall(r"^typedef struct (mc_\w+) \{(.*?)\} \1;", headers(),
                           re.MULTILINE | re.DOTALL)
        self.assertEqual({name[3:] for name, _ in found}, set(STRUCTS))
        lines = ""
        for name, body in found:
            members = re.findall(r"(\w+)(?:\[\d+\])?;", body)
            self.assertEqual([field for field, _ in getattr(mc, name[3:])._fields_], members)
            lines += f'printf("{name} %zu %zu\\n", sizeof({name}), _Alignof({name}));\n'
            for member in members:
                lines += (f'printf("{name}.{member} %zu %zu\\n", offsetof({name}, {member}), '
                          f"sizeof((({name}*)0)->{member}));\n")
        of_python = {}
        for name, _ in found:
            struct = getattr(mc, name[3:])
            of_python[name] = f"{ctypes.sizeof(struct)} {ctypes.alignment(struct)}"
            for field, _ in struct._fields_:
                place = getattr(struct, field)
                of_python[f"{name}.{field}"] = f"{place.offset} {place.size}"
        self.assertEqual(of_python, run_c("int main(void) {\n" + lines + "}\n"))

    def test_every_constant_has_its_value(self):
        names = set(re.findall(r"^\s*#\s*define (MC_[A-Z0-9_]+) ", headers(), re.MULTILINE))
        names -= {"MC_API"}
        self.assertGreaterEqual(len(names), 70)
        program = """
          static void number(const char* name, long long it) { printf("%s %lld\\n", name, it); }
          static void text(const char* name, const char* it) { printf("%s %s\\n", name, it); }
          #define PRINT(name) _Generic((name), char*: text, default: number)(#name, name);
        """ + "int main(void) {" + " ".join(f"PRINT({name})" for name in sorted(names)) + "}"
        of_python = {}
        for name, value in vars(mc).items():
            if re.fullmatch("[A-Z][A-Z0-9_]+", name) and isinstance(value, (int, bytes)):
                of_python["MC_" + name] = value.decode() if isinstance(value, bytes) else str(value)
        self.assertEqual(of_python, run_c(program))


if __name__ == "__main__":
    unittest.main()
