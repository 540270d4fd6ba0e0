"""One identity for all the addresses that a paper has: its abstract page, its PDF, mirrors, its DOI.

Nothing is looked up: two addresses are one paper where the addresses themselves say so. What belongs to
none of the known families has no identity, and `paper_key` then compares the addresses as such.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

_LIKENESS = 0.9  # of two titles that are one but for a slip
_MOST_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class PaperIdentity:
    """A paper: `key` is the same for all of its addresses, `page` leads to its abstract, '' where none is known.

    `is_page` tells whether the address in question leads to such a page already, not to a PDF or a mirror.
    """

    key: str
    page: str
    is_page: bool


@dataclass(frozen=True, slots=True)
class _Form:
    """How the addresses of one archive look; key and page are filled with the pattern's named parts."""

    written: str
    key: str
    page: str
    is_page: bool

    def match(self, address: str) -> re.Match[str] | None:
        """Whether it is the form of a whole address, with whatever question may stand behind it."""
        return _compiled(self.written).fullmatch(address)


def _forms(key: str, page: str, pages: str, others: str = "") -> Iterator[_Form]:
    """The forms of one archive: the addresses of its pages, and those of PDFs and mirrors."""
    if others:  # first: a page's name may end in anything, also in `.pdf`
        yield _Form(others, key, page, is_page=False)
    yield _Form(pages, key, page, is_page=True)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:  # when it is first asked for: most addresses are arXiv's
    return re.compile(rf"(?:{pattern})(?:[?&].*)?", re.IGNORECASE | re.VERBOSE)


