"""From a folder to a Course: discover, parse, assemble. What only a build needs is not imported here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from coursekit.cache import Cache
from coursekit.checks import checks_by_id
from coursekit.config import Config, read_config
from coursekit.course import Course
from coursekit.history import read_history
from coursekit.model import CannotStart
from coursekit.reading import Watch, read_documents, unwatched
from coursekit.source import Contents, discover
from coursekit.tree_index import tree_index
from coursekit.typesetting import formula_faults
from coursekit.yamltext import Node


def find_root(start: Path) -> Path:
    """The nearest folder from `start` upwards that holds a course.yml.

    Raises:
        CannotStart: there is none.
    """
    for folder in (start, *start.resolve().parents):
        if (folder / "course.yml").is_file():
            return folder
    raise CannotStart(
        f"no course.yml in {start} or above it; run this in a course's folder, or name it with --root"
    )


def load(
    root: Path,
    *,
    as_of: dt.date | None = None,
    cache: Cache | None = None,
    whole: bool = True,
    watch: Watch = unwatched,
) -> Course:
    """Read a course; unless `whole`, without what only a build needs of its documents.

    `watch` gets to see how the reading goes on, as far as it is not known from before.

    Raises:
        CannotStart: course.yml is missing or broken.
    """
    cache = cache or Cache()
    config, node = load_config(root, cache)
    with tree_index(cache, root) as index:
        sources = discover(
            root,
            max_bytes=int(config.policy.max_file_mb * 1e6),
            max_text_bytes=int(config.policy.max_text_kb * 1e3),
            index=index,
        )
    contents = Contents(root, sources)
    documents, failed = read_documents(
        sources, contents, cache, pack=str(root.resolve()), whole=whole, watch=watch
    )
    return Course(
        root,
        config,
        node,
        documents,
        {**{source.path: source.faults for source in sources if source.faults}, **failed},
        contents,
        as_of or dt.datetime.now(tz=config.zone).date(),
        read_history(root, cache),
        typeset=formula_faults(documents, cache, pack=str(root.resolve())),
    )


def load_config(root: Path, cache: Cache | None = None) -> tuple[Config, Node]:
    """course.yml and the places of its values.

    The cache spares more than the reading: pydantic builds validators when a first value is judged, and looks through
    all that is installed for plugins then.

    Raises:
        CannotStart: it is missing or broken.
    """
    file = root / "course.yml"
    if file.is_symlink() or not file.is_file():
        raise CannotStart("course.yml is missing")
    data = file.read_bytes()
    cache = cache or Cache()
    return cache.kept(cache.key("course.yml", data), lambda: _valid(data))


def _valid(data: bytes) -> tuple[Config, Node]:
    config, node, faults = read_config(data)
    if config is None or node is None:
        found = tuple(checks_by_id()[f.rule]().at("course.yml", f.message, f.place, f.help) for f in faults)
        raise CannotStart(f"course.yml has {len(found)} problem{'s' if len(found) != 1 else ''}", found)
    return config, node
