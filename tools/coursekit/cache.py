"""A content-addressed store for work that is dear and pure.

It lies in the user's own cache folder, never in the tree: what a pull request brings must not be able
to fill it. An entry carries the digest of its bytes; a damaged one counts as a miss.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Mapping, Set
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import user_cache_path

T = TypeVar("T")
_LIBRARIES = (
    "Markdown",
    "pymdown-extensions",
    "Pygments",
    "markdown-it-py",
    "mdit-py-plugins",
    "nbconvert",
    "nbformat",
    "jupytext",
    "nh3",
    "pypdf",
    "pypdfium2",
    "Pillow",
    "pydantic",
)
_DIGEST_BYTES = 32
PACK_SLACK = 20


@lru_cache(maxsize=1)
def converter_version() -> bytes:
    """A digest of this package's own code and of the libraries that shape what is stored."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for file in sorted(here.rglob("*.py")):
        digest.update(file.relative_to(here).as_posix().encode() + b"\0" + file.read_bytes())
    digest.update(" ".join(_installed()).encode())
    return digest.digest()


def _installed() -> list[str]:
    """Names and versions of those libraries, as their folders are called: to read the metadata takes much longer."""
    wanted = {name.lower().replace("-", "_") for name in _LIBRARIES}
    folders = [Path(folder) for folder in sys.path if folder.endswith(("site-packages", "dist-packages"))]
    names = [entry.name for folder in folders if folder.is_dir() for entry in os.scandir(folder)]
    known = sorted(
        name for name in names if name.endswith(".dist-info") and name.split("-")[0].lower() in wanted
    )
    if sorted(name.split("-")[0].lower() for name in known) == sorted(wanted):
        return known
    from importlib.metadata import version  # an installation of another kind

    return [f"{name}-{version(name)}" for name in _LIBRARIES]


def default_folder() -> Path:
    """Where entries live: `COURSE_CACHE`, or the user's cache folder."""
    return Path(os.environ.get("COURSE_CACHE") or user_cache_path("coursekit"))


class Pack:
    """Pickled values by key, each unpickled when it is asked for."""

    def __init__(self, entries: dict[str, bytes]) -> None:
        self._entries = entries

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def keys(self) -> Set[str]:
        """The keys of all values."""
        return self._entries.keys()

    def stored(self, key: str) -> bytes | None:
        """A value as it is stored."""
        return self._entries.get(key)

    def get(self, key: str) -> Any:
        """The value; the digest of the whole pack was checked when it was read."""
        return pickle.loads(self._entries[key])  # noqa: S301 - our own folder, checked when it was read


class Cache:
    """Python values by key; keys are made from all that the value depends on."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def key(self, *parts: str | bytes) -> str:
        """One key for these parts and the present code."""
        digest = hashlib.sha256(converter_version())
        for part in parts:
            data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def get(self, key: str) -> Any | None:
        """The stored value, or None; never raises for what is on the disk."""
        try:
            data = memoryview(self._file(key).read_bytes())
            if hashlib.sha256(data[_DIGEST_BYTES:]).digest() == data[:_DIGEST_BYTES]:
                return pickle.loads(data[_DIGEST_BYTES:])  # noqa: S301 - our own folder, checked above
        except Exception:
            return None  # missing, cut short or written by other code: all of these are misses
        return None

    def put(self, key: str, value: Any) -> None:
        """Store a value; a disk that is full or read-only costs speed, nothing else."""
        data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        file = self._file(key)
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as beside:
                beside.write(hashlib.sha256(data).digest() + data)
            Path(beside.name).replace(file)
        except OSError:
            return

    def kept(self, key: str, make: Callable[[], T]) -> T:
        """The stored value, which is made and stored where there is none; it is never None."""
        known: T | None = self.get(key)
        if known is None:
            known = make()
            self.put(key, known)
        return known

    def get_pack(self, name: str) -> Pack:
        """Many values that lie together in one file, since thousands of small files are slow to open."""
        entries = self.get(self.key("pack", name))
        return Pack(entries if isinstance(entries, dict) else {})

    def renew_pack(self, name: str, old: Pack, values: Mapping[str, Any]) -> None:
        """Write a pack anew once a twentieth of it is out of date; single entries hold the rest until then."""
        if len(values.keys() ^ old.keys()) * PACK_SLACK <= len(values):
            return
        protocol = pickle.HIGHEST_PROTOCOL
        entries = {
            key: old.stored(key) or pickle.dumps(value, protocol=protocol) for key, value in values.items()
        }
        self.put(self.key("pack", name), entries)

    def _file(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]
