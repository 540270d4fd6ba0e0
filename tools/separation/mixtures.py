"""Mixtures, made on the device that trains: gather, level and add, from samples that lie there already.

What is drawn depends on the seed and the number of the example only: a run that was cut off goes on with the mixtures
that it would have had, on any device and on any number of them.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from separation.corpus import FULL_SCALE, SPEECH_LEVEL, Corpus, CorpusError, Item, Utterance

LEVELS = (
    5.0  # dB: how much louder one source is than another, at most; each is drawn from half of it up or down
)
_TRIES = 1000  # to find a mixture for a list before giving up


class Batch(NamedTuple):
    """Waveforms: mixture (batch, sample), sources (batch, sample, source)."""

    mixture: Tensor
    sources: Tensor


class Recipe(NamedTuple):
    """Where to find the sources of a batch: all on the CPU, small.

    Attributes:
        starts: (batch, source), into the samples.
        lengths: (batch, source), how many samples belong to the source; silence follows.
        gains: (batch, source).
        mixtures: (batch,), where the mixture itself begins, or None: it is the sum.
    """

    starts: Tensor
    lengths: Tensor
    gains: Tensor
    mixtures: Tensor | None = None

    def rows(self, first: int, step: int) -> Recipe:
        """Every `step`th example from the `first` on: one process's part of the batch."""
        some = slice(first, None, step)
        mixtures = None if self.mixtures is None else self.mixtures[some]
        return Recipe(self.starts[some], self.lengths[some], self.gains[some], mixtures)


class Bank:
    """All samples of a corpus on one device: 58 MB an hour at 8 kHz."""

    def __init__(self, corpus: Corpus, device: torch.device) -> None:
        self.device = device
        self.samples = torch.from_numpy(np.array(corpus.samples)).to(device)

    def mix(self, recipe: Recipe, samples: int) -> Batch:
        """The batch of a recipe, `samples` long."""
        starts, lengths, gains = (part.to(self.device, non_blocking=True) for part in recipe[:3])
        time = torch.arange(samples, device=self.device)
        sources = self._gather(starts, time) * (time < lengths.unsqueeze(-1)) * gains.unsqueeze(-1)
        if recipe.mixtures is None:
            mixture = sources.sum(dim=1)
        else:
            inside = time < lengths.amax(dim=1, keepdim=True)
            mixture = self._gather(recipe.mixtures.to(self.device, non_blocking=True), time) * inside
        return Batch(mixture, sources.movedim(1, -1))

    def _gather(self, starts: Tensor, time: Tensor) -> Tensor:
        index = (starts.unsqueeze(-1) + time).clamp_max(len(self.samples) - 1)
        return self.samples[index].float() / FULL_SCALE


# --- for training --------------------------------------------------------------------------------------------


class Remix:
    """Draws new mixtures of a split's utterances without end: base voices, then a speaker, an utterance, a part of it."""

    def __init__(self, corpus: Corpus, split: str, sources: int, seed: int) -> None:
        speakers: dict[str, dict[int, list[Utterance]]] = defaultdict(lambda: defaultdict(list))
        for utterance in corpus.of(split):
            speakers[corpus.speakers[utterance.speaker].base][utterance.speaker].append(utterance)
        if len(speakers) < sources:
            raise CorpusError(
                f"{sources} sources need as many voices; the split {split!r} has {len(speakers)}"
            )
        self.sources, self.seed = sources, seed
        ordered = [u for base in speakers.values() for spoken in base.values() for u in spoken]
        self._starts = torch.tensor([u.start for u in ordered])
        self._lengths = torch.tensor([u.length for u in ordered])
        self._gains = torch.tensor([_levelled(corpus, u) for u in ordered])
        per_speaker = torch.tensor([len(spoken) for base in speakers.values() for spoken in base.values()])
        self._speaker_counts, self._speaker_offsets = per_speaker, per_speaker.cumsum(0) - per_speaker
        per_base = torch.tensor([len(base) for base in speakers.values()])
        self._base_counts, self._base_offsets = per_base, per_base.cumsum(0) - per_base

    def recipe(self, first: int, batch: int, samples: int) -> Recipe:
        """The recipe of a batch whose first example is number `first` of the training, for parts `samples` long."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_000_007 + first)
        # base voices without replacement, each as likely as it has speakers: the largest of u ** (1 / count), which is
        # weighted sampling after Efraimidis and Spirakis (2006)
        chances = torch.rand(batch, len(self._base_counts), generator=generator) ** (1 / self._base_counts)
        base = chances.topk(self.sources, dim=1).indices

        def one_of(counts: Tensor, offsets: Tensor, at: Tensor) -> Tensor:
            draw = torch.rand(at.shape, generator=generator)
            return offsets[at] + (draw * counts[at]).long().minimum(counts[at] - 1)

        speaker = one_of(self._base_counts, self._base_offsets, base)
        utterance = one_of(self._speaker_counts, self._speaker_offsets, speaker)
        lengths = self._lengths[utterance]
        spare = (lengths - samples).clamp_min(0)
        skipped = (torch.rand(spare.shape, generator=generator) * (spare + 1)).long().minimum(spare)
        level = (torch.rand(batch, self.sources, generator=generator) - 0.5) * LEVELS
        return Recipe(
            starts=self._starts[utterance] + skipped,
            lengths=lengths - skipped,
            gains=self._gains[utterance] * 10 ** (level / 20),
        )


class Shuffled:
    """Draws the mixtures that a corpus brings, in a new order each epoch, a random part of each."""

    def __init__(self, items: Sequence[Item], seed: int) -> None:
        if not items:
            raise CorpusError("there is no mixture to train on")
        self.items, self.seed = items, seed
        self._order: tuple[int, list[int]] = (-1, [])  # an epoch, and its order

    def recipe(self, first: int, batch: int, samples: int) -> Recipe:
        """The recipe of a batch whose first example is number `first` of the training, for parts `samples` long."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_000_007 + first)
        chosen = [self._item(first + number) for number in range(batch)]
        spare = torch.tensor([max(0, item.length - samples) for item in chosen])
        skipped = (torch.rand(batch, generator=generator) * (spare + 1)).long().minimum(spare)
        return recipe_of(chosen, skipped)

    def _item(self, number: int) -> Item:
        epoch, position = divmod(number, len(self.items))
        if self._order[0] != epoch:
            generator = torch.Generator().manual_seed(self.seed + epoch)
            self._order = epoch, torch.randperm(len(self.items), generator=generator).tolist()
        return self.items[self._order[1][position]]


