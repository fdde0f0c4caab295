"""The interface as ffi.cdef of LuaJIT takes it, and cffi for Python: C without a preprocessor.

Integers stand in enums of one each, so that they are ffi.C.MC_... or a library's member; texts
stand in comments. MC_VERSION_NUMBER and the like are the compiler's values.
"""


def _list(each):
    return ", ".join(f"{given['type']} {given['name']}" for given in each["parameters"]) or "void"


def _constants(found):
    for each in found["constants"]:
        if isinstance(each["value"], str):
            yield f'/* {each["name"]} "{each["value"]}" */'
        else:
            yield f"enum {{ {each['name']} = {each['value']} }};"


def write_luajit(found):
    """A module of LuaJIT, which declares everything and returns the library."""
    return f"""\
-- libmulticast's C interface for LuaJIT. Made by tools/abi/generate.py.
--
--   local mc = require("multicast")
--   print(ffi.string(mc.mc_version()), mc.MC_DEFAULT_PORT)
local ffi = require("ffi")

ffi.cdef [[
{write(found)}]]

return ffi.load("libmulticast.so.0")
"""


def write(found):
    lines = ["/* libmulticast's C interface for ffi.cdef. Made by tools/abi/generate.py. */", "",
             *_constants(found), ""]
    lines += [f"typedef struct {each['name']} {each['name']};" for each in found["handles"]]
    for struct in found["structs"]:
        lines += ["", f"typedef struct {struct['name']} {{"]
        for field in struct["fields"]:
            length = f"[{field['length']}]" if "length" in field else ""
            lines.append(f"  {field['type']} {field['name']}{length};")
        lines.append(f"}} {struct['name']};")
    lines.append("")
    lines += [f"typedef {each['result']} (*{each['name']})({_list(each)});"
              for each in found["callbacks"]]
    lines.append("")
    lines += [f"{each['result']} {each['name']}({_list(each)});" for each in found["functions"]]
    return "\n".join(lines) + "\n"
