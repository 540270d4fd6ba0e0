"""Who speaks: base voices, which split each belongs to, and the virtual speakers that are made of them.

A base voice is one variant of espeak-ng (or one voice of flite). A split owns its base voices: what is heard in a
test was never trained on, not even at another pitch. Both sexes have as many speakers in every split, since without
that a network is judged by which sex is rare.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

Sex = Literal["female", "male"]

# espeak-ng has 104 variants. Left out are robots, whispers, croaks, echoes, voices that are hardly voiced or
# saturated, a child, and near copies of another one.
_BASES: dict[str, dict[Sex, str]] = {
    "train": {
        "female": "Alicia anika aunty f2 f4 grandma shelby steph",
        "male": "Alex Andy Denis Diogo Gene Gene2 Henrique Hugo Lee Mario Michael Mike Mr_serious Nguyen Storm Tweaky "
        "benjamin boris david ed edward edward2 gustave ian iven2 iven3 iven4 john klatt3 klatt4 klatt5 klatt6 m1 m2 "
        "m3 m7 m8 marcelo max michel miguel mike2 norbert pablo paul pedro robert sandro",
    },
    "valid": {"female": "Andrea f1 f5", "male": "m5 m6 rob"},
    "test": {"female": "Annie belinda f3 linda", "male": "Reed m4 quincy victor"},
}
_ACCENTS = tuple(
    f"gmw/en{accent}"
    for accent in " -029 -GB-scotland -GB-x-gbclan -GB-x-gbcwmd -GB-x-rp -US -US-nyc".split(" ")
)
_FLITE: dict[Sex, tuple[str, ...]] = {"female": ("slt",), "male": ("awb", "kal", "rms")}


@dataclass(frozen=True)
class Voice:
    """A virtual speaker.

    Attributes:
        id: unique in a corpus.
        split: "train", "valid", "test", or "unseen" for the second engine.
        sex: as the base voice sounds.
        engine: "espeak-ng" or "flite".
        base: the base voice.
        accent: espeak-ng's language file; empty for flite.
        pitch: espeak-ng's 0 to 99; for flite the mean fundamental frequency in Hz, 0 for the voice's own.
        range: espeak-ng's 0 to 99, how far the pitch moves.
        rate: words a minute for espeak-ng; for flite the stretch of time in percent.
        warp: the sound is resampled to be that many times as fast, which moves pitch and formants together.
        seed: of the engine and of what is said.
    """

    id: str
    split: str
    sex: Sex
    engine: Literal["espeak-ng", "flite"]
    base: str
    accent: str
    pitch: int
    range: int
    rate: int
    warp: float
    seed: int


def espeak_voices(split: str, count: int, seed: int) -> list[Voice]:
    """`count` virtual speakers of a split, one sex after the other; its base voices take turns.

    Raises:
        ValueError: there is no such split, or the count is odd.
    """
    if split not in _BASES:
        raise ValueError(f"no split is called {split!r}: choose train, valid or test")
    if count < 4 or count % 2:
        raise ValueError(f"{count} speakers can't be half women and half men, two of each at least")
    draw = Random(f"{seed} {split}")  # noqa: S311 - voices, not secrets
    voices = []
    for sex, bases in sorted(_BASES[split].items()):
        turns = [base.replace("_", " ") for base in bases.split()]
        draw.shuffle(turns)
        for number in range(count // 2):
            base = turns[number % len(turns)]
            voices.append(
                Voice(
                    id=f"{split}-{sex}-{number:02d}",
                    split=split,
                    sex=sex,
                    engine="espeak-ng",
                    base=base,
                    accent=draw.choice(_ACCENTS),
                    pitch=draw.randrange(30, 71),
                    range=draw.randrange(25, 76),
                    rate=draw.randrange(140, 206),
                    warp=round(draw.uniform(0.92, 1.10), 2),
                    seed=draw.randrange(1, 1 << 30),
                )
            )
    return voices


def flite_voices(seed: int) -> list[Voice]:
    """The unseen engine: each of flite's four voices as three speakers, three women and nine men."""
    draw = Random(f"{seed} flite")  # noqa: S311 - voices, not secrets
    return [
        Voice(
            id=f"unseen-{base}-{warp:.2f}",
            split="unseen",
            sex=sex,
            engine="flite",
            base=base,
            accent="",
            pitch=0,
            range=0,
            rate=draw.randrange(90, 116),
            warp=warp,
            seed=draw.randrange(1, 1 << 30),
        )
        for sex, bases in sorted(_FLITE.items())
        for base in bases
        for warp in (0.94, 1.0, 1.06)
    ]
