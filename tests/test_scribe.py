"""The reader of scribe notes: each form that scribes use, what is no mark, and that nothing is lost."""

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.model import Place
from coursekit.scribe import Answer, Note, Passage, Question, question_id, read_note

NOTES = Path(__file__).parent / "data" / "scribe"


def entries(body):
    return read_note(body)[0]


def questions(body):
    return [entry for entry in entries(body) if isinstance(entry, Question)]


def brief(body):
    """(who, text, answers' texts) of each question."""
    return [(q.who, q.text, [answer.text for answer in q.answers]) for q in questions(body)]


def passages(body):
    return [entry.text for entry in entries(body) if isinstance(entry, Passage)]


# ------------------------------------------------------------------------------- the agreed four marks


def test_agreed_marks():
    found, faults = read_note((NOTES / "agreed.md").read_text(encoding="utf-8"), first_line=5)
    assert found == (
        Passage("# Bread rises", Place(5, 1)),
        Question(
            "Why does the dough rest\ntwice?",
            "Ada",
            Place(7, 1),
            (Answer("Once for the taste,\nonce for the shape.", "presenters", Place(9, 1)),),
        ),
        Question("How warm is warm?", "", Place(12, 1)),
        Note(
            "say on slide 4 what a poolish is.",
            "",
            Place(14, 1),
            (Answer("slide 4 says it now.", "", Place(15, 1)),),
        ),
        Note("the oven's scale has no unit.", "Ben", Place(17, 1)),
        Passage("Some prose that ends the note.", Place(19, 1)),
    )
    assert [entry.place for entry in found] == sorted(entry.place for entry in found)
    assert faults == ()


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("Q: Why?", ""),
        ("q: Why?", ""),
        ("Q:Why?", ""),
        ("Question: Why?", ""),
        ("Q (Ada Example): Why?", "Ada Example"),
        ("Q (B): Why?", "B"),
        ("**Q:** Why?", ""),
        ("**Q**: Why?", ""),
        ("**Q (Ada):** Why?", "Ada"),
        ("**Q: Why?**", ""),
        ("- Q: Why?", ""),
        ("12) Q (Ada): Why?", "Ada"),
        ("  Q: Why?<br>", ""),
        ("Q:\nWhy?", ""),
    ],
)
def test_spellings_of_a_question_mark(line, who):
    assert brief(line) == [(who, "Why?", [])]


@pytest.mark.parametrize(
    "line",
    [
        "A - Actions which are {-1, 0, 1}",
        "S - States",
        "Q - Question",
        "(Q - Question) (A - Answer)",
        "Q(s, a) = V(s) + A(s, a)",
        "Q(s, a): the value of an action",
        "Q (s, a): the value of an action",
        "Q (s_t, a_t): the value of an action",
        "A. First choice",
        "A:=3",
        "Qs: many",
        "Noted: nothing",
        "**Q: stars that don't pair",
        "Q:",
        "Note:",
        "    Q: inside an indented code block",
        "    A: inside an indented code block",
        "> Q: quoted",
        "https://example.org/?",
        "Slide: what is it?",
        "the middle of a sentence: is it?",
        "R: reward?",
        "How to fold?",
        "1. Draw the tower (in red?)",
    ],
)
def test_what_is_no_mark(line):
    assert read_note(line) == ((Passage(line, Place(1, len(line) - len(line.lstrip()) + 1)),), ())


def test_an_answer_ends_at_a_blank_line_followed_by_something_else():
    body = "Q: Why?\nA: Because:\n- it is so\n- it was so\n\n  and in short, so\n\nProse"
    assert brief(body) == [("", "Why?", ["Because:\n- it is so\n- it was so\n\n  and in short, so"])]
    assert passages(body) == ["Prose"]


@pytest.mark.parametrize("line", ["## Next", "---", "15:40 next topic", "Ben: and then?"])
def test_what_ends_an_answer_at_once(line):
    assert questions(f"Q: Why?\nA: So.\n{line}")[0].answers[0].text == "So."


def test_a_question_may_have_many_answers_with_blank_lines_between():
    assert brief("Q: Why?\n\nA (Ada): So.\n\nA (Ben): Or so.") == [("", "Why?", ["So.", "Or so."])]


def test_an_empty_answer_leaves_the_question_open_and_an_empty_done_the_note():
    assert brief("Q: Why?\nA: \n") == [("", "Why?", [])]
    assert entries("Note: say why\nDone:\n") == (Note("say why", "", Place()),)


