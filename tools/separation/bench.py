"""How fast: the parts of a training step, and the losses against forms that others use."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from separation import losses
from separation.autoclip import AutoClip
from separation.config import Config, Stage
from separation.corpus import Corpus, Speaker, Utterance
from separation.hardware import peak_memory
from separation.mixtures import Bank, Remix
from separation.models import Heads, Network
from separation.objectives import Spectra, loss_of, spectra_of
from separation.signal import magnitude_ratio_weights
from separation.training import start_fabric, training_step

Embed = tuple[
    Tensor, Tensor, Tensor
]  # embeddings (batch, bin, dimension), assignment (batch, bin, source), weights


@dataclass(frozen=True)
class StepTimes:
    """Where the time of a training step goes, in milliseconds (medians).

    Attributes:
        whole: the step as training takes it.
        mixing: gathering, levelling and adding, spectra, and targets.
        network: the bare network, forward and backward.
        loss: the loss, forward and backward to the heads.
        update: clipping and the optimiser.
        steps_per_second, examples_per_second: of steps in a row, which on a GPU overlap.
        peak_memory_gib: of tensors on a GPU, of the whole process on a CPU.
    """

    whole: float
    mixing: float
    network: float
    loss: float
    update: float
    steps_per_second: float
    examples_per_second: float
    peak_memory_gib: float

    @property
    def network_share(self) -> float:
        """The bare network's part of a step: 1 would be a training that costs nothing besides."""
        return self.network / self.whole


@dataclass(frozen=True)
class LossTime:
    """One form of a loss: milliseconds forward and backward, and how far its value is from ours."""

    loss: str
    form: str
    milliseconds: float
    against_ours: float
    difference: float


def noise_corpus(config: Config, seconds: int = 60, speakers: int = 8) -> Corpus:
    """Noise in the place of speech: as long to mix, nothing to synthesise."""
    length = seconds * config.signal.sample_rate
    samples = np.random.default_rng(0).integers(-3000, 3000, speakers * length, dtype=np.int16)
    return Corpus(
        name="noise",
        made_by="separation bench",
        sample_rate=config.signal.sample_rate,
        samples=samples,
        speakers=tuple(Speaker(f"s{n}", "train", f"s{n}") for n in range(speakers)),
        utterances=tuple(Utterance(n, n * length, length) for n in range(speakers)),
        digests={},
    )


class Rig:
    """All that a training's step needs, with noise in the place of speech."""

    def __init__(self, config: Config, device: torch.device) -> None:
        self.config, self.device = config, device
        corpus = noise_corpus(config)
        self.bank, self.draws = Bank(corpus, device), Remix(corpus, "train", config.data.sources, 1)
        self.fabric = start_fabric(config.training, "gpu" if device.type == "cuda" else "cpu")
        self.network = Network(config.network)
        self.module, self.optimizer = self.fabric.setup(
            self.network, torch.optim.Adam(self.network.parameters(), fused=device.type == "cuda")
        )
        self.clip = AutoClip(config.training.clip_percentile)
        self._examples = itertools.count()

    def mix(self, stage: Stage) -> Spectra:
        """A batch of the stage, its targets with it."""
        samples = self.config.signal.samples(stage.frames)
        recipe = self.draws.recipe(next(self._examples) * stage.batch, stage.batch, samples)
        return spectra_of(self.bank.mix(recipe, samples), self.config.signal)

    def step(self, stage: Stage) -> None:
        """A step as training takes it."""
        spectra, objective = self.mix(stage), self.config.objective
        training_step(
            self.module, self.optimizer, self.clip, spectra, objective, backward=self.fabric.backward
        )

    def wait(self) -> None:
        """Until the device is done."""
        _wait(self.device)


def time_steps(config: Config, device: torch.device, *, steps: int = 20, stage: int = 0) -> StepTimes:
    """Time the parts of a step of this configuration's stage, in turns, on one device."""
    chosen = config.training.stages[stage]
    rig = Rig(config, device)
    network, optimizer, clip = rig.module, rig.optimizer, rig.clip

    def mix() -> Spectra:
        return rig.mix(chosen)

    fixed = mix()
    magnitude = fixed.mixture.abs()
    kept = Heads(*(None if h is None else h.detach().requires_grad_() for h in network(magnitude)))

    def whole() -> None:
        rig.step(chosen)

    def bare() -> None:
        optimizer.zero_grad()
        heads = [head for head in network(magnitude) if head is not None]
        torch.autograd.backward(heads, [torch.ones_like(head) for head in heads])

    def loss() -> None:
        loss_of(kept, fixed, config.objective).backward()

    def update() -> None:
        clip(network.parameters())
        optimizer.step()

    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    parts = {"whole": whole, "mixing": mix, "network": bare, "loss": loss, "update": update}
    times = _medians(parts, device, steps)
    began = time.perf_counter()
    for _ in range(steps):  # in a row, as in training, where the next step is prepared while the device works
        whole()
    _wait(device)
    per_second = steps / (time.perf_counter() - began)
    return StepTimes(
        **times,
        steps_per_second=per_second,
        examples_per_second=per_second * chosen.batch,
        peak_memory_gib=peak_memory(device) / 2**30,
    )