_ARXIV = r"(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?P<v>v\d{1,2})?(?:\.pdf)?"
_ACL = r"(?P<id>[A-Z]\d\d-\d{4,5}|\d{4}\.[\w-]+\.\d+)"
_DOI = r"(?P<id>10\.\d{4,9}/[^\s?\#]+?)"
_FORMS: tuple[_Form, ...] = (
    *_forms(
        "arxiv:{id}",
        "https://arxiv.org/abs/{id}{v}",
        rf"(?:arxiv\.org/abs/|(?:dx\.)?doi\.org/10\.48550/(?:arxiv\.)?){_ARXIV}",
        rf"""(?:arxiv\.org/(?:pdf|html|format|ps|src|e-print)|xxx\.lanl\.gov/(?:abs|pdf)|browse\.arxiv\.org/(?:abs|pdf|html)
        |ar5iv(?:\.labs\.arxiv)?\.org/(?:abs|html|pdf)|alphaxiv\.org/(?:abs|pdf|overview)|huggingface\.co/papers)
        /{_ARXIV}""",
    ),
    *_forms(
        "openreview:{id}",
        "https://openreview.net/forum?id={id}",
        r"openreview\.net/forum\?(?:.*&)?id=(?P<id>[\w-]+)(?:&.*)?",
        r"openreview\.net/(?:pdf|attachment|references/pdf)\?(?:.*&)?id=(?P<id>[\w-]+)(?:&.*)?",
    ),
    *_forms(
        "nips:{id}",
        "https://papers.nips.cc/paper_files/paper/{year}/hash/{id}-Abstract{track}.html",
        r"""(?:papers\.n(?:eur)?ips|proceedings\.neurips)\.cc/(?:paper_files/)?paper/(?P<year>\d{4})/hash/
        (?P<id>[0-9a-f]{32})-Abstract(?P<track>-[A-Za-z_]+)?(?:\.html)?""",
        r"""(?:papers\.n(?:eur)?ips|proceedings\.neurips)\.cc/(?:paper_files/)?paper/(?P<year>\d{4})/file/
        (?P<id>[0-9a-f]{32})-(?:Paper|Supplemental|Bibtex|AuthorFeedback|MetaReview|Review)(?P<track>-[A-Za-z_]+)?\.\w+""",
    ),
    *_forms(
        "nips:{id}",
        "https://papers.nips.cc/paper/{id}{slug}",
        r"(?:papers\.n(?:eur)?ips|proceedings\.neurips)\.cc/paper/(?P<id>\d{1,5})(?P<slug>-[\w-]+)?(?:\.html)?",
        r"(?:papers\.n(?:eur)?ips|proceedings\.neurips)\.cc/paper/(?P<id>\d{1,5})(?P<slug>-[\w-]+)?\.pdf",
    ),
    *_forms(
        "pmlr:{v}/{id}",
        "https://proceedings.mlr.press/{v}/{id}.html",
        r"(?:proceedings\.mlr\.press|jmlr\.org/proceedings/papers)/(?P<v>v\d+)/(?P<id>[\w-]+)(?:\.html)?",
        r"""(?:proceedings\.mlr\.press|jmlr\.org/proceedings/papers)/(?P<v>v\d+)/(?P<id>[\w-]+)(?:/[\w-]+)?\.pdf
        |raw\.githubusercontent\.com/mlresearch/(?P<v2>v\d+)/(?:main|master|gh-pages)/assets/(?P<id2>[\w-]+)/[\w-]+\.pdf""",
    ),
    *_forms(
        "jmlr:{v}/{id}",
        "https://jmlr.org/papers/{v}/{id}.html",
        r"jmlr\.org/papers/(?P<v>v\d+)/(?P<id>[\w-]+)(?:\.html)?",
        r"jmlr\.org/papers/v(?:olume)?(?P<n>\d+)/(?P<id>[\w-]+)/[\w-]+\.pdf",
    ),
    *_forms(
        "acl:{id}",
        "https://aclanthology.org/{id}/",
        rf"(?:aclanthology\.org/|aclweb\.org/anthology/(?:papers/\w/\w+/)?|(?:dx\.)?doi\.org/10\.18653/v1/){_ACL}",
        rf"(?:aclanthology\.org|aclweb\.org/anthology)/{_ACL}(?:v\d+)?\.(?:pdf|bib)",
    ),
    *_forms(
        "cvf:{id}",
        "https://openaccess.thecvf.com/{where}/html/{more}{id}_paper.html",
        r"openaccess\.thecvf\.com/(?P<where>content\w*(?:/[\w-]+)??)/html/(?P<more>[\w-]+/)?(?P<id>[^/]+?)_paper(?:\.html)?",
        r"openaccess\.thecvf\.com/(?P<where>content\w*(?:/[\w-]+)??)/papers/(?P<more>[\w-]+/)?(?P<id>[^/]+?)_paper\.pdf",
    ),
    *_forms(
        "ieee:{id}",
        "https://ieeexplore.ieee.org/document/{id}",
        r"ieeexplore\.ieee\.org/(?:abstract/)?document/(?P<id>\d{5,9})",
        r"""ieeexplore\.ieee\.org/(?:stamp/stamp|stampPDF/getPDF|iel\w+/.*|xpl/articleDetails)\.jsp\?(?:.*&)?
        arnumber=0*(?P<id>\d{5,9})(?:&.*)?""",
    ),
    *_forms(
        "hal:{id}",
        "https://hal.science/{id}{v}",
        r"(?:[\w-]+\.)?(?:hal\.science|archives-ouvertes\.fr)/(?P<id>[a-z]+-\d{5,9})(?P<v>v\d+)?",
        r"(?:[\w-]+\.)?(?:hal\.science|archives-ouvertes\.fr)/(?P<id>[a-z]+-\d{5,9})(?P<v>v\d+)?/(?:document|file/.*)",
    ),
    *_forms(
        "merl:{id}",
        "https://www.merl.com/publications/{id}",
        r"merl\.com/publications/(?P<id>TR\d{2,4}-\d{2,3})",
        r"merl\.com/(?:publications/docs|reports/docs)/(?P<id>TR\d{2,4}-\d{2,3})\.pdf",
    ),
    *_forms(
        "isca:{where}/{id}",
        "https://www.isca-archive.org/{where}/{id}.html",
        r"isca-(?:speech|archive)\.org/(?:archive/)?(?P<where>\w+_\d{4})/(?P<id>\w+)(?:\.html)?",
        r"isca-(?:speech|archive)\.org/(?:archive/)?(?:pdfs/)?(?P<where>\w+_\d{4})/(?P<id>\w+)\.pdf",
    ),
    *_forms(
        "doi:10.1038/{id}",
        "https://doi.org/10.1038/{id}",
        r"nature\.com/articles/(?P<id>[a-z0-9.-]+?)",
        r"nature\.com/articles/(?P<id>[a-z0-9.-]+?)\.pdf",
    ),
    *_forms("doi:{id}", "https://doi.org/{id}", rf"(?:dx\.)?doi\.org/{_DOI}"),
    *_forms(
        "doi:{id}",
        "https://doi.org/{id}",
        rf"""[\w.-]+/(?:doi/(?:abs/|full/|book/)?|article/|chapter/|book/|content/|.*article\?id=|.*\?doi=)
        {_DOI}(?:v\d+)?(?:\.full|/full|/abstract)?""",
        rf"""[\w.-]+/(?:doi/(?:e?pdf|pdfdirect)/{_DOI}|(?:content/(?:pdf/)?|track/pdf/|articles?/)
        {_DOI.replace("<id>", "<id2>")}(?:v\d+)?(?:\.full)?(?:\.pdf|/pdf))""",
    ),
)
_HOST = re.compile(r"https?://(?:www\.|export\.|m\.)?([^/?#\s]+)([^#\s]*)", re.IGNORECASE)
_FOLLOWED = re.compile(r"[?&](?:utm_\w+|ref|source|fbclid|gclid)=[^&]*", re.IGNORECASE)


