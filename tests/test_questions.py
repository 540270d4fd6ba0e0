"""Questions keep their id while a note is edited around them, and all of them are on one page."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from coursekit.loading import load
from coursekit.model import PageOutput
from coursekit.pipeline import build
from coursekit.scribe import Question, read_note
from trees import write_course

WORDS = st.text("abcdefghij ", min_size=1, max_size=30).map(str.strip).filter(bool)
QUESTION = WORDS.map(lambda words: f"Q (Ada): {words}?")
PIECE = st.one_of(
    QUESTION,
    WORDS.map(lambda words: f"A (Ben): {words}."),
    WORDS.map(lambda words: f"Note: {words}."),
    WORDS.map(lambda words: f"Some {words} prose."),
    WORDS.map(lambda words: f"## {words}"),
)


def ids(body: str) -> list[str]:
    entries, _ = read_note(body)
    return [entry.id for entry in entries if isinstance(entry, Question)]


@given(st.lists(PIECE, max_size=8), st.lists(PIECE, max_size=8), WORDS)
def test_an_id_stays_while_the_note_is_edited_around_it(
    before: list[str], after: list[str], words: str
) -> None:
    question = f"Q (Cleo): Why {words}?"
    (alone,) = ids(question)
    assert alone in ids("\n\n".join([*before, question, *after]))
    assert alone in ids("\n\n".join([*reversed(after), question, "A (Dan): Because.", *before]))


@given(WORDS)
def test_who_asked_case_and_punctuation_change_no_id(words: str) -> None:
    assert ids(f"Q (Ada): why {words}?") == ids(f"Q: Why, {words}?!") == ids(f"1. Ben: Why {words}?")


NOTE = """\
---
scribes: [cleo]
---
Q (Dan): Why?

Q (Ada): How often?

A (Ben): Twice.

Note: say on slide 7 what W is.

Note: mend the axis of figure 2.

Done: it starts at zero now, https://github.com/example/course/commit/17368d4aaaabbbbccccddddeeeeffff000011112
"""


def test_the_page_has_every_question_and_promise_once(tmp_path: Path) -> None:
    other = {
        "scribe_notes/week-01/talk.md": NOTE,
        "scribe_notes/week-02/two.md": "Q (Dan): Why?\n\nA (Ada): So.\n",
    }
    root = write_course(
        tmp_path, other, {"presentations/week-02/two/index.md": "---\ntitle: Two\ntopic: x\n---\nWords.\n"}
    )
    outputs = build(load(root, as_of=dt.date(2020, 4, 1))).outputs
    body = next(one.body for one in outputs if isinstance(one, PageOutput) and one.path == "questions.md")
    assert (
        "3 questions asked in the sessions, 1 of them still open; 2 things promised by presenters, 1 of them done"
        in body
    )
    headings = re.findall(r'<h2 id="(\w+)"', body)
    assert headings == ["open", "promised", "answered", "done"]
    anchors = re.findall(r'id="(q-[0-9a-f]+)"', body)
    assert len(anchors) == len(set(anchors)) == 2
    assert ">example/course@17368d4</a>" in body
