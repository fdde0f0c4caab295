"""The interface as JSON: docs/abi.json."""
import json

ABOUT = [
    "The C interface of libmulticast for programs: made from include/multicast/*.h by"
    " tools/abi/generate.py, never by hand.",
    "conventions: what holds for every function, by number, as the comments refer to it.",
    "handles: opaque structs, passed as pointers, and the function that frees them.",
    "constants: integers, or texts in UTF-8.",
    "structs: sizes, offsets and alignment in bytes, on Linux for x86-64 and arm64 (LP64, little"
    " endian). A field with a length is an array. Structs whose doc says that they grow may be"
    " longer in a later library: never copy one by assignment or step over an array of them.",
    "callbacks: pointers to functions; `user` is handed to them as it was given.",
    "functions: in the order of the headers. role: `new` is where a new handle, or list, is"
    " written, `free` is what frees it; `callback`, `user` and `destroy` travel together"
    " (convention 4).",
    "doc: the comment of the declaration, `note` the one behind it; `about` is told of a run of"
    " fields. ownership: those sentences of it that say who owns what, and how long. errors: the"
    " codes it names, besides those of convention 1; E... are returned as -errno.",
]


def write(found):
    constants = {each["name"]: each["value"] for each in found["constants"]}
    version = ".".join(str(constants["MC_VERSION_" + part]) for part in ("MAJOR", "MINOR", "PATCH"))
    whole = {
        "about": ABOUT,
        "format": 1,
        "version": version,
        "soname": f"libmulticast.so.{constants['MC_VERSION_MAJOR']}",
        **found,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
