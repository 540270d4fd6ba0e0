"""From waveforms to spectra and back, and how much each bin counts.

Axes are those of the package: (batch, sample, ...) and (batch, frame, frequency, ...).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

DYNAMIC_RANGE = 40.0  # dB below the loudest bin at which a bin counts as silence


@dataclass(frozen=True)
class SignalConfig:
    """The short-time Fourier transform. The defaults are the papers': 32 and 8 ms at 8 kHz.

    Attributes:
        sample_rate: samples a second, Hz.
        window: samples in a window, and points of the transform.
        hop: samples from one window to the next; divides `window` at least twice, so that the squared square-root
            Hann windows add up to a constant.
    """

    sample_rate: int = 8000
    window: int = 256
    hop: int = 64

    def __post_init__(self) -> None:
        if self.hop < 1 or self.window % 2 or self.window % self.hop or self.window < 2 * self.hop:
            raise ValueError(
                f"hop must divide an even window at least twice: window {self.window}, hop {self.hop}"
            )

    @property
    def frequencies(self) -> int:
        """How many frequencies a frame has, from 0 Hz to half the sample rate."""
        return self.window // 2 + 1

    def samples(self, frames: int) -> int:
        """The shortest waveform with that many frames."""
        return (frames - 1) * self.hop


@lru_cache(maxsize=8)
def _window(length: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    return torch.hann_window(length, periodic=True, device=device, dtype=dtype).sqrt()


def stft(waveform: Tensor, config: SignalConfig) -> Tensor:
    """Spectra (batch, frame, frequency[, source]) of waveforms (batch, sample[, source]).

    Square-root Hann windows are centred on multiples of the hop; silence is assumed before and after, so
    `sample // hop + 1` frames come out. No scaling: |X| is the sum over a window.

    Raises:
        ValueError: the waveform has another number of axes, or no samples.
    """
    if waveform.ndim not in (2, 3) or not waveform.shape[1]:
        raise ValueError(f"a waveform is (batch, sample[, source]); this one is {tuple(waveform.shape)}")
    rows = waveform.movedim(1, -1)  # torch.stft wants (rows, sample)
    spectrum = torch.stft(
        rows.reshape(-1, rows.shape[-1]),
        config.window,
        config.hop,
        window=_window(config.window, waveform.device, waveform.dtype),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    spectrum = spectrum.reshape(*rows.shape[:-1], *spectrum.shape[1:]).transpose(-1, -2)
    return spectrum.movedim(1, -1) if waveform.ndim == 3 else spectrum


def istft(spectrum: Tensor, config: SignalConfig, samples: int) -> Tensor:
    """The waveforms (batch, sample[, source]) of spectra (batch, frame, frequency[, source]).

    The inverse of `stft` to rounding; for spectra that no waveform has, the waveform whose spectra are nearest
    in the least-squares sense (Griffin and Lim 1984, eq. 6).

    Raises:
        ValueError: the spectrum has another number of axes or of frequencies.
    """
    if spectrum.ndim not in (3, 4) or spectrum.shape[2] != config.frequencies:
        wanted = f"(batch, frame, {config.frequencies}[, source])"
        raise ValueError(f"a spectrum is {wanted}; this one is {tuple(spectrum.shape)}")
    rows = spectrum.movedim(-1, 1) if spectrum.ndim == 4 else spectrum
    waveform = torch.istft(
        rows.reshape(-1, *rows.shape[-2:]).transpose(-1, -2),
        config.window,
        config.hop,
        window=_window(config.window, spectrum.device, spectrum.real.dtype),
        center=True,
        length=samples,
    )
    return waveform.reshape(*rows.shape[:-2], samples).movedim(-1, 1)


def active_bins(mixture: Tensor, dynamic_range: float = DYNAMIC_RANGE) -> Tensor:
    """Which bins of a mixture's magnitude are not silence: within `dynamic_range` dB of its loudest bin.

    Args:
        mixture: magnitudes (batch, frame, frequency).

    Returns:
        Booleans of the same shape; a mixture of zeros has no active bin.
    """
    loudest = mixture.amax(dim=(1, 2), keepdim=True)
    return (mixture > 0) & (mixture >= loudest * 10 ** (-dynamic_range / 20))


def voice_activity_weights(mixture: Tensor, dynamic_range: float = DYNAMIC_RANGE) -> Tensor:
    """w_i = 1 where the mixture's bin is active, else 0 (Hershey et al. 2016, section 3; TR2018-005)."""
    return active_bins(mixture, dynamic_range).to(mixture.dtype)


def magnitude_ratio_weights(mixture: Tensor) -> Tensor:
    """w_i = |x_i| / sum_j |x_j| for magnitudes (batch, frame, frequency) (TR2018-005); zeros for silence."""
    total = mixture.sum(dim=(1, 2), keepdim=True)
    return mixture / total.clamp_min(torch.finfo(mixture.dtype).tiny)
