"""The interface as ctypes takes it: bindings/python/multicast/_abi.py.

Pointers are numbers there (c_void_p): that is the quickest, takes bytes and None as well, and keeps
types of pointers out of callbacks; only texts are c_char_p.
"""
HEAD = '''\
"""The C interface of libmulticast, for ctypes. Made by tools/abi/generate.py: not to be edited.

Names are C's. Pointers are numbers (c_void_p), which also takes bytes, arrays, byref() and None;
texts are c_char_p. What a function does is told by the headers, and by docs/abi.json.
"""
from ctypes import (CDLL, CFUNCTYPE, Array, Structure, c_char_p, c_double, c_int, c_size_t, c_uint8,
                    c_uint16, c_uint32, c_uint64, c_void_p)
from typing import Any, Callable, Optional
'''

SCALARS = {"void": "None", "int": "c_int", "double": "c_double", "size_t": "c_size_t",
           "uint8_t": "c_uint8", "uint16_t": "c_uint16", "uint32_t": "c_uint32",
           "uint64_t": "c_uint64", "const char*": "c_char_p", "char*": "c_void_p"}


def _type(kind, structs=()):
    if kind in SCALARS:
        return SCALARS[kind]
    if kind in structs:
        return kind
    if kind.endswith("*") or kind.endswith("_fn"):
        return "c_void_p"
    raise SystemExit(f"tools/abi/ctypes_form.py knows no type {kind}")


def _python(field):
    """What Python sees in a field."""
    if "length" in field:
        return "Array[c_uint8]"
    if field["type"] == "const char*":
        return "Optional[bytes]"
    if field["type"].endswith("*"):
        return "Optional[int]"
    return field["type"] if field["type"].startswith("mc_") else "int"


def _joined(words, first, indent):
    """Words with commas, in lines of at most 100 columns."""
    lines, line = [], first
    for at, word in enumerate(words):
        word += "," if at + 1 < len(words) else ""
        if len(line) + len(word) + 1 > 98:
            lines.append(line.rstrip())
            line = " " * indent
        line += word + " "
    return "\n".join([*lines, line.rstrip()])


def _constants(found):
    yield "# ---- Constants ---------------------------------------------------"
    yield ""
    for each in found["constants"]:
        value = each["value"]
        yield f"{each['name']} = {value.encode() if isinstance(value, str) else value!r}"


def _struct(struct, structs):
    yield ""
    yield ""
    yield f"class {struct['name']}(Structure):"
    yield f"    # {struct['size']} bytes"
    for field in struct["fields"]:
        yield f"    {field['name']}: \"{_python(field)}\""
    yield "    _fields_ = ["
    for field in struct["fields"]:
        kind = _type(field["type"], structs)
        if "length" in field:
            kind += f" * {field['length']}"
        yield f"        (\"{field['name']}\", {kind}),"
    yield "    ]"


def _functions(found):
    for each in found["functions"]:
        words = [_type(given["type"]) for given in each["parameters"]]
        first = f"        self.{each['name']} = declared("
        head = [f'"{each["name"]}"', _type(each["result"]), *words]
        if len(first) > 60:
            yield first
            yield _joined(head, " " * 12, 12) + ")"
        else:
            yield _joined(head, first, len(first)) + ")"


def write(found):
    structs = {each["name"] for each in found["structs"]}
    lines = [HEAD, *_constants(found), "",
             "# ---- Structs ---------------------------------------------------"]
    for struct in found["structs"]:
        lines += _struct(struct, structs)
    lines += ["", "",
              "# ---- Callbacks ---------------------------------------------------",
              ""]
    for each in found["callbacks"]:
        words = [_type(each["result"]), *(_type(given["type"]) for given in each["parameters"])]
        first = f"{each['name']} = CFUNCTYPE("
        lines.append(_joined(words, first, len(first)) + ")")
    lines += ["", "",
              "# ---- Functions ---------------------------------------------------",
              "", "",
              "class Functions:",
              '    """Every function of the library, declared. AttributeError: it lacks one."""',
              "",
              "    def __init__(self, library: CDLL) -> None:",
              "        def declared(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:",
              "            function = getattr(library, name)",
              "            function.restype = result",
              "            function.argtypes = arguments",
              "            return function  # type: ignore[no-any-return]",
              ""]
    lines += _functions(found)
    return "\n".join(lines) + "\n"
