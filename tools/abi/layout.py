"""Asks the compiler what only it knows: the values of constants, sizes, offsets."""
import os
import pathlib
import shlex
import subprocess
import tempfile

_HEAD = """
#include <multicast/multicast.h>
#include <stdio.h>
static void number(const char* name, long long it) { printf("%s=%lld\\n", name, it); }
static void text(const char* name, const char* it) { printf("%s=\\"%s\\n", name, it); }
#define CONSTANT(name) _Generic((name), char*: text, default: number)(#name, name);
#define STRUCT(name) printf(#name "=%zu %zu\\n", sizeof(name), _Alignof(name));
#define FIELD(name, field) printf(#name "." #field "=%zu %zu\\n", offsetof(name, field), \\
                                  sizeof(((name*)0)->field));
int main(void) {
"""


def _printed(found, include):
    lines = [f"CONSTANT({each['name']})" for each in found["constants"]]
    for struct in found["structs"]:
        lines.append(f"STRUCT({struct['name']})")
        lines += [f"FIELD({struct['name']}, {field['name']})" for field in struct["fields"]]
    compiler = shlex.split(os.environ.get("CC", "cc"))
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "print"
        subprocess.run([*compiler, "-std=c11", "-I", str(include), "-x", "c", "-", "-o",
                        str(program)], input=_HEAD + "\n".join(lines) + "\nreturn 0; }\n",
                       text=True, check=True)
        printed = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    return dict(line.split("=", 1) for line in printed.splitlines())


def add(found, include):
    """Writes into what headers.read found what the compiler makes of it."""
    told = _printed(found, include)
    for constant in found["constants"]:
        value = told[constant["name"]]
        constant["value"] = value[1:] if value.startswith('"') else int(value)
        del constant["text"]
    for struct in found["structs"]:
        struct["size"], struct["align"] = map(int, told[struct["name"]].split())
        for field in struct["fields"]:
            place = told[f"{struct['name']}.{field['name']}"]
            field["offset"], field["size"] = map(int, place.split())
