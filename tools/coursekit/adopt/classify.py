"""What a link of a README is for: its label, its words, the heading above it or its address tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

from coursekit.adopt.inline import Mention
from coursekit.adopt.record import Sureness
from coursekit.adopt.vocabulary import Role, is_extra, only_a_role, role_by_address, role_said
from coursekit.papers_identity import paper_identity
from coursekit.schema import is_bidi_control
from coursekit.site import split

_LONGEST = 300  # of a title
_LONGEST_ADDRESS = 2000
_LABEL = re.compile(r"\A\s*([\w -]{2,30}):\s+(?=\S)")
_KINDS = {
    Role.PAPER: "paper",
    Role.CODE: "code",
    Role.VIDEO: "video",
    Role.BLOG: "blog",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link and what it was taken for; `extra` says that it stands beside what is presented."""

    mention: Mention
    title: str
    target: str
    role: Role
    extra: bool
    sureness: Sureness
    why: str
    local: str = ""  # the old file or folder that it leads to

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.mention.line

    @property
    def kind(self) -> str | None:
        """The word that a reference's `kind` has for it, None where nobody can say."""
        return None if self.role in {Role.OTHER, Role.SLIDES} else _KINDS.get(self.role, "notes")

    @property
    def outside(self) -> bool:
        """Whether it is an address on the web that a front matter can hold."""
        web = self.target.startswith(("https://", "http://")) and bool(split(self.target).netloc)
        return web and not self.local and len(self.target) <= _LONGEST_ADDRESS

    @classmethod
    def nothing(cls) -> Link:
        """What stands for a link where there is none."""
        return cls(Mention("", "", 1), "Untitled", "", Role.OTHER, False, Sureness.GUESS, "")


def classify(mention: Mention, chain: tuple[str, ...], *, title: str, local: str) -> Link:
    """What a link is for; `chain` are the headings above it, `title` what the talk is called."""
    target = _address(mention.target)
    around = (mention.before, mention.text, *reversed(mention.labels), *reversed(chain))
    role, sureness, why = _role(mention, target, around=around)
    extra = any(is_extra(text) for text in around)
    words = _title(mention, target, title=title, role=role)
    return Link(mention, words, target, role, extra, sureness, why, local)


def _role(mention: Mention, target: str, *, around: tuple[str, ...]) -> tuple[Role, Sureness, str]:
    by_address = role_by_address(target)
    for text in around:
        said = role_said(text)
        if said is None:
            continue
        exact = only_a_role(text) or text.rstrip().endswith(":")
        where = "the link says" if text is mention.text else "it stands behind or below"
        if exact and not _contradicts(said, by_address):
            return said, Sureness.SURE, f"{where} `{_cut(text)}`"
        if by_address is None:
            return said, Sureness.LIKELY, f"{where} `{_cut(text)}`"
        break
    if by_address is Role.PAPER and paper_identity(target) is None and any(map(_says_code, around)):
        return Role.NOTES, Sureness.LIKELY, "its words say code, its address is a PDF"
    if by_address is not None:
        return by_address, Sureness.LIKELY, f"its address looks like that of {_article(by_address)}"
    if any(is_extra(text) for text in around):
        return Role.OTHER, Sureness.LIKELY, "it stands with what is beside the talk"
    return Role.OTHER, Sureness.GUESS, "neither its words nor its address tell what it is"


def _says_code(text: str) -> bool:
    return role_said(text) is Role.CODE


def _contradicts(said: Role, by_address: Role | None) -> bool:
    """Whether an address can't be what its label says: a video is no paper, a PDF no code."""
    fixed = {Role.VIDEO, Role.BLOG}
    return by_address is not None and by_address is not said and (by_address in fixed or said is Role.CODE)


def _article(role: Role) -> str:
    return {Role.SLIDES: "slides", Role.CODE: "code", Role.NOTES: "a page"}.get(role, f"a {role}")


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:59] + "…"


def _address(target: str) -> str:
    """The address as a front matter may hold it; a paper's that leads to its PDF becomes that of its own page."""
    known = paper_identity(target)
    if known is not None and known.page and not known.is_page:
        return known.page
    if target.startswith(("http://", "https://")):
        return quote(target, safe="%/:?#[]@!$&()*+,;=~-._")
    return target


def _title(mention: Mention, target: str, *, title: str, role: Role) -> str:
    """What a reference is called: the link's words, else what stands above it, else what its address says."""
    return clean(
        next(
            (found for found in _titles(mention, target, title=title, role=role) if clean(found)), "Untitled"
        )
    )


def _titles(mention: Mention, target: str, *, title: str, role: Role) -> Iterator[str]:
    text = mention.text
    if label := _LABEL.match(text):
        text = text[label.end() :] if only_a_role(label[1]) else text
    if not only_a_role(text):
        yield text
    if role is Role.PAPER and not any(is_extra(one) for one in (*mention.labels, mention.text)):
        yield from (label.strip(" :") for label in reversed(mention.labels) if not role_said(label))
        yield title
    if role_said(text) is None and not only_a_role(mention.before):
        yield mention.before.strip(" :([")  # `A description of the method is [here](…)`
    if role not in {Role.PAPER, Role.CODE} and role_said(text):
        yield text
    yield described(target)


def described(url: str) -> str:
    """An address as words: 'nussl/nussl', 'arXiv 1508.04306', 'cjch.pdf (gatsby.ucl.ac.uk)'."""
    known = paper_identity(url)
    if known and known.key.startswith("arxiv:"):
        return f"arXiv {known.key[6:]}"
    address = split(url)
    host = (address.hostname or "").removeprefix("www.")
    parts = [unquote(part) for part in address.path.split("/") if part]
    if host in {"github.com", "gitlab.com", "bitbucket.org"} and len(parts) > 1:
        return f"{parts[0]}/{parts[1].removesuffix('.git')}" + (f" ({parts[-1]})" if len(parts) > 4 else "")
    if host == "gist.github.com" and len(parts) > 1:
        return f"gist of {parts[0]}"
    return f"{parts[-1]} ({host})" if parts and host else host or (parts[-1] if parts else "")


def clean(text: str) -> str:
    """A text as front matter may hold it: one line, no control characters, not too long."""
    kept = "".join(" " if not char.isprintable() or is_bidi_control(char) else char for char in text)
    words = " ".join(kept.split()).strip()
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"
