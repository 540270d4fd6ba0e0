"""Lets KaTeX itself judge the formulas of a course, so that a check says what readers would see.

KaTeX is JavaScript. The vendored file that the site loads runs here in V8, in a process of its own that can be
ended, with the options that the site's script gives it. Verdicts are kept: a course whose formulas are all
known starts nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.cache import Cache
from coursekit.jobs import Failure, run_all
from coursekit.model import Document, Fault, Formula, Place

if TYPE_CHECKING:
    from py_mini_racer import MiniRacer

_ASSETS = Path(__file__).parent / "assets"
_KATEX = _ASSETS / "vendor" / "katex" / "katex.min.js"
_OPTIONS = re.compile(r"katex\.render\(tex, \w+, (\{[^{}]*\})\)")
A_BATCH = 400  # formulas, for one process: it judges some two thousand a second
SECONDS = 2.0  # for one formula
MEMORY = 512 << 20  # bytes for one formula; V8 reserves far more addresses than it uses

Text = tuple[str, bool]  # a formula, and whether it stands by itself
Verdict = tuple[str, int] | None  # what KaTeX says, and at which character; None where it is fine


def formula_faults(
    documents: Mapping[str, Document], cache: Cache, *, pack: str
) -> dict[str, tuple[Fault, ...]]:
    """What KaTeX can't read, by path; `pack` names where the verdicts on this tree lie in the cache."""
    texts = {(one.tex, one.display) for document in documents.values() for one in _of(document)}
    verdicts = _verdicts(texts, cache, pack) if texts else {}
    if not any(verdicts.values()):
        return {}
    found = {path: tuple(_faults(_of(document), verdicts)) for path, document in documents.items()}
    return {path: faults for path, faults in found.items() if faults}


def _of(document: Document) -> tuple[Formula, ...]:
    prose = getattr(document, "prose", None)
    return prose.formulas if prose else ()


def _verdicts(texts: set[Text], cache: Cache, pack: str) -> dict[Text, Verdict]:
    key = cache.key("formulas", _judged_by(), pack)
    known: dict[Text, Verdict] = cache.get(key) or {}
    if missing := sorted(texts - known.keys()):
        known = {text: verdict for text, verdict in known.items() if text in texts} | _judge_all(missing)
        cache.put(key, known)
    return known


@lru_cache(maxsize=1)
def _judged_by() -> bytes:
    return hashlib.sha256(_KATEX.read_bytes() + options().encode()).digest()


@lru_cache(maxsize=1)
def options() -> str:
    """The options that the site's own script gives to KaTeX, as JavaScript."""
    found = _OPTIONS.search((_ASSETS / "typeset.js").read_text(encoding="utf-8"))
    assert found, "typeset.js calls katex.render(tex, element, {options})"
    return found[1]


def _judge_all(texts: list[Text]) -> dict[Text, Verdict]:
    """Batch by batch; one that ends its process is halved until the formula that did it stands alone."""
    verdicts: dict[Text, Verdict] = {}
    batches = [texts[at : at + A_BATCH] for at in range(0, len(texts), A_BATCH)]
    while batches:
        halves: list[list[Text]] = []
        for batch, result in zip(
            batches, run_all(judge, [(b,) for b in batches], bounded=False, fresh=True), strict=True
        ):
            middle = len(batch) // 2
            if not isinstance(result, Failure):
                verdicts.update(zip(batch, result, strict=True))
            elif middle:
                halves += [batch[:middle], batch[middle:]]
            else:
                verdicts[batch[0]] = (result.reason, 0)
        batches = halves
    return verdicts


_JUDGE = """function judge(tex, displayMode) {
  try { katex.renderToString(tex, OPTIONS); return null; }
  catch (error) { return [String(error.rawMessage ?? error.message), error.position ?? 0]; }
}"""


def judge(texts: Iterable[Text]) -> list[Verdict]:
    """KaTeX's verdict on each formula. To be called in a process of its own: V8 survives no fork."""
    from py_mini_racer import JSOOMException, JSTimeoutException, MiniRacer  # loads V8

    verdicts: list[Verdict] = []
    engine = _engine(MiniRacer())
    for tex, display in texts:
        try:
            said = engine.call("judge", tex, display, timeout_sec=SECONDS, max_memory=MEMORY)
            verdicts.append((str(said[0]), int(said[1])) if said else None)
        except (JSTimeoutException, JSOOMException):
            verdicts.append(("it takes far too long, or too much memory, to typeset", 0))
            engine = _engine(MiniRacer())
    return verdicts


def _engine(engine: MiniRacer) -> MiniRacer:
    engine.eval(_KATEX.read_text(encoding="utf-8"))
    engine.eval(_JUDGE.replace("OPTIONS", options()))
    return engine


def _faults(formulas: Iterable[Formula], verdicts: Mapping[Text, Verdict]) -> Iterator[Fault]:
    for formula in formulas:
        if verdict := verdicts[formula.tex, formula.display]:
            said, position = verdict
            message = f"this formula can't be typeset: {_spoken(said)}"
            yield Fault("math-invalid", message, _place(formula, position), _help(said))


def _place(formula: Formula, position: int) -> Place:
    """Where in the file KaTeX stopped; lines of a formula may be indented, so only the first has its column."""
    before = formula.tex[:position]
    blank = len(formula.tex) - len(formula.tex.lstrip())
    row = before.count("\n") - formula.tex[:blank].count("\n")
    start = formula.place
    if row > 0:
        return Place(start.line + row, 1, start.cell)
    return Place(start.line, start.column + max(0, position - blank), start.cell)


def _spoken(said: str) -> str:
    return " ".join(said.replace("'EOF'", "the end of the formula").split())[:160]


_HELPS = (
    (r"Undefined control sequence: \\(?:eq)?ref", "name the equation in words, or link to its heading"),
    (r"Undefined control sequence: \\label", r"delete it; number an equation with \tag{1}"),
    (r"Undefined control sequence: \\mathbbm", r"write \mathbb, which KaTeX knows: \mathbb{R}"),
    (
        r"Undefined control sequence: (\\\w+)",
        r"KaTeX has no such command: check its spelling, or spell it out, for example \operatorname{rank}",
    ),
    (r"got '&'", r"put lines that are aligned at & between \begin{aligned} and \end{aligned}"),
    (
        r"No such environment",
        r"KaTeX knows aligned, cases, matrix, pmatrix, bmatrix, array, gather and others",
    ),
    (r"Double (sub|super)script", "put the second one in braces: x_{1_2}"),
    (r"only in display mode", "write it between two lines of $$"),
    (r"Expected '(\\right)'", r"close it: each \left has its \right, an invisible one is \right."),
    (r"Expected '\}'|end of input", "close each { with a }"),
    (r"got '\}'", "take the } away, or open it with a {"),
    (r"Expected group after", "put what is raised or lowered behind the sign: x^2, x^{-1}"),
    (r"redefine", "take another name for your command"),
    (r"Too many expansions", "write it without a command that is defined by itself"),
)


def _help(said: str) -> str:
    return next((help for pattern, help in _HELPS if re.search(pattern, said)), "")
