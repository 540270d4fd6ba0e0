"""Separate a sound file of any length: in windows that overlap, with the voices kept in order from one to the next."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from separation.audio import AudioError, Sound, read_audio, resample, write_audio
from separation.config import Config
from separation.inference import separate
from separation.models import Network
from separation.progress import track

Estimates = npt.NDArray[np.float64]  # (sample, source)

WINDOW, OVERLAP = 20.0, 4.0  # seconds
_SILENCE = 2.0**-15  # one step of 16 bits


def separate_long(
    network: Network,
    mixture: Sound,
    sources: int,
    config: Config,
    *,
    window: float = WINDOW,
    overlap: float = OVERLAP,
) -> Estimates:
    """Separate a waveform (sample,) at the network's rate, of any length.

    Windows are separated one by one. Which estimate is which voice is free in each, so the one order is taken that
    agrees best with what the window before said of the overlap; there, one fades into the other.

    Returns:
        (sample, source).
    """
    rate = config.signal.sample_rate
    length, shared = round(window * rate), round(overlap * rate)
    device = next(network.parameters()).device
    result = np.zeros((len(mixture), sources))
    starts = list(_starts(len(mixture), length, length - shared))
    for start in track(starts, "Separating") if len(starts) > 1 else starts:
        part = torch.from_numpy(mixture[start : start + length]).float().unsqueeze(0).to(device)
        estimates, _ = separate(network, part, sources, config.signal, config.inference)
        new = estimates[0].double().cpu().numpy()
        common = min(shared, len(new)) if start else 0
        before = result[start : start + common]
        new = new[:, _order(before, new[:common])]
        fade = np.linspace(0.0, 1.0, common)[:, None]
        new[:common] = (1 - fade) * before + fade * new[:common]
        result[start : start + len(new)] = new
    return result


def _starts(total: int, length: int, step: int) -> Iterator[int]:
    """Windows until the end is reached; none would lie within the one before."""
    yield from range(0, max(1, total - (length - step)), step)


def _order(before: Estimates, after: Estimates) -> list[int]:
    """Which column of `after` continues each column of `before`."""
    agreement = before.T @ after
    orders = itertools.permutations(range(after.shape[1]))
    return list(max(orders, key=lambda order: sum(agreement[k, column] for k, column in enumerate(order))))


@dataclass(frozen=True)
class Separated:
    """What was made of a sound file.

    Attributes:
        files: one a speaker.
        notes: what had to be done to the sound, for people.
        mixture: (sample,), as the network heard it.
        estimates: (sample, source), before they were brought below full scale.
        sample_rate: of both and of the files, Hz.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...]
    mixture: Sound
    estimates: Estimates
    sample_rate: int


def load_mixture(file: Path, sample_rate: int) -> tuple[Sound, list[str]]:
    """A sound file as one channel at this rate, and what had to be done for that.

    Raises:
        AudioError: it can't be read, or is silent.
    """
    sound, found_rate = read_audio(file)
    notes = []
    if sound.shape[1] > 1:
        notes.append(f"{sound.shape[1]} channels: their mean is separated")
    mono = sound.mean(axis=1)
    if found_rate != sample_rate:
        top = min(found_rate, sample_rate) // 2
        notes.append(f"{found_rate} Hz resampled to the network's {sample_rate} Hz: nothing above {top} Hz")
        mono = resample(mono, found_rate, sample_rate)
    if not np.any(np.abs(mono) > _SILENCE):
        hint = "; its channels cancel each other" if sound.shape[1] > 1 and sound.any() else ""
        raise AudioError(f"{file} is silent{hint}")
    return mono, notes


def separate_file(
    network: Network, file: Path, out: Path, sources: int, config: Config, *, force: bool = False
) -> Separated:
    """Separate a WAV or FLAC file into one file a speaker, `<name>-speaker-<k>`, beside each other in `out`.

    Raises:
        AudioError: the file can't be read, or what would be written is there already and `force` is not set.
    """
    rate = config.signal.sample_rate
    mixture, notes = load_mixture(file, rate)
    suffix = file.suffix.lower() if file.suffix.lower() in (".wav", ".flac") else ".wav"
    files = tuple(out / f"{file.stem}-speaker-{k}{suffix}" for k in range(1, sources + 1))
    if (there := [str(f) for f in files if f.exists()]) and not force:
        raise AudioError(f"{', '.join(there)} would be overwritten; say --force if that is meant")
    loudest = float(np.abs(mixture).max())  # the network computes in 32 bits, a file may hold more
    estimates = loudest * separate_long(network, mixture / loudest, sources, config)
    peak = float(np.abs(estimates).max())
    if peak > 1:
        notes.append(f"all estimates turned down by {20 * np.log10(peak):.1f} dB to stay below full scale")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".separated-") as draft:  # all of them or none
        for name, column in zip(files, estimates.T, strict=True):
            write_audio(Path(draft) / name.name, column / max(1.0, peak), rate)
        for name in files:
            (Path(draft) / name.name).replace(name)
    return Separated(files, tuple(notes), mixture, estimates, rate)
