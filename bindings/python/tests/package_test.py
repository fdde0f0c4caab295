"""The wheel and the source distribution, built without a network, and used."""
import importlib.util
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

HERE = pathlib.Path(__file__).resolve().parents[1]
USE = """
import multicast, sys
if len(sys.argv) > 1:
    multicast.use_library(sys.argv[1])
listener = multicast.listen()
multicast.sendto("it works")
print(listener.next(5), multicast.library_path() == sys.argv[-1],
      multicast.__version__ == sys.argv[-2])
"""


def backend_of(folder):
    spec = importlib.util.spec_from_file_location("backend", folder / "backend.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


class Package(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = dict(os.environ)
        self.environment.pop("PYTHONPATH", None)

    def run_in(self, folder, program, *arguments):
        return subprocess.run([sys.executable, "-c", program, *arguments], cwd=folder, check=True,
                              env=self.environment, capture_output=True, text=True).stdout

    def test_a_wheel_is_used_where_it_was_unpacked(self):
        name = backend_of(HERE).build_wheel(self.folder)
        self.assertRegex(name, r"^multicast-\d+\.\d+\.\d+-py3-none-any\.whl$")
        site = self.folder / "site"
        with zipfile.ZipFile(self.folder / name) as wheel:
            self.assertIsNone(wheel.testzip())
            listed = {line.split(",")[0] for line in
                      wheel.read(next(each for each in wheel.namelist() if each.endswith("RECORD")))
                      .decode().splitlines()}
            self.assertEqual(listed, set(wheel.namelist()))
            wheel.extractall(site)
        library, version = os.environ["MC_LIBRARY"], name.split("-")[1]
        self.assertEqual(self.run_in(site, USE, library, version, library),
                         "b'it works' True True\n")

    def test_a_wheel_that_brings_the_library_finds_it_there(self):
        name = backend_of(HERE).build_wheel(self.folder, {"library": os.environ["MC_LIBRARY"]})
        self.assertNotIn("any", name)
        site = self.folder / "site"
        with zipfile.ZipFile(self.folder / name) as wheel:
            wheel.extractall(site)
        found = self.run_in(site, "import multicast; print(multicast.library_path())").strip()
        self.assertEqual(pathlib.Path(found).parent, (site / "multicast").resolve())

    def test_a_source_distribution_makes_the_same_wheel(self):
        backend = backend_of(HERE)
        name = backend.build_sdist(self.folder)
        with tarfile.open(self.folder / name) as sdist:
            sdist.extractall(self.folder)
        (self.folder / "again").mkdir()
        again = backend_of(self.folder / name[:-len(".tar.gz")])
        wheel, other = backend.build_wheel(self.folder), again.build_wheel(self.folder / "again")
        self.assertEqual((self.folder / wheel).read_bytes(),
                         (self.folder / "again" / other).read_bytes())


if __name__ == "__main__":
    unittest.main()
