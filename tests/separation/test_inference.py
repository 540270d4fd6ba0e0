"""From what a network says to sounds: clusters, masks, phases, long files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from separation import metrics
from separation.audio import AudioError, read_audio, resample, write_audio
from separation.cluster import hard_assignment, kmeans, soft_assignment
from separation.config import Config, InferenceConfig
from separation.inference import masks_from, separate
from separation.longform import load_mixture, separate_file, separate_long
from separation.masks import ideal_binary_mask
from separation.models import Heads
from separation.phase import misi
from separation.signal import SignalConfig, stft

SIGNAL = SignalConfig()


def clouds(seed: int, clusters: int = 2, points: int = 400) -> tuple[Tensor, Tensor]:
    """Points (3, point, dimension) around unit vectors, and whose they are."""
    generator = torch.Generator().manual_seed(seed)
    owner = torch.randint(clusters, (3, points), generator=generator)
    return torch.eye(8)[owner] + 0.15 * torch.randn(3, points, 8, generator=generator), owner


def same_partition(one: Tensor, other: Tensor) -> bool:
    """Whether two labellings (point,) are equal up to names."""
    return len(set(zip(one.tolist(), other.tolist(), strict=True))) == len(set(other.tolist()))


@pytest.mark.parametrize("clusters", [1, 2, 3, 5])
def test_kmeans_finds_clouds_in_every_example(clusters: int) -> None:
    points, owner = clouds(clusters, clusters)
    counted = torch.ones(3, 400, dtype=torch.bool)
    found = hard_assignment(points, kmeans(points, counted, clusters)).argmax(dim=-1)
    assert all(same_partition(f, o) for f, o in zip(found, owner, strict=True))


def test_kmeans_is_the_same_one_by_one_and_each_time() -> None:
    points, _ = clouds(1)
    counted = torch.ones(3, 400, dtype=torch.bool)
    together = hard_assignment(points, kmeans(points, counted, 2)).argmax(dim=-1)
    assert torch.equal(together, hard_assignment(points, kmeans(points, counted, 2)).argmax(dim=-1))
    for row in range(3):
        alone = hard_assignment(points[row : row + 1], kmeans(points[row : row + 1], counted[:1], 2)).argmax(
            dim=-1
        )
        assert same_partition(alone[0], together[row])


def test_only_counted_points_move_the_centres() -> None:
    points, owner = clouds(2)
    outliers = torch.cat([points, 50 + torch.zeros(3, 300, 8)], dim=1)
    counted = torch.cat([torch.ones(3, 400), torch.zeros(3, 300)], dim=1).bool()
    centres = kmeans(outliers, counted, 2)
    assert centres.max() < 2
    found = hard_assignment(points, centres).argmax(dim=-1)
    assert all(same_partition(f, o) for f, o in zip(found, owner, strict=True))


@pytest.mark.parametrize("case", ["nothing counted", "all the same", "fewer points than clusters"])
def test_kmeans_survives(case: str) -> None:
    points, _ = clouds(3)
    counted = torch.ones(3, 400, dtype=torch.bool)
    if case == "nothing counted":
        counted[:] = False
    elif case == "all the same":
        points[:] = 1.0
    else:
        counted[:, 2:] = False
    shares = soft_assignment(points, kmeans(points, counted, 3))
    assert torch.isfinite(shares).all() and torch.allclose(shares.sum(dim=-1), torch.ones(3, 400))


def test_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3, 4\), \(2, 5\) and 2"):
        kmeans(torch.zeros(2, 3, 4), torch.zeros(2, 5, dtype=torch.bool), 2)


# --- masks and phases ----------------------------------------------------------------------------------------


def voices(samples: int = 16000) -> tuple[Tensor, Tensor]:
    """A mixture (1, sample) of two noises that share time and frequency in turns, and its sources."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, samples, 2, generator=generator, dtype=torch.float64)
    on = (torch.arange(samples) // 800 % 2).double()
    sources = torch.stack([noise[0, :, 0] * on, noise[0, :, 1] * (1 - 0.9 * on)], dim=-1).unsqueeze(0)
    return sources.sum(dim=-1), sources


def test_embeddings_that_are_right_give_the_ideal_mask_and_any_number_of_voices() -> None:
    mixture, sources = voices()
    ideal = ideal_binary_mask(stft(sources, SIGNAL))
    magnitude = stft(mixture, SIGNAL).abs()
    heads = Heads(embeddings=torch.nn.functional.pad(ideal, (0, 3)), masks=None)
    masks = masks_from(heads, magnitude, 2, InferenceConfig(soft=False))
    assert torch.equal(masks, ideal) or torch.equal(masks, ideal.flip(-1))
    soft = masks_from(heads, magnitude, 2, InferenceConfig(beta=20.0))
    assert torch.allclose(soft, masks, atol=1e-3)
    assert masks_from(heads, magnitude, 3, InferenceConfig()).shape[-1] == 3
    with pytest.raises(ValueError, match="masks are for 2 sources, not 3"):
        masks_from(Heads(None, ideal), magnitude, 3, InferenceConfig())
    with pytest.raises(ValueError, match="no embeddings"):
        masks_from(Heads(None, ideal), magnitude, 2, InferenceConfig(head="embeddings"))


def test_misi_brings_the_phases_nearer_to_the_sources() -> None:
    mixture, sources = voices()
    magnitudes = stft(sources, SIGNAL).abs()
    phase = stft(mixture, SIGNAL).angle().unsqueeze(-1)

    def quality(iterations: int) -> float:
        found = misi(magnitudes, phase, mixture, SIGNAL, iterations)[0].numpy()
        return float(metrics.evaluate(found, sources[0].numpy(), mixture[0].numpy())["si_sdr"].mean())

    without, some, more = quality(0), quality(5), quality(50)
    assert without + 0.5 < some < more


# --- long files ----------------------------------------------------------------------------------------------


class HighAndLow(nn.Module):
    """A network that separates below from above 1 kHz, and names them in another order each time."""

    def __init__(self) -> None:
        super().__init__()
        self.anything = nn.Parameter(torch.zeros(1))
        self.calls = 0

    def forward(self, magnitude: Tensor) -> Heads:
        self.calls += 1
        low = (torch.arange(magnitude.shape[-1]) < 32).float().expand_as(magnitude)
        masks = torch.stack([low, 1 - low], dim=-1)
        return Heads(None, masks.flip(-1) if self.calls % 2 else masks)


CONFIG = Config(title="two bands")


def bands(seconds: float, rate: int = 8000) -> tuple[np.ndarray, np.ndarray]:
    """A mixture (sample,) of a low and a high tone that come and go, and the two (sample, 2)."""
    time = np.arange(round(seconds * rate)) / rate
    low = 0.3 * np.sin(2 * np.pi * 400 * time) * (1 + 0.5 * np.sin(2 * np.pi * 0.7 * time))
    high = 0.2 * np.sin(2 * np.pi * 2500 * time) * (1 + 0.5 * np.sin(2 * np.pi * 1.1 * time))
    return low + high, np.stack([low, high], axis=1)


@pytest.mark.parametrize("seconds", [0.01, 1.9, 2.0, 2.1, 7.3])
def test_voices_keep_their_places_over_windows(seconds: float) -> None:
    mixture, sources = bands(seconds)
    network = HighAndLow()
    estimates = separate_long(network, mixture, 2, CONFIG, window=2.0, overlap=0.5)  # type: ignore[arg-type]
    assert estimates.shape == sources.shape
    assert network.calls == max(1, 1 + int(np.ceil((seconds - 2) / 1.5)))
    if seconds > 1:
        assert (metrics.evaluate(estimates, sources, mixture)["si_sdr"] > 30).all()
    assert np.allclose(estimates.sum(axis=1), mixture, atol=1e-5)


def test_windows_are_as_one_where_one_would_do() -> None:
    mixture, _ = bands(3)
    network = HighAndLow()
    whole, _ = separate(network, torch.from_numpy(mixture).float().unsqueeze(0), 2, SIGNAL, InferenceConfig())  # type: ignore[arg-type]
    found = separate_long(HighAndLow(), mixture, 2, CONFIG)  # type: ignore[arg-type]
    assert np.allclose(found, whole[0].numpy(), atol=1e-6)


@pytest.mark.parametrize(
    ("suffix", "rate", "channels"), [(".wav", 8000, 1), (".flac", 44100, 2), (".WAV", 16000, 1)]
)
def test_any_wav_or_flac_file(tmp_path: Path, suffix: str, rate: int, channels: int) -> None:
    mixture, sources = bands(2.5, rate)
    file = tmp_path / f"talk{suffix}"
    soundfile.write(
        file, np.stack([mixture] * channels, axis=1), rate, format=suffix[1:].upper(), subtype="PCM_16"
    )
    done = separate_file(HighAndLow(), file, tmp_path / "out", 2, CONFIG)  # type: ignore[arg-type]
    assert [f.name for f in done.files] == [f"talk-speaker-{k}{suffix.lower()}" for k in (1, 2)]
    written = np.stack([read_audio(f)[0][:, 0] for f in done.files], axis=1)
    true = resample(sources, rate, 8000)
    assert (metrics.evaluate(written, true, true.sum(axis=1))["si_sdr"] > 25).all()
    told = " ".join(done.notes)
    assert ("2 channels: their mean is separated" in told) == (channels == 2)
    assert (f"{rate} Hz resampled to the network's 8000 Hz" in told) == (rate != 8000)


def test_nothing_is_overwritten_and_what_cannot_be_separated_is_said(tmp_path: Path) -> None:
    mixture, _ = bands(1)
    write_audio(tmp_path / "a.wav", mixture, 8000)
    separate_file(HighAndLow(), tmp_path / "a.wav", tmp_path, 2, CONFIG)  # type: ignore[arg-type]
    with pytest.raises(AudioError, match=r"a-speaker-1\.wav.*would be overwritten; say --force"):
        separate_file(HighAndLow(), tmp_path / "a.wav", tmp_path, 2, CONFIG)  # type: ignore[arg-type]
    separate_file(HighAndLow(), tmp_path / "a.wav", tmp_path, 2, CONFIG, force=True)  # type: ignore[arg-type]
    write_audio(tmp_path / "silent.wav", np.zeros(100), 8000)
    with pytest.raises(AudioError, match=r"silent\.wav is silent"):
        load_mixture(tmp_path / "silent.wav", 8000)
    soundfile.write(tmp_path / "opposite.wav", np.stack([mixture, -mixture], axis=1), 8000)
    with pytest.raises(AudioError, match="its channels cancel each other"):
        load_mixture(tmp_path / "opposite.wav", 8000)
    soundfile.write(tmp_path / "nan.wav", np.array([0.1, np.nan]), 8000, subtype="FLOAT")
    with pytest.raises(AudioError, match="no numbers"):
        load_mixture(tmp_path / "nan.wav", 8000)
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 8000)
    with pytest.raises(AudioError, match="holds no samples"):
        load_mixture(tmp_path / "empty.wav", 8000)