def recipe_of(items: Sequence[Item], skipped: Tensor | None = None) -> Recipe:
    """The recipe of these items, from their start or after `skipped` (batch,) samples of each."""
    skip = torch.zeros(len(items), dtype=torch.long) if skipped is None else skipped
    mixtures = None
    if items[0].mixture is not None:
        mixtures = torch.tensor([item.mixture for item in items]) + skip
    return Recipe(
        starts=torch.tensor([item.starts for item in items]) + skip.unsqueeze(1),
        lengths=(torch.tensor([item.length for item in items]) - skip)
        .unsqueeze(1)
        .expand(-1, len(items[0].starts)),
        gains=torch.tensor([item.gains for item in items]),
        mixtures=mixtures,
    )


def _levelled(corpus: Corpus, utterance: Utterance) -> float:
    """The factor that brings an utterance to the level of speech, so that gains mean something."""
    samples = (
        corpus.samples[utterance.start : utterance.start + utterance.length].astype(np.float64) / FULL_SCALE
    )
    level = float(np.sqrt(np.square(samples).mean()))
    return SPEECH_LEVEL / level if level else 0.0


# --- for judging ---------------------------------------------------------------------------------------------


def fixed_list(
    corpus: Corpus, split: str, sources: int, count: int, samples: int, seed: int
) -> tuple[Item, ...]:
    """The same mixtures each time: `count` of each group, made of the split's utterances.

    The groups are "same-sex" and "different-sex"; the unseen engine has one of its own. Speakers of one base voice are
    not mixed. Of a corpus that brings mixtures, `2 * count` of those are taken, spread over its list.

    Raises:
        CorpusError: the split hasn't the voices for it.
    """
    if split in corpus.items:
        own, wanted = corpus.items[split], min(2 * count, len(corpus.items[split]))
        return tuple(own[number * len(own) // wanted] for number in range(wanted))
    utterances = [u for u in corpus.of(split) if u.length >= samples]
    if not utterances:
        raise CorpusError(f"the split {split!r} of {corpus.name} has no utterance of {samples} samples")
    groups = ("unseen-engine",) if split == "unseen" else ("same-sex", "different-sex")
    items = []
    for group in groups:
        draw = Random(f"{seed} {split} {group} {sources}")  # noqa: S311 - mixtures, not secrets
        for number in range(count):
            chosen = _choose(corpus, utterances, group, sources, draw)
            levels = [draw.uniform(-LEVELS / 2, LEVELS / 2) for _ in chosen]
            gains = [
                _levelled(corpus, u) * 10 ** (level / 20) for u, level in zip(chosen, levels, strict=True)
            ]
            starts = tuple(u.start for u in chosen)
            name = group if group.startswith(split) else f"{split}-{group}"
            items.append(Item(f"{name}-{number:03d}", group, starts, samples, tuple(gains)))
    return tuple(items)


def _choose(
    corpus: Corpus, utterances: Sequence[Utterance], group: str, sources: int, draw: Random
) -> list[Utterance]:
    for _ in range(_TRIES):
        chosen = [draw.choice(utterances) for _ in range(sources)]
        speakers = [corpus.speakers[u.speaker] for u in chosen]
        sexes = {s.sex for s in speakers}
        fits = group == "unseen-engine" or (len(sexes) == 1) == (group == "same-sex")
        if fits and len({s.base for s in speakers}) == sources:
            return chosen
    counts = Counter(corpus.speakers[u.speaker].sex for u in {u.speaker: u for u in utterances}.values())
    have = " and ".join(f"{count} {sex or 'other'}" for sex, count in sorted(counts.items()))
    split = corpus.speakers[utterances[0].speaker].split
    raise CorpusError(
        f"the split {split!r} of {corpus.name} has no {group} mixture of {sources} voices: it has {have} speakers. "
        f"More of them are made with data.speech.{split}_speakers"
    )


def in_batches(items: Sequence[Item], size: int) -> list[list[Item]]:
    """Items of equal length together, at most `size` of them."""
    ordered = sorted(items, key=lambda item: item.length)
    return [
        list(same[start : start + size])
        for _, group in itertools.groupby(ordered, key=lambda item: item.length)
        for same in [list(group)]
        for start in range(0, len(same), size)
    ]
