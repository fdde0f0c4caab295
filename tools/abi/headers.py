"""Reads the public headers: what they declare, as plain dictionaries, and what their comments say.

The headers are regular, and only what they use is understood; anything else is an error, so that
nothing is left out silently. Values and layouts are the compiler's business: see layout.py.
"""
import pathlib
import re

NAMES = ("types", "errors", "filter", "listener", "multicaster", "poller", "multicast")

_TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/)
  | (?P<blank>\n[ ]*\n)
  | (?P<space>\s+)
  | (?P<struct>typedef\ struct\ (?P<tag>mc_\w+)\ \{(?P<body>.*?)\}\ (?P=tag);)
  | (?P<handle>typedef\ struct\ (?P<opaque>mc_\w+)\ (?P=opaque);)
  | (?P<callback>typedef\ [^;{]*\(\*mc_\w+\)\([^;]*\);)
  | (?P<function>MC_API\ [^;]*;)
  | (?P<constant>\#define\ (?!MC_API\b)MC_\w+[ ]+(?:"[^"\n]*"|(?!/\*)[^\n])+?(?=[ ]*(?:/\*|\n)))
  | (?P<skipped>\#(?:define\ (?:MC_API\b|MULTICAST_\w+_H)|ifndef|ifdef|endif|include)[^\n]*
      | extern\ "C"\ \{ | \})
""", re.VERBOSE | re.DOTALL)

_OWNERSHIP = re.compile(
    r"\b(lent|lends|(be|is|was) freed|freed by|free (his|your)|frees it|copied|valid until|"
    r"stay valid|keeps? (it|its own)|(nothing|rest) (was|is) kept|stays? the caller's|holds it|"
    r"gives the handle up|was not taken|destroy)\b", re.IGNORECASE)


def plain(comment):
    """The text of a comment, on one line."""
    text = re.sub(r"^/\*+|\*+/$", "", comment.strip())
    return " ".join(re.sub(r"^\s*\* ?", "", text, flags=re.MULTILINE).split())


def sentences(text):
    return re.split(r"(?<=[.;:?!])\s+(?=[A-Z*&\"(]|mc_)", text)


def of_ownership(text):
    """The sentences of a comment that say who owns what, and how long."""
    return [each for each in sentences(text) if _OWNERSHIP.search(each)]


def of_errors(text):
    """The codes that a comment names, in the order of their names."""
    return sorted(set(re.findall(r"\bMC_ERROR_\w+|(?<=-)E[A-Z]{3,}\b", text)))


def type_of(text):
    """A C type in the one way in which it is written here: `const mc_packet* const*`."""
    return re.sub(r"\s*\*", "*", " ".join(text.split()))


def parameter(text):
    kind, name = re.fullmatch(r"(.*?)(\w+)", text.strip(), re.DOTALL).groups()
    return {"name": name, "type": type_of(kind)}


def parameters(text):
    return [] if text.strip() == "void" else [parameter(each) for each in text.split(",")]


class _Reader:
    """One pass over a header. A comment belongs to all declarations of its paragraph."""

    def __init__(self, header, text, found):
        self.header, self.found = header, found
        self.section = self.doc = ""
        self.declared = None  # what stands on the line that is being read
        self.read(text)

    def read(self, text):
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if not token:
                line = text.count("\n", 0, at) + 1
                raise SystemExit(f"{self.header}:{line}: this is not understood: "
                                 f"{text[at:at + 60]!r}")
            at = token.end()
            getattr(self, "on_" + _kind(token))(token)

    def on_comment(self, token):
        text = plain(token["comment"])
        if text.startswith("----"):
            self.section = text.strip("- ")
            self.doc = ""
        elif self.declared is not None:
            self.declared["note"] = text
        else:
            self.doc = text

    def on_blank(self, token):
        self.doc, self.declared = "", None

    def on_space(self, token):
        if "\n" in token["space"]:
            self.declared = None

    def on_skipped(self, token):
        self.declared = None

    def add(self, kind, **what):
        what = {"name": what.pop("name"), "header": self.header, "section": self.section, **what}
        if self.doc:
            what["doc"] = self.doc
            ownership = of_ownership(self.doc)
            if ownership:
                what["ownership"] = ownership
            if kind == "functions" and of_errors(self.doc):
                what["errors"] = of_errors(self.doc)
        self.found[kind].append(what)
        self.declared = what
        return what

    def on_handle(self, token):
        self.add("handles", name=token["opaque"])

    def on_constant(self, token):
        name, text = re.fullmatch(r"#define (\w+)\s+(.*)", token["constant"]).groups()
        self.add("constants", name=name, text=text)

    def on_struct(self, token):
        struct = self.add("structs", name=token["tag"])
        struct["fields"] = list(_fields(token["body"]))
        self.declared = None

    def on_callback(self, token):
        result, name, given = re.fullmatch(r"typedef (.*?) ?\(\*(\w+)\)\((.*)\);",
                                           token["callback"], re.DOTALL).groups()
        self.add("callbacks", name=name, result=type_of(result), parameters=parameters(given))

    def on_function(self, token):
        result, name, given = re.fullmatch(r"MC_API (.*?)(mc_\w+)\((.*)\);",
                                           token["function"], re.DOTALL).groups()
        self.add("functions", name=name, result=type_of(result), parameters=parameters(given))


def _kind(token):
    return next(kind for kind in ("comment", "blank", "space", "struct", "handle", "callback",
                                  "function", "constant", "skipped") if token[kind] is not None)


def _fields(body):
    """The members of a struct. A comment on a line of its own is told of all that follow."""
    about, last = "", None
    for comment, declaration, line in re.findall(r"(/\*.*?\*/)|([^;/\s][^;/]*);|(\n)", body,
                                                 re.DOTALL):
        if line:
            last = None
        elif declaration:
            kind, name, length = re.fullmatch(r"(.*?)(\w+)(?:\[(\d+)\])?", declaration.strip(),
                                              re.DOTALL).groups()
            last = {"name": name, "type": type_of(kind)}
            if length:
                last["length"] = int(length)
            if about:
                last["about"] = about
            yield last
        elif last is not None:
            last["doc"] = plain(comment)
        else:
            about = plain(comment)


def conventions(text):
    """The numbered conventions at the head of multicast.h, by their number."""
    head = plain(text[:text.index("*/") + 2])
    parts = re.split(r"\s(\d{1,2})\. (?=[A-Z`])", head[head.index("CONVENTIONS"):])
    return dict(zip(parts[1::2], parts[2::2]))


def read(folder):
    """Everything that the headers in include/multicast declare."""
    folder = pathlib.Path(folder)
    there = {path.stem for path in folder.glob("*.h")}
    if there != set(NAMES):
        raise SystemExit(f"tools/abi/headers.py names other headers than there are: "
                         f"{sorted(there ^ set(NAMES))}")
    found = {"conventions": {}, "handles": [], "constants": [], "structs": [], "callbacks": [],
             "functions": []}
    for name in NAMES:
        text = (folder / f"{name}.h").read_text(encoding="utf-8")
        _Reader(f"{name}.h", text, found)
        if name == "multicast":
            found["conventions"] = conventions(text)
    freed = {each["name"] for each in found["functions"]}
    for handle in found["handles"]:
        if handle["name"] + "_free" in freed:
            handle["free"] = handle["name"] + "_free"
    for function in found["functions"]:
        _note_roles(function, freed)
    return found


def _note_roles(function, functions):
    """What a parameter's type and name say by convention: new handles, and callbacks with what
    travels along."""
    names = [each["name"] for each in function["parameters"]]
    for each in function["parameters"]:
        if each["name"] == "out" and each["type"].endswith("**"):
            free = re.sub(r"^const |\*.*", "", each["type"]) + "_free"
            if function["name"] + "_free" in functions:
                free = function["name"] + "_free"
            each["role"] = "new"
            if free in functions:
                each["free"] = free
        elif each["type"].endswith("_fn"):
            each["role"] = "destroy" if each["type"] == "mc_destroy_fn" else "callback"
        elif each["name"] == "user" and any(name in names for name in ("fn", "handler",
                                                                       "on_read")):
            each["role"] = "user"
