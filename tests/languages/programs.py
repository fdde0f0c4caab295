"""The programs of examples/ffi, as a newcomer has them: each in a folder of its own, built and
started by the commands of docs/languages.md, with the library installed.

usage: programs.py PREFIX WORK    builds all of them below WORK; PREFIX is where the library is
"""
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
PAGE = SOURCE / "docs" / "languages.md"

# What each needs to be built and to run, and its section of the page.
NEEDS = {
    "c": ("C", ["cc"]),
    "cpp": ("C++", ["c++"]),
    "go": ("Go", ["go", "cc"]),
    "lua": ("LuaJIT", ["luajit"]),
    "node": ("Node", ["node"]),
    "ruby": ("Ruby", ["ruby"]),
    "rust": ("Rust", ["rustc", "cc"]),
}


class Missing(Exception):
    """What a language needs is not on this machine."""


def environment(prefix, folder):
    """What a newcomer's shell has when the library is installed, and caches that stay in FOLDER."""
    (package,) = glob.glob(f"{prefix}/**/multicast.pc", recursive=True)
    libraries = os.path.dirname(os.path.dirname(package))
    tools = folder / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    for name, chosen in (("cc", "CC"), ("c++", "CXX"), ("pkg-config", "PKG_CONFIG")):
        program = shutil.which(os.environ.get(chosen, name))
        if program and not (tools / name).exists():
            (tools / name).symlink_to(program)
    kept = {key: value for key, value in os.environ.items() if not key.endswith("FLAGS")}
    # CC as a newcomer has it; the compiler under test has this name here.
    return {**kept, "PATH": f"{tools}:{os.environ['PATH']}", "CC": "cc", "CXX": "c++",
            "PKG_CONFIG_PATH": os.path.dirname(package), "LD_LIBRARY_PATH": libraries,
            "GOCACHE": str(folder / "go-cache"), "npm_config_cache": str(folder / "npm-cache")}


def commands(language):
    """The commands of its section after `cd`: those that build, and the words that start it."""
    page = PAGE.read_text(encoding="utf-8")
    title = re.escape(NEEDS[language][0])
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)[1]
    lines = re.findall(r"^    (\S.*)$", section, re.MULTILINE)
    at = lines.index(f"cd examples/ffi/{language}")
    build = []
    for line in lines[at + 1:]:
        if " listen " in line:
            return build, line.split(" listen ")[0].split()
        build.append(line)
    raise AssertionError(f"docs/languages.md does not say how to start {title}")


class Program:
    """One language's program, built below WORK."""

    def __init__(self, language, prefix, work):
        self.folder = work.resolve() / language
        self.environment = environment(prefix.resolve(), self.folder)
        if language == "python":
            self.build, self.start = [], [sys.executable, "-u", str(HERE / "talk.py")]
            return
        for needed in NEEDS[language][1]:
            if not shutil.which(needed, path=self.environment["PATH"]):
                raise Missing(f"{needed} is missing; ./dev test languages installs it")
        self.build, self.start = commands(language)
        shutil.copytree(SOURCE / "examples" / "ffi" / language, self.folder, dirs_exist_ok=True)

    def make(self, network=False):
        """Builds it. Without the network, what npm would bring must be there already."""
        for command in self.build:
            if command.startswith("npm ") and not network:
                if not (self.folder / "node_modules" / "koffi").exists():
                    raise Missing("koffi is missing; ./dev test languages installs it")
                continue
            done = subprocess.run(command, shell=True, cwd=self.folder, env=self.environment,
                                  text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=300, check=False)
            if done.returncode != 0:
                raise AssertionError(f"{command}\n{done.stdout}")
        return self

    def run(self, *words, before=(), **changed):
        """Starts it. Its output is not buffered here, so that lines and the rest may be read."""
        return subprocess.Popen([*before, *self.start, *words], cwd=self.folder, bufsize=0,
                                env={**self.environment, **changed}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def main():
    prefix, work = map(pathlib.Path, sys.argv[1:])
    failed = 0
    for language in [*NEEDS, "python"]:
        try:
            Program(language, prefix, work).make(network=True)
        except (Missing, AssertionError) as problem:
            print(f"{language}: {problem}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
