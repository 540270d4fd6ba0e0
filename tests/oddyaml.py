"""course.yml in every form in which people write YAML: for tests of what changes it in place."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

TOP = """\
title: "Ünïcode: and quotes"   # 𝔘 a comment
term:   {name: Spring 2020, start: 2020-04-08, weeks: 4, timezone: America/Chicago}
meeting: { weekday: wednesday, start: "14:00", end: '17:00' }

people:
    ada: {name: Ada Example}   # first
    ben:
      name: >-
        Ben
        Sample
    cleo: {"name": "Cleo Instance"}
    "null": {name: Nell Null}
    dan: {name: Dan Specimen}
groups:
  project: {p1: [ada,   ben], p2: [ cleo, dan, ]}
projects: {one: {group: p1}, two: {group: p2}}
policy: {presentations_from_week: 1, reviews_from_week: 2}
"""
# A slot as a person might write it: the same slot in flow form, then as lines of a block.
FLOW = [
    "{}", "{ }", "{slug: null}", "{ slug : deep-nets , }", "{slug: x, scribe: }", "{slug: ~, presenters: [ ], scribe: null}",
    '{"slug": "y", "scribe": null}', "{slug: z, presenters: [ada]}", "{presenters: [], slug: w}", "{scribe: ,slug: v}",
]  # fmt: skip
BLOCK = [
    ["slug: null"], ["slug: a-b # why", "# said between", "presenters: []  # who", "scribe:"], ["scribe: ~", "slug: c"],
    ["slug: >-", "  folded"], ["presenters:", "  - ben  # by hand", "slug: d"], ["presenters:", "- cleo"], ["scribe:"],
    ["slug: e", "presenters:", "  - dan", "# the end"], ["'slug': 'f'", "scribe: null # later"],
]  # fmt: skip
REVIEWS = [
    [], ["reviews: []"], ["reviews: [ ]   # none yet"], ["reviews:", "  []"],
    ["reviews: [{week: 2, reviewer: p1, project: two}]  # by hand"],
    ["reviews: [", "  {week: 2, reviewer: p1, project: two},", "]"], ["reviews: [ # now", "]"],
    ["reviews:", "- {week: 2, reviewer: p1, project: two}", "# after"],
    ["reviews:", "    - week: 2", "      reviewer: p1", "      project: two  # by hand"],
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Odd:
    """course.yml and which of its lines hold a place that is open."""

    data: bytes
    open_lines: frozenset[bytes]
    line_end: bytes


@st.composite
def _rota(draw: st.DrawFn) -> list[str]:
    """Four weeks with a slot or two."""
    lines = ["rota: # a slot without a slug is open"]
    indent = draw(st.sampled_from(["", "  ", "      "]))
    for week in range(1, 5):
        slots = draw(st.lists(st.sampled_from([*FLOW, *BLOCK]), min_size=1, max_size=2))
        flow = [one for one in slots if isinstance(one, str)]
        form = draw(st.sampled_from(["line", "lines", "broken"])) if len(flow) == len(slots) else "lines"
        if form == "line":
            lines.append(f"{indent}- {{week: {week}, presentations: [{', '.join(flow)}]}}")
        elif form == "broken":
            lines.append(f"{indent}- {{week: {week}, # open")
            lines += [
                f"{indent}   presentations: [",
                *(f"{indent}     {one}," for one in flow),
                f"{indent}   ]}}",
            ]
        else:
            lines += [f"{indent}- week: {week}", f"{indent}  presentations:"]
            deeper = indent + draw(st.sampled_from(["  ", "    "]))
            lines += [line for one in slots for line in _slot(one, deeper)]
        lines += draw(st.sampled_from([[], [""], ["# between"]]))
    return lines


def _slot(slot: str | list[str], indent: str) -> list[str]:
    if isinstance(slot, str):
        return [f"{indent}- {slot} # said"]
    return [f"{indent}- {slot[0]}", *(f"{indent}  {line}" for line in slot[1:])]


@st.composite
def odd_course(draw: st.DrawFn) -> Odd:
    """A whole file."""
    rota, reviews = draw(_rota()), draw(st.sampled_from(REVIEWS))
    parts = draw(st.permutations([rota, reviews, ["moved: {}", "# the last word"]]))
    rest = [line for part in parts for line in part]
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    text = line_end.join(
        [*TOP.splitlines(), *rest, *draw(st.sampled_from([[], [""], ["..."], ["", "# bye", ""]]))]
    )
    bom = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    may_change = [*rota, *(reviews if "[" in "".join(reviews[:2]) else [])]
    return Odd(bom + text.encode(), frozenset(line.encode() for line in may_change), line_end.encode())