def test_text_below_a_marked_question_belongs_to_it():
    assert brief("Q: Which?\n- left\n- right\nA: Left.") == [("", "Which?\n- left\n- right", ["Left."])]


# --------------------------------------------------------------------------------------------- orphans


def test_orphans_stay_visible_and_are_reported():
    body = "Prose\nA: to nothing\n\nQ: Why?\nDone: nothing\n\nNote: this\n\nProse\n\nDone: too late"
    found, faults = read_note(body, first_line=3)
    assert [fault.rule for fault in faults] == [
        "scribe-answer-orphan",
        "scribe-done-orphan",
        "scribe-done-orphan",
    ]
    assert [fault.place.line for fault in faults] == [4, 7, 13]
    assert all(fault.message and "\n" in fault.help for fault in faults)
    assert [type(entry).__name__ for entry in found] == ["Passage", "Question", "Passage", "Note", "Passage"]
    assert passages(body) == ["Prose\nA: to nothing", "Done: nothing", "Prose\n\nDone: too late"]


def test_the_examples_in_the_help_are_right():
    for fault in read_note("A: so\n\nDone: so")[1]:
        found, faults = read_note(fault.help.partition("\n")[2])
        assert len(found) == 1
        assert not isinstance(found[0], Passage)
        assert faults == ()


# ---------------------------------------------------------------------------------- code and mathematics


@pytest.mark.parametrize(
    "block",
    [
        "```\nQ: Why?\n\nA: So.\n```",
        "~~~~python\nNote: x\n~~~\nDone: y\n~~~~",
        "- ```\n  Q: Why?\n  ```",
        "$$\nA: x\n$$",
        "\\[\nQ: x\n\\]",
        "\\begin{Vmatrix}\nQ: x\n\\end{Vmatrix}",
        "<!--\nQ (name): the form\n\nA (name): the form\n-->",
        "<pre>\nQ: x\n</pre>",
        "```\nQ: never closed",
    ],
)
def test_no_marks_in_blocks(block):
    assert read_note(block) == ((Passage(block, Place()),), ())


def test_marks_are_read_again_behind_blocks():
    assert brief("```\nx\n```\nQ: Why?") == [("", "Why?", [])]
    assert brief("$$ x $$\nQ: Why?") == [("", "Why?", [])]
    assert brief("$$ never closed\n\nQ: Why?") == [("", "Why?", [])]
    assert brief("\\begin{Bmatrix}\n1\n\\end{Bmatrix}\nQ: Why?") == [("", "Why?", [])]
    assert brief("`````x`\nQ: Why?") == [("", "Why?", [])]


def test_code_in_an_answer_belongs_to_it():
    body = "Q: How?\nA: Like this:\n```\nQ: no mark\n\nx = 1\n```\n\nProse"
    assert brief(body) == [("", "How?", ["Like this:\n```\nQ: no mark\n\nx = 1\n```"])]


# ------------------------------------------------------------------------------ the forms real notes have