def test_what_would_clip_is_turned_down_for_all_voices_alike(tmp_path: Path) -> None:
    mixture, _ = bands(1)
    soundfile.write(tmp_path / "loud.wav", 5 * mixture, 8000, subtype="FLOAT")
    done = separate_file(HighAndLow(), tmp_path / "loud.wav", tmp_path, 2, CONFIG)  # type: ignore[arg-type]
    assert any("turned down" in note for note in done.notes)
    written = np.stack([read_audio(f)[0][:, 0] for f in done.files], axis=1)
    assert np.abs(written).max() <= 1
    ratio = np.abs(written).max(axis=0) / np.abs(done.estimates).max(axis=0)
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-3)


@pytest.mark.parametrize("loud", [1e300, 1e-3])
def test_how_loud_a_file_is_makes_no_difference(tmp_path: Path, loud: float) -> None:
    mixture, sources = bands(1)
    soundfile.write(tmp_path / "a.wav", loud * mixture, 8000, subtype="DOUBLE")
    done = separate_file(HighAndLow(), tmp_path / "a.wav", tmp_path, 2, CONFIG)  # type: ignore[arg-type]
    assert (metrics.evaluate(done.estimates / loud, sources, mixture)["si_sdr"] > 25).all()
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a-speaker-1.wav", "a-speaker-2.wav", "a.wav"]


@pytest.mark.parametrize(
    ("source", "target"), [(44100, 8000), (48000, 8000), (8000, 16000), (22050 * 0.97, 8000)]
)
def test_resampling_keeps_what_both_rates_hold_and_drops_the_rest(source: float, target: int) -> None:
    time = np.arange(round(source)) / source
    kept = resample(np.sin(2 * np.pi * 1000 * time), source, target)
    again = np.sin(2 * np.pi * 1000 * np.arange(len(kept)) / target)
    inner = slice(200, len(kept) - 400)
    spectrum = np.abs(np.fft.rfft(kept[inner] * np.hanning(len(kept[inner]))))
    expected = np.abs(np.fft.rfft(again[inner] * np.hanning(len(kept[inner]))))
    assert abs(int(spectrum.argmax()) - int(expected.argmax())) <= 1
    assert spectrum.max() == pytest.approx(expected.max(), rel=0.01)
    if target < source:
        gone = resample(np.sin(2 * np.pi * 0.7 * target * time), source, target)
        assert np.abs(gone[inner]).max() < 0.01
