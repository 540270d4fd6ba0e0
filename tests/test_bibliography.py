"""Each paper and code-base once, whichever of its addresses a page names; and BibTeX that TeX can read."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from coursekit.bibliography import Place, Work, bibtex, works
from coursekit.loading import load
from coursekit.model import AssetOutput, PageOutput
from coursekit.pipeline import build
from coursekit.schema import Reference
from trees import write_course

COURSE = {
    "weeks/week-01/index.md": "---\ntitle: One\nreading:\n"
    "  - {title: 'Deep clustering: discriminative embeddings', url: https://arxiv.org/abs/1508.04306, authors: [Ada Example], year: 2016}\n"
    "  - {title: A video, url: https://video.example.com/x, kind: video}\n"
    "discuss: {title: Another paper, url: https://doi.org/10.1109/x.2018.1}\n---\nRead.\n",
    "presentations/week-01/talk/index.md": """\
---
title: A talk
papers:
  - {title: Deep clustering, url: "https://arxiv.org/pdf/1508.04306v2.pdf"}
  - {title: Another Paper!, url: https://arxiv.org/abs/1804.00001}
code:
  - {title: Some code, url: https://github.com/Example/Code/tree/17368d4}
---
See [the loss](https://github.com/example/code/blob/17368d4/nn/loss.py#L66-L70).
""",
    "site_src/reading.md": "---\ntitle: Reading code\n---\nRead [this](https://github.com/example/code/blob/17368d4/a.py#L1).\n",
    "presentations/week-02/two/index.md": """\
---
title: Two
papers: [{title: Deep clustering, url: https://ar5iv.org/abs/1508.04306}]
code: [{title: The code again, url: https://github.com/example/code.git}]
---
Words.
""",
}


def test_one_card_for_all_addresses(tmp_path: Path) -> None:
    papers, code = works(load(write_course(tmp_path, COURSE), as_of=dt.date(2020, 4, 1)))
    deep, other = papers
    assert deep.reference.authors == ("Ada Example",)
    assert [place.title for place in deep.places] == ["Week 1", "A talk", "Two"]
    assert deep.addresses["arXiv"] == "https://arxiv.org/abs/1508.04306"
    assert set(deep.addresses) == {"arXiv", "PDF", "copy"}
    assert set(other.addresses) == {"DOI", "arXiv"}  # told by the title, since the addresses don't tell
    (one,) = code
    assert [place.title for place in one.places] == ["A talk", "Two"]
    lines = [(line.file, line.lines, line.place.path) for line in one.lines]
    assert lines == [
        ("nn/loss.py", "L66–70", "presentations/week-01/talk/index.md"),
        ("a.py", "L1", "reading.md"),
    ]


def test_the_page_and_the_file(tmp_path: Path) -> None:
    outputs = build(load(write_course(tmp_path, COURSE), as_of=dt.date(2020, 4, 1))).outputs
    body = next(one.body for one in outputs if isinstance(one, PageOutput) and one.path == "papers.md")
    assert body.count('class="course-work"') == 3
    assert "2 papers and 1 code-base" in body
    data = next(
        one.data for one in outputs if isinstance(one, AssetOutput) and one.path == "papers.bib"
    ).decode()
    assert data.startswith(
        "@misc{example2016deep,\n  title = {{Deep clustering: discriminative embeddings}},\n"
    )
    assert "eprint = {1508.04306}" in data
    assert data.count("@") == 2


def test_keys_are_told_apart() -> None:
    same = [
        Work(
            "paper",
            Reference(
                title="A paper on masks", url=f"https://x.org/{n}", authors=("Ada Example",), year=2020
            ),
        )
        for n in range(3)
    ]
    assert list(bibtex(same)) == ["example2020paper", "example2020papera", "example2020paperb"]


@given(
    st.text(min_size=1).filter(lambda text: any(char.isalnum() for char in text)),
    st.lists(st.text(min_size=1), max_size=3),
)
def test_entries_are_balanced_whatever_a_title_holds(title: str, authors: list[str]) -> None:
    reference = Reference.model_construct(
        title=title, url="https://x.org", authors=tuple(authors), year=None, venue=None, kind=None
    )
    work = Work("paper", reference, [Place("x", "x", 1)], {"x.org": "https://x.org"})
    ((key, entry),) = bibtex([work]).items()
    assert re.fullmatch(r"[a-z0-9]+", key)
    depth = 0
    for char in re.sub(r"\\.", "", entry):
        depth += (char == "{") - (char == "}")
        assert depth >= 0
    assert depth == 0
    assert entry.count("\n") == len(re.findall(r"^  \w+ = \{", entry, re.MULTILINE)) + 2
