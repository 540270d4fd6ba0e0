"""How well a network separates: a quick look for the curve, and every metric of every test mixture."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from separation import metrics
from separation.config import Config
from separation.corpus import Corpus, Item
from separation.inference import masks_from, separate
from separation.losses import pairwise_si_sdr_loss, si_sdr_loss
from separation.masks import ORACLES, apply_masks
from separation.mixtures import Bank, Batch, fixed_list, in_batches, recipe_of
from separation.models import Network
from separation.objectives import loss_of, spectra_of
from separation.progress import console, track
from separation.signal import istft, stft

SCORES = "scores.csv"
_BATCH = 16
_SHOWN_ORACLES = ("ibm", "irm", "tpsm")
_OF_ALL = (
    "si_sdr",
    "si_sdri",
)  # of oracles and mixtures, which are the same in every run; a model has all metrics


class Score(NamedTuple):
    """One row of scores.csv: a reference of an item under one estimator, with its metrics in dB."""

    item: str
    source: int
    seed: int
    group: str
    estimator: str
    values: dict[str, float]


@torch.no_grad()
def judge(network: Network, bank: Bank, items: Sequence[Item], config: Config) -> tuple[float, float]:
    """Mean loss and mean SI-SDR improvement in dB of a network over a list.

    For the curve, so on the device and in its precision: `evaluate` is the slower one that counts.
    """
    losses, improvements = [], []
    for some in in_batches(items, _BATCH):
        batch = bank.mix(recipe_of(some), some[0].length)
        spectra = spectra_of(batch, config.signal)
        heads = network(spectra.mixture.abs())
        losses.append(loss_of(heads, spectra, config.objective).expand(len(some)))
        masks = masks_from(heads, spectra.mixture.abs(), config.data.sources, config.inference)
        estimates = istft(
            apply_masks(masks, stft(batch.mixture, config.signal)), config.signal, some[0].length
        )
        before = pairwise_si_sdr_loss(batch.mixture.unsqueeze(-1), batch.sources).mean(dim=(1, 2))
        improvements.append(before - si_sdr_loss(estimates, batch.sources))
    return float(torch.cat(losses).mean()), float(torch.cat(improvements).mean())


def _metrics_of(batch: Batch, estimates: Tensor) -> Iterator[dict[str, metrics.Array]]:
    on_cpu = (part.double().cpu().numpy() for part in (estimates, batch.sources, batch.mixture))
    for estimate, reference, mixture in zip(*on_cpu, strict=True):
        yield metrics.evaluate(estimate, reference, mixture)


def test_list(corpus: Corpus, config: Config) -> tuple[Item, ...]:
    """All that a network is tested on.

    Every test mixture that the corpus brings, or the groups of its test split; and the unseen engine where there is one.
    """
    data = config.data
    samples = round(data.seconds * config.signal.sample_rate)

    def made(split: str) -> tuple[Item, ...]:
        return fixed_list(corpus, split, data.sources, data.test_items, samples, data.seed)

    unseen = made("unseen") if corpus.speaker_ids("unseen") and data.sources == 2 else ()
    return (*(corpus.items.get("test") or made("test")), *unseen)


def estimators(network: Network, batch: Batch, config: Config) -> Iterator[tuple[str, Tensor]]:
    """Each estimator's name and its estimates (batch, sample, source): the model, the oracles, the mixture itself."""
    samples = batch.mixture.shape[1]
    yield "model", separate(network, batch.mixture, config.data.sources, config.signal, config.inference)[0]
    mixture, sources = stft(batch.mixture, config.signal), stft(batch.sources, config.signal)
    for name in _SHOWN_ORACLES:
        yield name, istft(apply_masks(ORACLES[name](sources, mixture), mixture), config.signal, samples)
    yield "mixture", batch.mixture.unsqueeze(-1).expand_as(batch.sources)


@torch.no_grad()
def scored(network: Network, bank: Bank, some: Sequence[Item], config: Config) -> Iterator[Score]:
    """Every metric of these mixtures, all of one length, for each estimator."""
    batch = bank.mix(recipe_of(some), some[0].length)
    for name, estimates in estimators(network, batch, config):
        for item, values in zip(some, _metrics_of(batch, estimates), strict=True):
            for source in range(config.data.sources):
                row = {
                    metric: float(np.clip(column[source], -100, 100))
                    for metric, column in values.items()
                    if name == "model" or metric in _OF_ALL
                }
                yield Score(item.id, source + 1, config.training.seed, item.group, name, row)


@torch.no_grad()
def evaluate(network: Network, corpus: Corpus, config: Config, device: torch.device) -> list[Score]:
    """Every metric of every test mixture, for the model, the oracles and the mixture itself."""
    network = network.to(device).eval()
    bank = Bank(corpus, device)
    batches = in_batches(test_list(corpus, config), _BATCH)
    scores: list[Score] = []
    for some in track(batches, "Evaluating"):
        scores.extend(scored(network, bank, some, config))
    silent = {(s.item, s.source) for s in scores if math.isnan(s.values["si_sdr"])}
    if silent:
        console.print(f"{len(silent)} voices are silent in their references and are left out")
    return [s for s in scores if (s.item, s.source) not in silent]


def write_scores(file: Path, scores: Sequence[Score]) -> None:
    """scores.csv, from -100 to 100 dB to a thousandth; a voice that is silent in its reference has no row."""
    draft = file.with_name(f".{file.name}")
    with draft.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["item", "source", "seed", "group", "estimator", *metrics.UNITS])
        for score in sorted(scores, key=lambda s: (s.group, s.item, s.estimator, s.source)):
            values = (score.values.get(name, math.nan) for name in metrics.UNITS)
            cells = ["" if math.isnan(value) else f"{value:.3f}" for value in values]
            table.writerow([*score[:5], *cells])
    draft.replace(file)


def read_scores(file: Path) -> list[Score]:
    """What `write_scores` wrote, rounded as it is there."""
    with file.open(newline="", encoding="utf-8") as stream:
        return [
            Score(
                row["item"],
                int(row["source"]),
                int(row["seed"]),
                row["group"],
                row["estimator"],
                {name: float(row[name]) for name in metrics.UNITS if row[name]},
            )
            for row in csv.DictReader(stream)
        ]


def summaries(scores: Sequence[Score], metric: str) -> dict[tuple[str, str], metrics.Summary]:
    """The summary of a metric for each (estimator, group), and for all groups together under ""."""
    values: dict[tuple[str, str], dict[str, list[float]]] = {}
    for score in scores:
        if not math.isnan(score.values.get(metric, math.nan)):
            for group in (score.group, ""):
                items = values.setdefault((score.estimator, group), {})
                items.setdefault(score.item, []).append(score.values[metric])
    return {key: metrics.summarise(items) for key, items in values.items()}