FORMS = {
    "remarks": [],
    "numbered-q": [
        (
            "",
            "Would a kite (this one) also fly without a tail?",
            ["It would, but it would turn. A tail costs lift."],
        ),
        (
            "",
            "Is the string part of the model? or is it left out?",
            [
                "It is part of it. 60 m of string weigh as much as the kite, and it\nsags.\n"
                "SAG = drop of the middle below the straight line"
            ],
        ),
        ("", "Did you count the knots?\nYes, all of them.", []),
    ],
    "speakers": [
        ("Ada", "Is the lens of one piece?", ["No"]),
        (
            "Ben Sample",
            "The ring looks known. Where is it from?",
            ["From the harbour light (week 2)", "It was copied there by hand"],
        ),
        (
            "Ada",
            "Figure 3: what's R and r in (a) (b)?",
            ["R is the outer radius and r is the inner radius"],
        ),
        ("Cleo", "Can you say again why it blinks?", []),
        ("Ben", "the loop is the one of week 1, right?", ["Yes"]),
    ],
    "timeline-q": [
        ("", "Do you know what the Q in the title stands for?", ["Q - quarter, an old measure"]),
        ("", "15:07 Does the hand close before the arm stops?", ["It does, so that no apple falls."]),
        ("", "Can I rent one?", ["No."]),
        ("", "Why would it not sort pears?", ["It was shown none. A week of pears may do."]),
    ],
    "html-list": [
        ("", "Valley slide - What's v on the slide?", ["A number from 0 to 1. They don't say which."]),
        ("Ada", "is it one sheet? Or is there one for every wing?", ["One sheet, cut twice"]),
    ],
    "timeline": [
        ("Cleo", "so the dance is the number?", []),
        ("Cleo", "wouldn't the wind change it?", []),
    ],
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(name):
    body = (NOTES / f"{name}.md").read_bytes().decode("utf-8")
    assert brief(body) == FORMS[name]
    rules = [fault.rule for fault in read_note(body)[1]]
    assert rules == (["scribe-answer-orphan"] if name == "numbered-q" else [])
    lost_nothing(body)


def test_remarks_stay_as_they_were():
    body = (NOTES / "remarks.md").read_text(encoding="utf-8")
    assert entries(body) == (Passage(body.strip(), Place()),)


def test_html_lists_with_questions_become_markdown():
    first, question, *_ = entries((NOTES / "html-list.md").read_text(encoding="utf-8"))
    assert "2. Ben: I got lost at the third fold\n    - It folds back what the second one did." in first.text
    assert question.place == Place(15, 5)
    assert question.answers[0].place == Place(16, 9)


def test_an_html_list_on_one_line():
    body = "<ol><li>Ada: why? <ul><li>so</li></ul> more</li><li>Q: how?</li></ol> end"
    assert brief(body) == [("Ada", "why?", ["so"]), ("", "how?", [])]
    assert passages(body) == ["    more", "end"]


@pytest.mark.parametrize(
    "body",
    [
        "<ul>\n<li>no question</li>\n</ul>",
        "<ul>\n<li>Ada: never closed?</li>",
        "<ul>" * 9 + "<li>Ada: too deep?" + "</ul>" * 9,
        "<ul>\n```\n<li>Ada: code?</li>\n```\n</ul>",
    ],
)
def test_html_lists_that_stay(body):
    assert entries(body) == (Passage(body, Place()),)


def test_answers_below_a_question_without_a_mark():
    assert brief("1. Ada: why?\n- so\n    - truly\n- or so\n2. Ben: how?") == [
        ("Ada", "why?", ["so\n- truly", "or so"]),
        ("Ben", "how?", []),
    ]
    assert brief("- why?\n    - so\n- how?") == [("", "why?", ["so"]), ("", "how?", [])]
    assert brief("1. Ada: why?\n\n   - so") == [("Ada", "why?", ["so"])]
    assert brief("Ada: why?\n\n- a new list") == [("Ada", "why?", [])]
    assert brief("1. Ada: why?\nA (Ben): so") == [("Ada", "why?", ["so"])]
    assert brief("**Ada:** why?\n- A (Ben): so") == [("Ada", "why?", ["so"])]


def test_a_list_item_may_wrap_up_to_its_question_mark():
    assert brief("1. Ada: why is\n   this so?\n   Nobody said.") == [("Ada", "why is\nthis so?", [])]
    assert passages("1. Ada: why is\n   this so?\n   Nobody said.") == ["   Nobody said."]


def test_what_is_left_of_a_list_is_no_code_block():
    assert passages("- Topic\n    - why?\n    - remark\n        - more") == [
        "- Topic",
        "- remark\n    - more",
    ]
    assert passages("<ul><li>Q: why?<ul><li>A: so</li><li>Note: x</li></ul><li>y</li></ul>") == ["- y"]
    assert passages("- Topic\n    - Q: why?\n\n    - remark\n        - more") == [
        "- Topic",
        "- remark\n    - more",
    ]


# ------------------------------------------------------------------------------------------------- ids


def test_ids():
    same = ["Why is W so large?", "why is W\n  so large", "**Why** is `W` so large?!"]
    assert len({question_id(text) for text in same}) == 1
    assert question_id("Café?") == question_id("Cafe\u0301?")
    assert question_id("Why is W so small?") != question_id(same[0])
    assert re.fullmatch("q-[0-9a-f]{8}", question_id(""))
    assert questions("Prose\n\nQ (Ada): Why?")[0].id == questions("1. Q: why?\nA: so")[0].id


# -------------------------------------------------------------------------------------------- the key law

TAGS = re.compile(r"</?(?:ol|ul|li)\b[^<>]*>|</?br\s*/?>", re.IGNORECASE)
MARK = re.compile(
    r"\s*(?:(?:\d+[.)]|[-*+])\s+)?(?:\*\*)?(?:question|answer|note|done|q|a)(?:\*\*)?"
    r"([ \t]+\([^()]*\))?(?:\*\*)?:(.*)",
    re.IGNORECASE | re.DOTALL,
)
NUMBER = re.compile(r"\A\s*\d+[.)]\s")


def source_words(body):
    """The words that must not get lost: all but marks, list numbers and list tags."""
    for line in TAGS.sub("\n", body).split("\n"):
        mark = MARK.fullmatch(line)
        if mark and not mark[2].strip(" *"):
            continue  # nothing but a mark
        yield from re.findall(
            r"\w+", (mark[1] or "") + " " + mark[2] if mark else NUMBER.sub("", line, count=1)
        )


def told(entry):
    """The words of an entry in order, as its reader sees them."""
    if isinstance(entry, Passage):
        return [entry.text]
    replies = entry.done if isinstance(entry, Note) else entry.answers
    return [entry.who, entry.text, *(part for reply in replies for part in (reply.who, reply.text))]


def lost_nothing(body):
    found, faults = read_note(body)
    words = iter(
        re.findall(r"\w+", TAGS.sub("\n", "\n".join(text for entry in found for text in told(entry))))
    )
    missing = [word for word in source_words(body) if word not in words]
    assert not missing, (missing, found)
    places = []
    for entry in found:
        replies = {Question: "answers", Note: "done"}.get(type(entry))
        places += [entry.place, *(reply.place for reply in (getattr(entry, replies) if replies else ()))]
    assert all(one < other for one, other in pairwise(places))
    assert len(faults) <= body.count("\n") + body.count("<") + 1


STARTS = ["", "", "Q: ", "A: ", "Note: ", "Done: ", "Q (Ada): ", "A (Ben): ", "**Q:** ", "**Q: ", "q:"]
STARTS += [
    "Ada: ",
    "Ada Example: ",
    "1. ",
    "2. Q: ",
    "- ",
    "- A: ",
    "* Ada: ",
    "Slide: ",
    "15:37 ",
    "## ",
    "---",
]
STARTS += ["```", "$$", "\\[", "\\]", "<!--", "-->", "> "]
STARTS += ["<ol>", "<ul><li>", "<li>", "</li>", "</ul>", "</ol>", "<ol><li>Ada: "]
ENDS = ["", "?", "?**", "**", "?</br>", "<br>", "</li>", "</li></ul>", "$$", "```", "(s, a):", "-->", "\r"]
WORDS = ["why", "so", "is", "the", "loss", "W", "Q", "A", "Note", "x1", "naïve", "42"]
LINES = st.tuples(
    st.sampled_from(["", "", "  ", "    ", "\t"]),
    st.sampled_from(STARTS),
    st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join),
    st.sampled_from(ENDS),
).map("".join)