def paper_identity(url: str) -> PaperIdentity | None:
    """The paper that an address leads to, None where the address does not tell."""
    address = _address(url)
    if not address or len(address) > _MOST_CHARACTERS:
        return None
    for form in _FORMS:
        if found := form.match(address):
            return _identity(form, found)
    return None


def paper_key(url: str) -> str:
    """What is equal for two addresses of one paper: its identity, or else the address without its trimmings."""
    known = paper_identity(url)
    if known:
        return known.key
    part = url.partition("#")[2]  # a chapter of a book may well have a title of its own
    return (_address(url) or url) + (f"#{part}" if part else "")


def same_title(one: str, other: str) -> bool:
    """Whether two titles may well be of one paper: the same words, one cut short, or a slip of the pen."""
    ours, theirs = title_words(one), title_words(other)
    if not ours or not theirs or ours in theirs or theirs in ours:
        return True
    return difflib.SequenceMatcher(None, ours, theirs).ratio() >= _LIKENESS


def _address(url: str) -> str:
    """Host and path as they are compared: no scheme, no `www.`, no fragment, no slash at the end."""
    found = _HOST.match(url.strip())
    if not found:
        return ""
    path = _FOLLOWED.sub("", unquote(found[2])).rstrip("/")
    return found[1].lower().removesuffix(":443") + (path.replace("&", "?", 1) if "?" not in path else path)


def _identity(form: _Form, found: re.Match[str]) -> PaperIdentity:
    parts = {name.rstrip("2"): value for name, value in found.groupdict(default="").items() if value}
    parts = {"v": f"v{parts['n']}" if "n" in parts else "", **parts}
    blank = {"track": "", "slug": "", "more": "", "where": ""}
    told = {**parts, "id": _without_class(parts["id"])} if form.key.startswith("arxiv") else parts
    key = form.key.format(**{**blank, **told}).lower()
    return PaperIdentity(_case_kept(key, found), form.page.format(**{**blank, **parts}), form.is_page)


def _without_class(id: str) -> str:
    """'math.GT/0309136' is 'math/0309136': arXiv counts the papers of an archive, not of a class."""
    return re.sub(r"\.[A-Za-z]{2}/", "/", id)


def _case_kept(key: str, found: re.Match[str]) -> str:
    """OpenReview alone tells papers apart by capitals."""
    return f"openreview:{found['id']}" if key.startswith("openreview:") else key


def title_words(title: str) -> str:
    """A title without capitals, accents and punctuation: equal for two ways of writing one."""
    plain = unicodedata.normalize("NFKD", title.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c))))
