"""Sound files: read, resample, write. The only module that needs soundfile."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from separation.errors import SeparationError

Sound = npt.NDArray[np.float64]


class AudioError(SeparationError):
    """A sound file can't be read or written; the message names it and says why."""


def read_audio(file: Path) -> tuple[Sound, int]:
    """Samples (sample, channel), 1.0 being full scale, and the sample rate in Hz.

    Raises:
        AudioError: it isn't there, is no sound file, or holds nothing that can be heard.
    """
    soundfile = _soundfile()
    if not file.is_file():
        raise AudioError(f"there is no file {file}")
    try:
        sound, sample_rate = soundfile.read(file, dtype="float64", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, ValueError) as error:
        raise AudioError(f"{file} can't be read as sound ({error}); WAV and FLAC files can") from None
    if not len(sound):
        raise AudioError(f"{file} holds no samples")
    if not np.isfinite(sound).all():
        raise AudioError(f"{file} holds samples that are no numbers (NaN or infinity)")
    return sound, int(sample_rate)


def write_audio(file: Path, samples: npt.ArrayLike, sample_rate: int) -> None:
    """Write one channel (sample,) with 16 bits, as WAV or FLAC by the file's name; beyond full scale is clipped.

    Raises:
        AudioError: it can't be written there.
    """
    soundfile = _soundfile()
    clipped = np.clip(np.asarray(samples, dtype=np.float64), -1.0, 1.0)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, clipped, sample_rate, subtype="PCM_16")
    except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
        raise AudioError(f"{file} can't be written ({error})") from None


def resample(samples: npt.ArrayLike, source_rate: float, target_rate: int) -> Sound:
    """The same sound (sample, ...) at another rate, by a polyphase filter; rates to a thousandth of themselves."""
    from scipy.signal import resample_poly

    ratio = Fraction(target_rate / source_rate).limit_denominator(1000)
    samples = np.asarray(samples, dtype=np.float64)
    if ratio == 1:
        return samples
    return np.asarray(resample_poly(samples, ratio.numerator, ratio.denominator, axis=0), dtype=np.float64)


def _soundfile() -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise AudioError(f"soundfile is missing ({error}); install it with `pip install soundfile`") from None
    return soundfile
