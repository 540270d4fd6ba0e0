"""Keys and passwords that were left in a text: found while it is read, so that each file is searched once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from coursekit.model import Document, Fault, Place
from coursekit.notebook import Notebook
from coursekit.source import BINARY_SUFFIXES, decode

MOST_SECRETS = 20  # in one text: whoever left twenty keys there needs no list of the rest

# What a key looks like: name, pattern. Each starts with words of its own, so that a text is searched quickly.
_SECRETS: tuple[tuple[str, str], ...] = (
    ("an AWS access key", r"(?:AKIA|ASIA)[0-9A-Z]{16}"),
    ("a GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})"),
    (
        "an OpenAI or Anthropic key",
        r"sk-(?:(?:proj|svcacct|admin|ant-[a-z0-9]+)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{32,})",
    ),
    ("a Slack token", r"xox[abeoprs]-[0-9A-Za-z-]{20,}"),
    ("a Slack webhook", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,}"),
    ("a Hugging Face token", r"hf_[A-Za-z0-9]{30,}"),
    ("a Google API key", r"AIza[0-9A-Za-z_-]{35}"),
)
_MARKS = (b"AKIA", b"ASIA", b"gh", b"sk-", b"xox", b"hooks.slack.com", b"hf_", b"AIza", b"PRIVATE KEY")
_SECRET = re.compile(
    "|".join(
        rf"(?<![A-Za-z0-9+/_-])(?P<s{number}>{pattern})(?![A-Za-z0-9+/_-])"
        for number, (_, pattern) in enumerate(_SECRETS)
    )
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?=[\s\\n\"',>#]*[A-Za-z0-9+/=:, -]{30})"
)


def secrets_in(text: str) -> Iterator[tuple[str, str, int]]:
    """What looks like a key in a text: what it is, how it begins (never the whole), and at which character."""
    for found in _SECRET.finditer(text):
        number = int((found.lastgroup or "s0")[1:])
        if _looks_real(found[0]):
            start = "https://hooks.slack.com/" if "//" in found[0] else found[0][:4]
            yield _SECRETS[number][0], start, found.start()
    for found in _PRIVATE_KEY.finditer(text):
        yield "a private key", "-----BEGIN", found.start()


def _looks_real(secret: str) -> bool:
    """Keys are random; what people write in their place (`xxxx`, `YOUR_TOKEN`, `EXAMPLE`) is not."""
    tail = secret[4:].rpartition("/")[2]
    placeholder = re.search(r"example|your|token|secret|x{4}|0{6}|\.\.\.", tail, re.IGNORECASE)
    mixed = sum(bool(re.search(kind, tail)) for kind in ("[a-z]", "[A-Z]", "[0-9]")) >= 2
    return mixed and not placeholder and len(set(tail)) >= 8


def said(what: str, start: str) -> str:
    """How a finding says it; the whole key is never shown again."""
    return f"this looks like {what} (`{start}…`)"


def secret_faults(path: str, data: bytes, document: Document) -> Iterator[Fault]:
    """What looks like a key in a file; a notebook is searched cell by cell."""
    if path.lower().endswith(tuple(BINARY_SUFFIXES)) or not any(mark in data for mark in _MARKS):
        return
    if isinstance(document, Notebook) and path.endswith(".ipynb"):
        yield from _in_notebook(document, decode(data))
        return
    text = _decoded(data)
    for what, start, at in islice(secrets_in(text), MOST_SECRETS):
        yield Fault("secret-in-text", said(what, start), _place(text, at), path=path)


def _in_notebook(book: Notebook, text: str) -> Iterator[Fault]:
    """Cells are searched, not the JSON: what a picture is encoded as may look like anything."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    before = 1  # Jupyter writes a cell's outputs before its source: they are searched from the cell before on
    for number, cell in enumerate(book.cells, 1):
        for content, line, where in (
            (cell.source, cell.line, ""),
            (cell.output_text, before, ", output"),
        ):
            for what, start, at in islice(secrets_in(content), MOST_SECRETS):
                found = text.find(content[at : at + 20], starts[line - 1])
                place = replace(_place(text, found) if found >= 0 else Place(cell.line), cell=number)
                yield Fault("secret-in-text", f"cell {number}{where}: {said(what, start)}", place)
        before = cell.line


def _decoded(data: bytes) -> str:
    try:
        return decode(data)
    except UnicodeDecodeError:  # of a type that isn't published; it may hold a key all the same
        return data.decode("latin-1")


def _place(text: str, at: int) -> Place:
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
