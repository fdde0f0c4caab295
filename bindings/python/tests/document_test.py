"""The examples of the document, and those of the package's own comments."""
import contextlib
import doctest
import importlib
import inspect
import io
import os
import re
import unittest

import multicast
from fixture import Case


class NoEcho(doctest.OutputChecker):
    """Python echoes what an expression gives; of a listener, the document leaves that out."""

    def check_output(self, want, got, flags):
        if want == "" and got.startswith("<multicast.") and got.count("\n") == 1:
            return True
        return super().check_output(want, got, flags)


class Document(Case):
    def check(self, test):
        runner = doctest.DocTestRunner(NoEcho())
        outcome = runner.run(test)
        self.assertEqual(outcome.failed, 0)
        return outcome.attempted

    def test_the_examples_of_the_document(self):
        path = os.path.join(os.path.dirname(__file__), "document.txt")
        with open(path, encoding="utf-8") as file:
            test = doctest.DocTestParser().get_doctest(file.read(), {}, "document", path, 0)
        self.assertEqual(self.check(test), 11)

    def test_the_examples_of_the_package(self):
        self.assertEqual(sum(map(self.check, doctest.DocTestFinder().find(multicast))), 5)

    def test_the_programs_of_the_pages(self):
        here, docs = os.path.dirname(__file__), os.path.dirname(os.environ["ABI_JSON"])
        for path, expected in ((os.path.join(here, "..", "README.md"), ["b'temp=21'", "b'temp=0'"]),
                               (os.path.join(docs, "languages.md"),
                                ["b'3'", "b'2'", "b'1'", "b'bye'", "b'1'"])):
            with open(path, encoding="utf-8") as file:
                program = re.search(r"^```python\n(.*?)^```", file.read(), re.M | re.S)[1]
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(program, path, "exec"), {"__name__": "page"})
            lines = printed.getvalue().splitlines()
            self.assertEqual([re.search("b'.*?'", line)[0] for line in lines], expected)

    def test_the_documented_signatures(self):
        group, port = "224.0.42.42", 4242
        documented = {
            "sendto": {"ip": group, "port": port, "ttl": 1},
            "listen": {"ip": group, "port": port, "mtu": 4096, "limit": None},
            "Multicaster": {"ip": group, "port": port, "ttl": 1},
            "MulticastListener": {"filter": None, "ip": group, "port": port, "mtu": 4096},
            "register": {"flags": 0}, "unregister": {}, "poll": {"timeout": 0},
            "loop": {"timeout": 0, "interval": 0}}
        for name, defaults in documented.items():
            with self.subTest(name):
                told = inspect.signature(getattr(multicast, name)).parameters
                given = {each.name: each.default for each in told.values()
                         if each.kind is each.POSITIONAL_OR_KEYWORD
                         and each.default is not each.empty}
                given.pop("packet_handler", None)
                self.assertEqual(given, defaults)
        for name in ("poll", "loop", "register", "unregister"):
            of_module = list(inspect.signature(getattr(multicast, name)).parameters)
            of_class = list(inspect.signature(getattr(multicast.Poller, name)).parameters)
            self.assertEqual(of_class, ["self", *of_module])

    def test_the_default_poller_has_its_documented_name(self):
        self.assertIs(getattr(multicast, "__defaultPoller"), multicast.default_poller())

    def test_everything_public_is_told_of(self):
        modules = [importlib.import_module("multicast." + name) for name in (
            "aio", "filters", "groups", "interfaces", "listener", "multicaster", "packets", "poller",
            "pulling", "simple", "stats", "timers")]
        for module in [multicast, *modules]:
            self.assertTrue(module.__doc__)
            for name, thing in vars(module).items():
                if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
                    continue
                if inspect.isfunction(thing) or inspect.isclass(thing):
                    self.assertTrue(thing.__doc__, name)
                for method, each in vars(thing).items() if inspect.isclass(thing) else ():
                    if not method.startswith("_") and inspect.isfunction(each):
                        self.assertTrue(each.__doc__, f"{name}.{method}")


if __name__ == "__main__":
    unittest.main()
