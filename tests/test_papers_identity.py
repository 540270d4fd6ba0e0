"""All addresses of a paper have one identity, and its page is an address of the same paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.papers_identity import paper_identity, paper_key, same_title

FAMILIES = {
    "arxiv:1508.04306": [
        "https://arxiv.org/abs/1508.04306",
        "http://www.arxiv.org/abs/1508.04306v2",
        "https://arxiv.org/pdf/1508.04306",
        "http://export.arxiv.org/pdf/1508.04306v1.pdf",
        "https://arxiv.org/html/1508.04306v3#S2",
        "https://ar5iv.labs.arxiv.org/html/1508.04306",
        "https://ar5iv.org/abs/1508.04306",
        "https://www.alphaxiv.org/abs/1508.04306v1",
        "https://huggingface.co/papers/1508.04306",
        "https://doi.org/10.48550/arXiv.1508.04306",
        "https://arxiv.org/abs/1508.04306?utm_source=mail",
    ],
    "arxiv:math/0309136": [
        "https://arxiv.org/abs/math/0309136",
        "https://arxiv.org/abs/math.GT/0309136v2",
        "https://arxiv.org/pdf/math/0309136.pdf",
    ],
    "doi:10.1145/3292500.3330701": [
        "https://doi.org/10.1145/3292500.3330701",
        "http://dx.doi.org/10.1145/3292500.3330701",
        "https://dl.acm.org/doi/10.1145/3292500.3330701",
        "https://dl.acm.org/doi/abs/10.1145/3292500.3330701",
        "https://dl.acm.org/doi/pdf/10.1145/3292500.3330701?download=true",
    ],
    "doi:10.1007/978-3-319-24574-4_28": [
        "https://link.springer.com/chapter/10.1007/978-3-319-24574-4_28",
        "https://link.springer.com/content/pdf/10.1007%2F978-3-319-24574-4_28.pdf",
        "https://doi.org/10.1007/978-3-319-24574-4_28",
    ],
    "doi:10.1038/nature14236": [
        "https://www.nature.com/articles/nature14236",
        "https://www.nature.com/articles/nature14236.pdf",
        "https://doi.org/10.1038/nature14236",
    ],
    "doi:10.1101/2020.01.01.123456": [
        "https://www.biorxiv.org/content/10.1101/2020.01.01.123456v2",
        "https://www.biorxiv.org/content/10.1101/2020.01.01.123456v1.full.pdf",
    ],
    "openreview:rJl-b3RcF7": [
        "https://openreview.net/forum?id=rJl-b3RcF7",
        "https://openreview.net/forum?id=rJl-b3RcF7&noteId=abc",
        "https://openreview.net/pdf?id=rJl-b3RcF7",
    ],
    "nips:0123456789abcdef0123456789abcdef": [
        "https://papers.nips.cc/paper/2019/hash/0123456789abcdef0123456789abcdef-Abstract.html",
        "https://proceedings.neurips.cc/paper/2019/file/0123456789abcdef0123456789abcdef-Paper.pdf",
        "https://papers.nips.cc/paper_files/paper/2019/hash/0123456789abcdef0123456789abcdef-Abstract.html",
    ],
    "nips:8787": [
        "https://papers.nips.cc/paper/8787-a-step-toward-something",
        "https://papers.nips.cc/paper/8787-a-step-toward-something.pdf",
    ],
    "pmlr:v97/name19a": [
        "https://proceedings.mlr.press/v97/name19a.html",
        "http://proceedings.mlr.press/v97/name19a/name19a.pdf",
        "https://raw.githubusercontent.com/mlresearch/v97/main/assets/name19a/name19a.pdf",
    ],
    "jmlr:v15/name14a": [
        "http://jmlr.org/papers/v15/name14a.html",
        "https://www.jmlr.org/papers/volume15/name14a/name14a.pdf",
    ],
    "acl:p19-1001": [
        "https://aclanthology.org/P19-1001/",
        "https://www.aclweb.org/anthology/P19-1001.pdf",
        "https://doi.org/10.18653/v1/P19-1001",
    ],
    "cvf:he_deep_residual_learning_cvpr_2016": [
        "https://openaccess.thecvf.com/content_cvpr_2016/html/He_Deep_Residual_Learning_CVPR_2016_paper.html",
        "http://openaccess.thecvf.com/content_cvpr_2016/papers/He_Deep_Residual_Learning_CVPR_2016_paper.pdf",
    ],
    "ieee:8462507": [
        "https://ieeexplore.ieee.org/document/8462507",
        "https://ieeexplore.ieee.org/abstract/document/8462507/",
        "https://ieeexplore.ieee.org/stamp/stamp.jsp?tp=&arnumber=8462507",
    ],
    "hal:hal-01234567": [
        "https://hal.science/hal-01234567",
        "https://hal.archives-ouvertes.fr/hal-01234567v2/document",
        "https://inria.hal.science/hal-01234567/file/paper.pdf",
    ],
    "merl:tr2018-005": [
        "https://www.merl.com/publications/TR2018-005",
        "https://www.merl.com/publications/docs/TR2018-005.pdf",
    ],
    "isca:interspeech_2020/name20_interspeech": [
        "https://www.isca-archive.org/interspeech_2020/name20_interspeech.html",
        "https://www.isca-speech.org/archive/pdfs/interspeech_2020/name20_interspeech.pdf",
    ],
}
PAIRS = [(key, url) for key, urls in FAMILIES.items() for url in urls]
NO_PAPERS = [
    "https://github.com/nussl/nussl",
    "https://www.example.org/paper.pdf",
    "https://arxiv.org/list/cs.SD/recent",
    "https://openreview.net/group?id=ICLR.cc",
    "https://papers.nips.cc/",
    "mailto:ada@example.org",
    "",
]


@pytest.mark.parametrize(("key", "url"), PAIRS)
def test_every_address_of_a_paper_has_its_identity(key: str, url: str) -> None:
    assert paper_key(url) == key


@pytest.mark.parametrize(("key", "url"), PAIRS)
def test_the_page_is_an_address_of_the_same_paper(key: str, url: str) -> None:
    known = paper_identity(url)
    assert known
    page = paper_identity(known.page)
    assert page
    assert (page.key, page.is_page) == (key, True)


@pytest.mark.parametrize("urls", FAMILIES.values(), ids=list(FAMILIES))
def test_the_first_address_of_each_family_needs_no_mending(urls: list[str]) -> None:
    known = paper_identity(urls[0])
    assert known
    assert known.is_page


@pytest.mark.parametrize("url", NO_PAPERS)
def test_what_is_no_paper_has_no_identity(url: str) -> None:
    assert paper_identity(url) is None


@given(st.from_regex(r"\d{4}\.\d{4,5}", fullmatch=True), st.integers(1, 20))
def test_versions_and_forms_of_arxiv_agree(number: str, version: int) -> None:
    forms = (f"abs/{number}", f"pdf/{number}v{version}", f"pdf/{number}v{version}.pdf", f"html/{number}")
    assert {paper_key(f"https://arxiv.org/{form}") for form in forms} == {f"arxiv:{number}"}


@given(st.from_regex(r"10\.\d{4,9}/[a-zA-Z0-9._-]{1,30}[a-zA-Z0-9]", fullmatch=True))
def test_a_doi_is_the_same_in_any_capitals(doi: str) -> None:
    assert paper_key(f"https://doi.org/{doi}") == paper_key(f"http://dx.doi.org/{doi.upper()}")


@given(st.text(max_size=80), st.sampled_from([urls[0] for urls in FAMILIES.values()]))
def test_nothing_that_is_written_breaks_it(tail: str, url: str) -> None:
    for written in (tail, url + tail, f"https://{tail}"):
        assert paper_key(written) == paper_key(written + "")
        known = paper_identity(written)
        assert known is None or known.key


def test_different_parts_of_one_page_stay_apart() -> None:
    book = "https://www.example.org/book"
    assert paper_key(f"{book}#one") != paper_key(f"{book}#two")
    assert paper_key(f"{book}/") == paper_key("http://example.org/book")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Deep clustering", "Deep Clustering: discriminative embeddings", True),
        ("Poincaré embeddings", "Poincare Embeddings", True),
        ("The deep attractor network", "Deep attractor network", True),
        ("Learning hierarchical represenations", "Learning hierarchical representations", True),
        ("Deep clustering", "The deep attractor network", False),
        ("Batch normalization", "Layer normalization and friends", False),
    ],
)
def test_titles_are_compared_loosely(one: str, other: str, same: bool) -> None:
    assert same_title(one, other) is same
    assert same_title(other, one) is same