def _medians(
    works: Mapping[str, Callable[[], object]], device: torch.device, repeats: int
) -> dict[str, float]:
    """The median time of each work in milliseconds, after two rounds to warm up.

    They take turns: a machine that slows down for a while slows all of them.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(repeats + 2):
        for name, work in works.items():
            _wait(device)
            began = time.perf_counter()
            work()
            _wait(device)
            if number >= 2:
                times[name].append(1e3 * (time.perf_counter() - began))
    return {name: statistics.median(found) for name, found in times.items()}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


# --- losses --------------------------------------------------------------------------------------------------


def _affinity(bins: Embed) -> Tensor:
    """Deep clustering as it is written: the N x N matrices themselves."""
    v, y, w = bins
    difference = v @ v.transpose(1, 2) - y @ y.transpose(1, 2)
    weighted: Tensor = difference.square() * w.unsqueeze(1) * w.unsqueeze(2)
    return weighted.sum(dim=(1, 2)) / w.sum(dim=1).square()


def _three_products(bins: Embed) -> Tensor:
    """As asteroid and nussl compute it: three products of weighted V and Y."""
    v, y, w = bins
    v, y = v * w.sqrt().unsqueeze(-1), y * w.sqrt().unsqueeze(-1)
    parts = (v.transpose(1, 2) @ v, v.transpose(1, 2) @ y, y.transpose(1, 2) @ y)
    vv, vy, yy = (part.square().sum(dim=(1, 2)) for part in parts)
    affinity: Tensor = vv - 2 * vy + yy
    return affinity / w.sum(dim=1).square()


def _whitened_directly(bins: Embed) -> Tensor:
    """Whitened k-means as it is written: |V~ - Y (Y'Y)^-1 Y' V~|^2 with V~ = V (V'V)^-1/2."""
    v, y, w = bins
    v, y = v * w.sqrt().unsqueeze(-1), y * w.sqrt().unsqueeze(-1)
    values, vectors = torch.linalg.eigh(v.transpose(1, 2) @ v)
    white = v @ (vectors * values.clamp_min(1e-12).rsqrt().unsqueeze(1) @ vectors.transpose(1, 2))
    means = torch.linalg.inv(y.transpose(1, 2) @ y) @ (y.transpose(1, 2) @ white)
    apart: Tensor = white - y @ means
    return apart.square().sum(dim=(1, 2))


def _whitened_inverse(bins: Embed) -> Tensor:
    """As nussl computes it, with inverses, but with the paper's D - tr and a small ridge."""
    v, y, w = bins
    v, y = v * w.sqrt().unsqueeze(-1), y * w.sqrt().unsqueeze(-1)
    vv, vy, yy = v.transpose(1, 2) @ v, v.transpose(1, 2) @ y, y.transpose(1, 2) @ y
    eye = torch.eye(v.shape[-1], device=v.device)
    ridge = losses.RIDGE * vv.diagonal(dim1=1, dim2=2).mean(dim=1)[:, None, None]
    product = torch.linalg.inv(vv + ridge * eye) @ vy @ torch.linalg.inv(yy) @ vy.transpose(1, 2)
    trace: Tensor = product.diagonal(dim1=1, dim2=2).sum(dim=1)
    return v.shape[-1] - trace


_FORMS: dict[str, dict[str, Callable[[Embed], Tensor]]] = {
    "deep clustering": {"three products (asteroid, nussl)": _three_products, "N x N, as written": _affinity},
    "whitened k-means": {"inverses (nussl)": _whitened_inverse, "whitening, as written": _whitened_directly},
}
_OURS = {"deep clustering": losses.deep_clustering, "whitened k-means": losses.whitened_kmeans}


def time_losses(
    device: torch.device, *, batch: int = 8, frames: int = 400, naive_frames: int = 12, repeats: int = 10
) -> list[LossTime]:
    """Each loss against its other forms, forward and backward, on the same random embeddings.

    The N x N form is timed on `naive_frames` frames, since its memory grows with their square; ours is timed there
    again for the ratio.
    """
    found = []
    for loss, forms in _FORMS.items():
        for form, compute in forms.items():
            few = naive_frames if form.startswith("N x N") else frames
            bins = _random_bins(batch, few, device)
            both = {"ours": _OURS[loss], form: _on_rows(compute)}
            times = _medians(
                {name: _there_and_back(one, bins) for name, one in both.items()}, device, repeats
            )
            values = [one(*bins).detach() for one in both.values()]
            found.append(LossTime(loss, f"ours, {few} frames", times["ours"], 1.0, 0.0))
            ratio, difference = times[form] / times["ours"], float((values[1] - values[0]).abs().max())
            found.append(LossTime(loss, f"{form}, {few} frames", times[form], ratio, difference))
    return found


def _there_and_back(loss: Callable[[Tensor, Tensor, Tensor], Tensor], bins: Embed) -> Callable[[], None]:
    """A loss and its gradient, ready to be called."""
    embeddings, *given = bins
    return lambda: loss(embeddings.detach().requires_grad_(), *given).sum().backward()


def _on_rows(compute: Callable[[Embed], Tensor]) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """A form that takes bins in one row, as a loss that takes frames and frequencies."""
    return lambda v, y, w: compute((v.flatten(1, 2), y.flatten(1, 2), w.flatten(1, 2)))


def _random_bins(batch: int, frames: int, device: torch.device) -> Embed:
    generator = torch.Generator().manual_seed(0)
    v = torch.rand(batch, frames, 129, 20, generator=generator)
    y = torch.nn.functional.one_hot(torch.randint(0, 2, (batch, frames, 129), generator=generator), 2).float()
    w = magnitude_ratio_weights(torch.rand(batch, frames, 129, generator=generator))
    return torch.nn.functional.normalize(v, dim=-1).to(device), y.to(device), w.to(device)
