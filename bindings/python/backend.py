"""Builds the package, as PEP 517 wants it: nothing but Python is needed, and no network.

`pip install ./bindings/python` uses it. With --config-settings library=PATH the wheel brings that
shared library along, and is for this machine's kind only.
"""
import base64
import hashlib
import io
import os
import pathlib
import re
import sysconfig
import tarfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE / "multicast"
TIME = (2020, 1, 1, 0, 0, 0)  # the same sources make the same wheel


def _version():
    text = (PACKAGE / "_abi.py").read_text(encoding="utf-8")
    return ".".join(re.search(rf"^MC_VERSION_{part} = (\d+)$", text, re.MULTILINE)[1]
                    for part in ("MAJOR", "MINOR", "PATCH"))


def _project(name):
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(rf'^{name} = "(.*)"$', text, re.MULTILINE)[1]


def _metadata():
    return "\n".join([
        "Metadata-Version: 2.1", f"Name: {_project('name')}", f"Version: {_version()}",
        f"Summary: {_project('description')}", f"Requires-Python: {_project('requires-python')}",
        "License: MIT", "Description-Content-Type: text/markdown", "",
        (HERE / "README.md").read_text(encoding="utf-8")])


def _tag(library):
    if library is None:
        return "py3-none-any"
    return "py3-none-" + re.sub(r"\W", "_", sysconfig.get_platform())


def _sources():
    return sorted(path for path in PACKAGE.iterdir()
                  if path.suffix == ".py" or path.name == "py.typed")


def _info(library):
    wheel = (f"Wheel-Version: 1.0\nGenerator: backend.py\nRoot-Is-Purelib: "
             f"{str(library is None).lower()}\nTag: {_tag(library)}\n")
    return {"METADATA": _metadata().encode(), "WHEEL": wheel.encode()}


def _library(config_settings):
    return (config_settings or {}).get("library")


def get_requires_for_build_wheel(config_settings=None):
    return []


get_requires_for_build_sdist = get_requires_for_build_wheel


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    name = f"multicast-{_version()}.dist-info"
    folder = pathlib.Path(metadata_directory) / name
    folder.mkdir()
    for each, content in _info(_library(config_settings)).items():
        (folder / each).write_bytes(content)
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    library = _library(config_settings)
    info = f"multicast-{_version()}.dist-info"
    files = {f"multicast/{path.name}": path.read_bytes() for path in _sources()}
    if library is not None:
        soname = "libmulticast.so." + _version().split(".")[0]
        files[f"multicast/{soname}"] = pathlib.Path(library).read_bytes()
    files.update((f"{info}/{name}", content) for name, content in _info(library).items())
    record = io.StringIO()
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record.write(f"{name},sha256={digest},{len(content)}\n")
    record.write(f"{info}/RECORD,,\n")
    files[f"{info}/RECORD"] = record.getvalue().encode()
    made = f"multicast-{_version()}-{_tag(library)}.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, made), "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            wheel.writestr(entry, content, compresslevel=1)
    return made


def build_sdist(sdist_directory, config_settings=None):
    folder = f"multicast-{_version()}"
    paths = [*_sources(), *(HERE / name for name in ("README.md", "backend.py", "pyproject.toml")),
             *sorted((HERE / "tests").glob("*.*"))]
    with tarfile.open(os.path.join(sdist_directory, folder + ".tar.gz"), "w:gz") as sdist:
        for path in paths:
            sdist.add(path, f"{folder}/{path.relative_to(HERE)}")
        entry = tarfile.TarInfo(f"{folder}/PKG-INFO")
        content = _metadata().encode()
        entry.size = len(content)
        sdist.addfile(entry, io.BytesIO(content))
    return folder + ".tar.gz"
