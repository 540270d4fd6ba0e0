"""Endless sentences of a small grammar: what the synthetic speakers say."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

_WORDS = {
    "who": "my neighbour|the old captain|every singer|a tired baker|our youngest cousin|the quiet librarian|that "
    "stubborn goat|the village doctor|her former teacher|a clever fox|the ferry pilot|somebody's uncle|the chess "
    "champion|two painters|the night watchman|a visiting judge|the weather girl|their landlord",
    "did": "carried|painted|borrowed|forgot|measured|followed|repaired|described|hid|photographed|shook|polished|"
    "weighed|imagined|chased|sold|admired|unpacked|dropped|discovered",
    "what": "a yellow umbrella|the broken clock|seven empty boxes|an orchestra of crickets|the last bus ticket|a "
    "jar of pickled plums|the mayor's bicycle|half a dozen oysters|a very long ladder|the missing chapter|some "
    "cheap violins|the frozen harbour|an unusual theory|twelve wooden spoons|the shadow of a church|fresh bread "
    "and butter|a map of Norway|the loudest alarm",
    "where": "behind the station|near the lighthouse|under a willow|beside the swimming pool|on the thirteenth "
    "floor|in a garden full of thistles|outside the courthouse|along the muddy road|between two vineyards|inside "
    "the theatre|at the edge of town|above the fish market",
    "when": "on Thursday evening|before the thunder came|just after breakfast|during the long vacation|in early "
    "January|while nobody was watching|shortly before noon|all through the winter|the day before yesterday|once "
    "the music stopped|every other weekend",
    "how": "with great care|without a word|for no good reason|as if by magic|rather clumsily|in complete darkness|"
    "with both hands|much too quickly|against all advice|for a small fee",
    "think": "I suppose|they claim|she believes|people say|we hope|it seems|he insists|everyone knows|I was told|"
    "you may have heard",
    "number": "fourteen|twenty-three|fifty|six hundred|ninety-one|eleven|thirty-eight|five thousand",
    "thing": "lanterns|sheep|envelopes|chairs|fishing boats|trumpets|oranges|blankets|wheels|pigeons|questions|cups",
}
_PATTERNS = (
    "{who} {did} {what} {where}, and {when} {who} {did} {what}.",
    "{when}, {who} {did} {what} {how}, because {who} {did} {what}.",
    "{think} that {who} {did} {number} {thing} {where} {when}.",
    "Why was it {who} who {did} {what} {where}, and why {how}?",
    "There were {number} {thing} {where}, but {who} only {did} {what}.",
    "{who} {did} {what} {how}; {when} there were {number} {thing} left {where}.",
    "First {who} {did} {what}, then {who} {did} {number} {thing} {how}.",
    "{think} {who} {did} {what} {when}, although {who} stood {where}.",
)
_CHOICES = {key: tuple(words.split("|")) for key, words in _WORDS.items()}


def sentences(seed: str) -> Iterator[str]:
    """Sentences without end; the same seed gives the same ones."""
    draw = Random(seed)  # noqa: S311 - speech, not secrets
    while True:
        pattern = draw.choice(_PATTERNS)
        parts = pattern.split("{")
        text = parts[0] + "".join(
            draw.choice(_CHOICES[key]) + rest for key, _, rest in (part.partition("}") for part in parts[1:])
        )
        yield text[0].upper() + text[1:]
