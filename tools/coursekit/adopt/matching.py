"""Which talk a folder, a note or a file belongs to, by the words of its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from coursekit.adopt.naming import same_word, words_of
from coursekit.adopt.record import Sureness

LIKELY, GUESS = 0.5, 0.34


@dataclass(frozen=True, slots=True)
class Match:
    """The place in the list of the talk that was found, how sure that is, and why."""

    at: int
    sureness: Sureness
    why: str


@dataclass(frozen=True)
class Matcher:
    """Compares names with talks: each is the number of its week and all that names it."""

    talks: Sequence[tuple[int, str]]

    @cached_property
    def _words(self) -> list[frozenset[str]]:
        return [words_of(about) for _, about in self.talks]

    def best(self, name: str, week: int | None = None) -> Match | None:
        """The talk whose words a name has most of; rare words count more. None where two are alike, or none is."""
        words = sorted(words_of(name))
        allowed = [at for at, (number, _) in enumerate(self.talks) if week in {None, number}]
        scores = sorted(((self._score(words, at), -at) for at in allowed), reverse=True)
        if not scores or scores[0][0] < GUESS or (len(scores) > 1 and scores[0][0] == scores[1][0]):
            return None
        score, at = scores[0][0], -scores[0][1]
        shared = [word for word in words if self._has(at, word)]
        sureness = Sureness.LIKELY if score >= LIKELY else Sureness.GUESS
        where = f" in week {week}" if week is not None else ""
        return Match(at, sureness, f"its name shares {_listed(shared)} with this talk alone{where}")

    def _score(self, words: Sequence[str], at: int) -> float:
        weights = {word: 1 / max(1, self._known(word)) for word in words}
        total = sum(weights.values())
        return sum(weight for word, weight in weights.items() if self._has(at, word)) / total if total else 0

    def _known(self, word: str) -> int:
        return sum(self._has(at, word) for at in range(len(self.talks)))

    def _has(self, at: int, word: str) -> bool:
        return any(same_word(word, other) for other in self._words[at])


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words[:6])
