"""Spectra and back without loss, for every shape; weights by their definition; ideal masks and what they reach."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from separation import masks, metrics
from separation.signal import (
    SignalConfig,
    active_bins,
    istft,
    magnitude_ratio_weights,
    stft,
    voice_activity_weights,
)


@settings(deadline=None, max_examples=40)
@given(
    samples=st.integers(1, 3000),
    sources=st.sampled_from([None, 1, 2, 3]),
    shape=st.sampled_from([(256, 64), (256, 128), (512, 128), (32, 8)]),
)
def test_the_inverse_gives_every_waveform_back(
    samples: int, sources: int | None, shape: tuple[int, int]
) -> None:
    config = SignalConfig(window=shape[0], hop=shape[1])
    size = (2, samples) if sources is None else (2, samples, sources)
    waveform = torch.randn(size, dtype=torch.float64, generator=torch.Generator().manual_seed(samples))
    spectrum = stft(waveform, config)
    assert spectrum.shape == (2, samples // config.hop + 1, config.frequencies, *size[2:])
    assert torch.allclose(istft(spectrum, config, samples), waveform, atol=1e-10)


def test_the_spectrum_is_numpys_transform_of_a_square_root_hann_window() -> None:
    config = SignalConfig()
    waveform = torch.randn(1, 1000, dtype=torch.float64)
    frame = 5
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 256))
    middle = frame * config.hop
    expected = np.fft.rfft(waveform[0, middle - 128 : middle + 128].numpy() * window)
    assert np.allclose(stft(waveform, config)[0, frame].numpy(), expected)


def test_frames_and_samples_agree() -> None:
    config = SignalConfig()
    assert stft(torch.zeros(1, config.samples(100)), config).shape[1] == 100
    assert config.frequencies == 129


@pytest.mark.parametrize(("window", "hop"), [(256, 0), (256, 100), (256, 256)])
def test_a_hop_that_cannot_reconstruct_is_refused(window: int, hop: int) -> None:
    with pytest.raises(ValueError, match=f"window {window}, hop {hop}"):
        SignalConfig(window=window, hop=hop)


def test_wrong_axes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(4,\)"):
        stft(torch.zeros(4), SignalConfig())
    with pytest.raises(ValueError, match=r"\(1, 7, 128\)"):
        istft(torch.zeros(1, 7, 128, dtype=torch.complex64), SignalConfig(), 10)


def test_weights_follow_their_definitions() -> None:
    magnitude = torch.tensor([[[1.0, 0.1, 0.011, 0.009, 0.0]]])
    assert active_bins(magnitude).tolist() == [[[True, True, True, False, False]]]
    assert voice_activity_weights(magnitude).tolist() == [[[1, 1, 1, 0, 0]]]
    assert torch.allclose(magnitude_ratio_weights(magnitude), magnitude / 1.12)
    silence = torch.zeros(1, 2, 3)
    assert not active_bins(silence).any()
    assert magnitude_ratio_weights(silence).tolist() == silence.tolist()


# --- masks ---------------------------------------------------------------------------------------------------


def complex_pair() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    sources = torch.randn(2, 7, 129, 2, generator=generator, dtype=torch.complex128)
    return sources, sources.sum(dim=-1)


def test_ideal_masks_follow_their_definitions() -> None:
    sources, mixture = complex_pair()
    magnitude = sources.abs()
    ibm = masks.ideal_binary_mask(sources)
    assert torch.equal(ibm.sum(dim=-1), torch.ones(2, 7, 129))
    assert torch.equal(ibm[..., 0] == 1, magnitude[..., 0] >= magnitude[..., 1])
    irm = masks.ideal_ratio_mask(sources)
    assert torch.allclose(irm, magnitude / magnitude.sum(dim=-1, keepdim=True))
    angle = mixture.angle().unsqueeze(-1) - sources.angle()
    psm = masks.phase_sensitive_mask(sources, mixture)
    assert torch.allclose(psm, magnitude * angle.cos() / mixture.abs().unsqueeze(-1))
    assert torch.allclose(psm.sum(dim=-1), torch.ones(2, 7, 129, dtype=torch.float64))
    assert torch.equal(masks.truncated_phase_sensitive_mask(sources, mixture, 0.7), psm.clamp(0, 0.7))


def test_the_phase_sensitive_mask_is_the_best_real_mask() -> None:
    sources, mixture = complex_pair()
    best = masks.phase_sensitive_mask(sources, mixture)

    def error(mask: torch.Tensor) -> float:
        return float((masks.apply_masks(mask, mixture) - sources).abs().square().sum())

    assert error(best) < min(error(best + 0.01), error(best - 0.01))


def test_masks_of_silence_are_finite_and_ties_have_one_owner() -> None:
    silence = torch.zeros(1, 2, 3, 2, dtype=torch.complex64)
    for mask in masks.ORACLES.values():
        assert torch.isfinite(mask(silence, silence.sum(dim=-1))).all()
    assert masks.ideal_binary_mask(silence)[..., 0].all()


def test_masks_that_do_not_fit_the_mixture_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(1, 2, 3, 2\).*\(1, 2, 4\)"):
        masks.apply_masks(torch.ones(1, 2, 3, 2), torch.ones(1, 2, 4))


def test_oracles_are_as_good_on_synthetic_speech_as_on_the_papers_corpus(speech) -> None:
    """wsj0-2mix: IBM 13.0, IRM 12.2 dB (Conv-TasNet, Table IV); a task in which they were higher would be a toy."""
    from separation.mixtures import Bank, fixed_list, recipe_of

    config = SignalConfig()
    items = fixed_list(speech, "test", 2, 8, 24000, seed=1)
    batch = Bank(speech, torch.device("cpu")).mix(recipe_of(items), 24000)
    sources, mixture = stft(batch.sources.double(), config), stft(batch.mixture.double(), config)
    gains = {}
    for name, mask in masks.ORACLES.items():
        found = istft(masks.apply_masks(mask(sources, mixture), mixture), config, 24000).numpy()
        rows = zip(found, batch.sources.numpy(), batch.mixture.numpy(), strict=True)
        gains[name] = np.mean([metrics.evaluate(e, s, m)["si_sdri"] for e, s, m in rows])
    assert gains["irm"] < gains["ibm"] < gains["tpsm"] < gains["psm"]
    assert 10 < gains["irm"] < 15 and 11 < gains["tpsm"] < 18
