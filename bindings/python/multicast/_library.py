"""Finds and loads the shared library, when it is first needed.

No compiler is needed, and no variable of the environment is read but those of the system's loader.
"""
from __future__ import annotations

import ctypes
import os
import sys
import threading
from typing import Any, List, Optional

from . import _abi

NAME = f"libmulticast.so.{_abi.MC_VERSION_MAJOR}"


class LibraryError(OSError):
    """The shared library is missing, or not of the version that this package was made for. The
    sentence says where it was looked for."""


class _Library(_abi.Functions):
    """Every function of the library. The first that is asked for loads it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: Optional[str] = None
        self._loaded: Optional[str] = None

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("mc_"):
            raise AttributeError(name)
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
        return self.__dict__[name]

    def _load(self) -> str:
        tried: List[str] = []
        for path in [self._wanted] if self._wanted is not None else _places():
            if os.path.isabs(path) and not os.path.exists(path):
                tried.append(f"{path} (not there)")
                continue
            try:
                found = ctypes.CDLL(path)
            except OSError as why:
                tried.append(f"{path} ({why})" if str(why) else path)
                continue
            self._declare(found, path)
            return path
        raise LibraryError(
            f"cannot find {NAME}; looked for " + ", ".join(tried) + "; install libmulticast, or"
            " call multicast.use_library(path) before anything else of this package")

    def _declare(self, found: ctypes.CDLL, path: str) -> None:
        made_for = f"{_abi.MC_VERSION_MAJOR}.{_abi.MC_VERSION_MINOR}"
        try:
            found.mc_version.restype = ctypes.c_char_p
            version = found.mc_version().decode()
            major, minor = (int(part) for part in version.split(".")[:2])
        except (AttributeError, ValueError) as why:
            raise LibraryError(f"{path} is no libmulticast: {why}") from None
        fits = major == _abi.MC_VERSION_MAJOR and (
            minor == _abi.MC_VERSION_MINOR if major == 0 else minor >= _abi.MC_VERSION_MINOR)
        if not fits:
            raise LibraryError(f"{path} is libmulticast {version}, and this package needs"
                               f" {made_for}: install that, or the package for {version}")
        try:
            super().__init__(found)
        except AttributeError as lacks:
            raise LibraryError(f"{path} is libmulticast {version}, but older than this package:"
                               f" {lacks}") from None


def _places() -> List[str]:
    """Where to look: beside the package (a wheel that brings it), what the system's loader finds,
    and where `cmake --install` puts it, for that is known to the loader only after ldconfig."""
    folders: List[str] = []
    for prefix in (sys.prefix, sys.base_prefix, "/usr/local", "/usr"):
        for folder in ("lib", "lib64", f"lib/{getattr(sys.implementation, '_multiarch', '')}"):
            place = os.path.join(prefix, folder).rstrip("/")
            if place not in folders:
                folders.append(place)
    here = os.path.dirname(os.path.abspath(__file__))
    return [os.path.join(here, NAME), NAME, *(os.path.join(each, NAME) for each in folders)]


C = _Library()


def use_library(path: "str | os.PathLike[str]") -> None:
    """Names the shared library's file. Before anything else of this package is used, otherwise
    RuntimeError; any thread. It is loaded when it is needed: LibraryError then."""
    wanted = os.fspath(path)
    if C._loaded is not None and C._loaded != wanted:
        raise RuntimeError(f"{C._loaded} is in use already")
    C._wanted = wanted


def library_path() -> str:
    """The library in use, which this loads if need be: a path, or a name that the system's loader
    found. LibraryError: there is none."""
    C.mc_version  # noqa: B018 - this loads it
    assert C._loaded is not None
    return C._loaded


def library_version() -> str:
    """The version of the library in use, as "0.1.0"."""
    return str(C.mc_version().decode())
