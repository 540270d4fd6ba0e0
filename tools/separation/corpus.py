"""Speech to mix and mixtures to judge by: one form for what was made on the spot and for corpora from a path.

A corpus is one long array of 16-bit samples, and tables that say where each utterance lies and who speaks it.
Corpora that bring mixtures of their own (wsj0-2mix, LibriMix, any folder) list them as items, too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from separation.errors import SeparationError
from separation.progress import track

Samples = npt.NDArray[np.int16]
FULL_SCALE = 32768.0
SPEECH_LEVEL = 0.05  # root mean square of an utterance; speech peaks some 15 dB above it
SOUND_FILES = (".wav", ".flac")


class CorpusError(SeparationError):
    """A corpus can't be read; the message names the path, what is wrong and what is expected."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks. Speakers of one `base` are never mixed with each other; `sex` is "" where it isn't known."""

    id: str
    split: str
    base: str
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Utterance:
    """`length` samples from `start` on, spoken by speaker number `speaker`."""

    speaker: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Item:
    """A mixture that is always the same.

    Attributes:
        id: unique in its list.
        group: results are reported by group: "same-sex", "different-sex", ...
        starts: where each source begins in the samples.
        length: samples, the same for all sources.
        gains: a factor for each source.
        mixture: where the mixture itself begins, for corpora that bring one; else it is the sum of the sources.
    """

    id: str
    group: str
    starts: tuple[int, ...]
    length: int
    gains: tuple[float, ...]
    mixture: int | None = None


@dataclass(frozen=True)
class Corpus:
    """Samples and the tables over them.

    Attributes:
        name: for people.
        made_by: the command or the place that it came from.
        sample_rate: Hz.
        samples: 16 bit, all utterances one after the other.
        speakers, utterances: see there.
        items: the mixtures that the corpus brings, by split.
        digests: sha256 of each split's voices and samples: the same digest is the same speech.
        software: versions of what made it.
        seed: it was made with; None for a recorded corpus.
    """

    name: str
    made_by: str
    sample_rate: int
    samples: Samples
    speakers: tuple[Speaker, ...]
    utterances: tuple[Utterance, ...]
    digests: dict[str, str]
    items: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    software: dict[str, str] = field(default_factory=dict)
    seed: int | None = None

    def of(self, split: str) -> list[Utterance]:
        """The utterances of a split."""
        return [u for u in self.utterances if self.speakers[u.speaker].split == split]

    def hours(self, split: str) -> float:
        """How long the utterances of a split are together."""
        return sum(u.length for u in self.of(split)) / self.sample_rate / 3600

    def speaker_ids(self, split: str) -> list[str]:
        """Who speaks in a split."""
        return [s.id for s in self.speakers if s.split == split]

    def splits(self) -> dict[str, dict[str, Any]]:
        """For each split its hours, its speakers and its digest: for the record of a run."""
        return {
            split: {
                "hours": round(self.hours(split), 3),
                "speakers": self.speaker_ids(split),
                "digest": digest,
            }
            for split, digest in self.digests.items()
        }


# --- made on the spot ----------------------------------------------------------------------------------------


def load_synthetic(folder: Path) -> Corpus:
    """What `separation data` wrote.

    Raises:
        CorpusError: the folder isn't such a one, or its samples are not those of its manifest.
    """
    manifest_file, samples_file = folder / "manifest.json", folder / "speech.npy"
    try:
        manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
        samples = np.lib.format.open_memmap(samples_file, mode="r")
        corpus = Corpus(
            name=manifest["name"],
            made_by=manifest["made_by"],
            sample_rate=manifest["sample_rate"],
            samples=samples,
            speakers=tuple(Speaker(v["id"], v["split"], v["base"], v["sex"]) for v in manifest["voices"]),
            utterances=tuple(Utterance(*row) for row in manifest["utterances"]),
            digests=manifest["digests"],
            software=manifest["software"],
            seed=manifest["seed"],
        )
        known = digests_of(samples, manifest["voices"], corpus.utterances, [s.split for s in corpus.speakers])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError) as error:
        raise CorpusError(
            f"{folder} holds no synthetic speech that can be read ({error}); make it with `separation data --out DIR`"
        ) from None
    if known != corpus.digests:
        raise CorpusError(
            f"{samples_file} is not the file that {manifest_file.name} describes; delete {folder}"
        )
    return corpus


def digests_of(
    samples: Samples, speakers: Sequence[Any], utterances: Iterable[Utterance], of: Sequence[str]
) -> dict[str, str]:
    """sha256 of each split: of its speakers, as JSON, and of its utterances.

    Args:
        samples: of all utterances.
        speakers: for each, whatever describes it and can be JSON.
        utterances: all of them.
        of: the split of each speaker.
    """
    digests = {split: hashlib.sha256() for split in of}
    for split, speaker in zip(of, speakers, strict=True):
        digests[split].update(json.dumps(speaker, sort_keys=True).encode())
    for u in utterances:
        part = np.ascontiguousarray(samples[u.start : u.start + u.length], dtype="<i2")
        digests[of[u.speaker]].update(part.data)
    return {split: digest.hexdigest() for split, digest in digests.items()}


def with_unseen(corpus: Corpus, other: Corpus) -> Corpus:
    """A corpus with the unseen voices of another one in the place of its own.

    Raises:
        CorpusError: the other has none, or another sample rate.
    """
    theirs = other.of("unseen")
    if not theirs or other.sample_rate != corpus.sample_rate:
        raise CorpusError(
            f"{other.name} ({other.sample_rate} Hz) has no unseen voices at {corpus.sample_rate} Hz"
        )
    ours = {n: s for n, s in enumerate(corpus.speakers) if s.split != "unseen"}
    new = {n: s for n, s in enumerate(other.speakers) if s.split == "unseen"}
    number = {old: at for at, old in enumerate(ours)}
    their_number = {old: len(ours) + at for at, old in enumerate(new)}
    kept = [replace(u, speaker=number[u.speaker]) for u in corpus.utterances if u.speaker in ours]
    shift = len(corpus.samples)
    added = [replace(u, start=u.start + shift, speaker=their_number[u.speaker]) for u in theirs]
    return replace(
        corpus,
        samples=np.concatenate([corpus.samples, other.samples]),
        speakers=(*ours.values(), *new.values()),
        utterances=(*kept, *added),
        digests=corpus.digests | {"unseen": other.digests["unseen"]},
    )


# --- corpora from a path -------------------------------------------------------------------------------------

_SPLITS: dict[str, dict[str, tuple[str, ...]]] = {
    "wsj0-2mix": {"train": ("tr",), "valid": ("cv",), "test": ("tt",)},
    "librimix": {"train": ("train-360", "train-100"), "valid": ("dev",), "test": ("test",)},
    "folder": {"train": ("train", "tr"), "valid": ("valid", "cv", "dev"), "test": ("test", "tt", "")},
}
_MIXTURES = ("mix_clean", "mix", "mixture", "mix_both")
_ROOTS = ("wav8k/min", "2speakers/wav8k/min", "Libri2Mix/wav8k/min", "Libri3Mix/wav8k/min", "")
LAYOUTS = tuple(_SPLITS)


def load_recorded(folder: Path, layout: str, sample_rate: int, splits: Sequence[str]) -> Corpus:
    """A corpus of mixtures and their sources: wsj0-2mix, LibriMix, or a folder with `mix/`, `s1/`, `s2/`, ...

    In each split's folder, files of one name belong together. Only the splits that are asked for are read.

    Raises:
        CorpusError: there is no such folder, a file lacks its counterpart, or one can't be read.
    """
    if layout not in _SPLITS:
        raise CorpusError(f"no layout is called {layout!r}: choose {', '.join(_SPLITS)}")
    if not folder.is_dir():
        raise CorpusError(f"there is no folder {folder}")
    reader = _Reader(layout, sample_rate)
    for split in splits:
        reader.read(_split_folder(folder, layout, split), split)
    return reader.corpus(folder)


def _split_folder(folder: Path, layout: str, split: str) -> Path:
    names = _SPLITS[layout][split]
    for root in _ROOTS:
        for name in names:
            place = folder / root / name
            if any((place / mixture).is_dir() for mixture in _MIXTURES):
                return place
    expected = ", ".join(f"{names[0]}/{part}" for part in ("mix", "s1", "s2"))
    raise CorpusError(
        f"{folder} has no {split} split in the layout {layout}: expected for example {expected}"
    )


class _Reader:
    """Gathers files into one array."""

    def __init__(self, layout: str, sample_rate: int) -> None:
        self.layout, self.sample_rate = layout, sample_rate
        self.pieces: list[Samples] = []
        self.total = 0
        self.speakers: dict[str, int] = {}
        self.table: list[Speaker] = []
        self.utterances: list[Utterance] = []
        self.items: dict[str, tuple[Item, ...]] = {}

    def read(self, place: Path, split: str) -> None:
        mixtures = next(place / name for name in _MIXTURES if (place / name).is_dir())
        sources = sorted(p for p in place.iterdir() if p.is_dir() and re.fullmatch(r"s[1-9]", p.name))
        if len(sources) < 2:
            raise CorpusError(f"{place} needs the folders s1 and s2 beside {mixtures.name}")
        files = sorted(p for p in mixtures.iterdir() if p.suffix.lower() in SOUND_FILES)
        if not files:
            raise CorpusError(f"{mixtures} has no WAV or FLAC file")
        found = track(files, f"Reading {split}")
        self.items[split] = tuple(self._item(file, sources, split) for file in found)

    def _item(self, file: Path, sources: list[Path], split: str) -> Item:
        mixture = self._samples(file)
        names = self._speakers_of(file.stem, len(sources))
        starts = []
        for source, name in zip(sources, names, strict=True):
            samples = self._samples(source / file.name)
            if len(samples) != len(mixture):
                raise CorpusError(
                    f"{source / file.name} has {len(samples)} samples, {file} has {len(mixture)}"
                )
            starts.append(self._append(samples))
            self.utterances.append(Utterance(self._speaker(name, split), starts[-1], len(samples)))
        return Item(
            file.stem, "all", tuple(starts), len(mixture), (1.0,) * len(sources), self._append(mixture)
        )

    def _samples(self, file: Path) -> Samples:
        from separation.audio import AudioError, read_audio  # a bare machine may lack what reads sound files

        try:
            sound, sample_rate = read_audio(file)
        except AudioError as error:
            raise CorpusError(str(error)) from None
        if sample_rate != self.sample_rate or sound.shape[1] != 1:
            raise CorpusError(
                f"{file} has {sample_rate} Hz and {sound.shape[1]} channels; expected {self.sample_rate} Hz and 1"
            )
        return np.round(np.clip(sound[:, 0], -1, 1 - 1 / FULL_SCALE) * FULL_SCALE).astype(np.int16)

    def _append(self, samples: Samples) -> int:
        self.pieces.append(samples)
        self.total += len(samples)
        return self.total - len(samples)

    def _speaker(self, name: str, split: str) -> int:
        key = f"{split}/{name}"
        if key not in self.speakers:
            self.speakers[key] = len(self.table)
            self.table.append(Speaker(name, split, name))
        return self.speakers[key]

    def _speakers_of(self, stem: str, count: int) -> list[str]:
        """wsj0-2mix: 011a0101_1.2_401c0202_-1.2; LibriMix: 103-1240-0003_1235-135887-0017."""
        parts = stem.split("_")
        if self.layout == "wsj0-2mix" and len(parts) == 2 * count:
            return [name[:3] for name in parts[::2]]
        if self.layout == "librimix" and len(parts) == count:
            return [name.split("-")[0] for name in parts]
        return [f"{stem}/{number}" for number in range(1, count + 1)]  # nobody knows: each is somebody new

    def corpus(self, folder: Path) -> Corpus:
        samples = np.concatenate(self.pieces)
        return Corpus(
            name=f"{self.layout}: {folder.name}" if self.layout == "folder" else self.layout,
            made_by=f"read from a folder in the layout {self.layout}",
            sample_rate=self.sample_rate,
            samples=samples,
            speakers=tuple(self.table),
            utterances=tuple(self.utterances),
            digests=digests_of(
                samples, [s.id for s in self.table], self.utterances, [s.split for s in self.table]
            ),
            items=self.items,
        )