@settings(deadline=None)
@given(st.lists(LINES | st.just(""), max_size=25).map("\n".join))
def test_nothing_is_lost_of_notes(body):
    lost_nothing(body)


@settings(deadline=None)
@given(st.text() | st.text("QA:?-*.<>/oliu \n\t1`$(){}", max_size=80))
def test_nothing_is_lost_of_any_text(body):
    lost_nothing(body)


SIZE = 200_000
UNITS = [
    "(",
    "?",
    "Q:",
    "Q (",
    "**Q:**",
    "Ab ",
    "Ab:",
    " ",
    "\t",
    "\n",
    "\r",
    "_ ",
    "- ",
    "-\t",
    "15:3",
    "```",
    "$$",
]
UNITS += [
    "Q:\n",
    "A:\n",
    "Q: a\nA:\n",
    "Note: x\n    y\n\n",
    "Ab: c?<br>\n",
    "```\n",
    "$$\n",
    "<!--\n",
    "\\begin{",
]
UNITS += [
    "- a?\n",
    "1. a\n",
    "1. a\n  b\n",
    "- a?\n  - b\n",
    "  b\n",
    "<br>",
    "<ol ",
    "<ul>",
    "</ul>",
    "<ul>\n",
]
UNITS += ["<ul><li>a?\n", "<ol><li>a?</li></ol>\n", "<ul>\n<li>\n"]


@pytest.mark.parametrize(
    ("before", "unit"),
    [("", unit) for unit in UNITS] + [("1. Ada: ", unit) for unit in UNITS if "\n" not in unit],
)
def test_linear_time(before, unit):
    body = before + unit * (SIZE // len(unit)) + "x"
    start = time.process_time()
    read_note(body)
    assert time.process_time() - start < 10  # a quadratic reader needs minutes


def test_deep_html_lists_take_linear_time():
    body = "<ul><li>Ada: why?" * 8_000 + "</li></ul>" * 8_000
    start = time.process_time()
    assert entries(body) == (Passage(body, Place()),)
    assert time.process_time() - start < 10
