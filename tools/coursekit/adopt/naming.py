"""Slugs, safe names and words of the old titles and file names."""

from __future__ import annotations

import re
from collections.abc import Container

from coursekit.adopt.vocabulary import without_week
from coursekit.source import is_safe_name, suggested_name

LONGEST_SLUG = 60
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Words that name what a file is, not what it is about.
_COMMON = frozenset(
    "a an and as at by for from in into is it its of on or the to using via with note notes scribe scribes scribed week"
    " presentation presentations slide slides talk paper papers code codebase readme index deep learning pdf md file final"
    " draft copy version new project summary arxiv com org www http https".split()
)


def slug_of(title: str) -> str:
    """A title as a slug of whole words: 'Poincaré Embeddings: a Survey' -> 'poincare-embeddings-a-survey'."""
    slug = suggested_name(title.replace(".", " ")).replace("_", "-")
    slug = re.sub(r"-+", "-", slug).strip("-") or "name"
    if len(slug) > LONGEST_SLUG:
        slug = slug[: LONGEST_SLUG + 1].rpartition("-")[0] or slug[:LONGEST_SLUG]
    return slug


def short_slug(title: str) -> str:
    """The slug of a title without its subtitle and what stands in brackets."""
    main = re.split(r":\s|\s[-–—]\s|\(", title, maxsplit=1)[0].strip()
    return slug_of(main if any(char.isalnum() for char in main) else title)


def safe_path(path: str) -> str:
    """A path each part of which is a safe name; parts that are safe stay as they are."""
    return "/".join(part if is_safe_name(part) else suggested_name(part) for part in path.split("/"))


def unique(path: str, taken: Container[str]) -> str:
    """The path, with a number before its suffix where it is taken; capitals don't count."""
    if path.casefold() not in taken:
        return path
    folder, _, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".") if "." in name[1:] else (name, "", "")
    number = 2
    while (new := f"{folder}/{stem}-{number}{dot}{suffix}".lstrip("/")).casefold() in taken:
        number += 1
    return new


def words_of(text: str) -> frozenset[str]:
    """The telling words of a title or a file name, whole and taken apart at their capitals."""
    found: set[str] = set()
    for word in re.findall(r"[^\W_]+", without_week(text)):
        found |= {plain(word), *(plain(part) for part in _CAMEL.split(word))}
    return frozenset(word for word in found if len(word) > 1 and word not in _COMMON and not word.isdigit())


def plain(word: str) -> str:
    """A word in lower case and without accents."""
    return suggested_name(word)


def title_of(name: str) -> str:
    """A file or folder name as words: 'batch_norm-notes' -> 'Batch norm notes'."""
    words = re.sub(r"[\s_.-]+", " ", without_week(name)).strip()
    return words[:1].upper() + words[1:] if words else "Untitled"


def same_word(one: str, other: str) -> bool:
    """Whether two words are one, or the longer begins with the shorter: 'norm', 'normalization'."""
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) > 3 and long.startswith(short))
