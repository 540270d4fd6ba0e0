# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Separate two voices
#
# This notebook trains a real network, small but with every part of chimera++, and then listens to it. It takes less
# than two minutes on a laptop without a GPU. All of it, the speech included, is made on the spot: nothing is downloaded.
#
# What we do:
#
# 1. synthesise speakers, and mix two that the network will never train on;
# 2. see what an ideal mask could reach on this mixture, and what it can't;
# 3. train for 1,000 steps, about a minute;
# 4. look at the embeddings before and after, and at the masks;
# 5. listen, and count decibels.
#
# The code is the package `tools/separation` of this repository; `make separation` installs it. Each module can be read
# in one sitting: `losses.py` is where the equations are.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import display

from separation import checkpoint, metrics
from separation.audio import write_audio
from separation.config import load_config
from separation.data import open_corpus
from separation.evaluation import evaluate, summaries, test_list
from separation.inference import separate
from separation.masks import ORACLES, apply_masks, ideal_binary_mask
from separation.mixtures import Bank, recipe_of
from separation.models import Network
from separation.signal import active_bins, istft, stft
from separation.training import BEST, train

TEAL, ORANGE, GREY = "#00796b", "#d1662b", "#90a4ae"
plt.rcParams.update({"figure.dpi": 80, "image.interpolation": "nearest"})
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
CPU = torch.device("cpu")
config = load_config("smoke", ["training.minutes=0.0", "training.steps=1000"])  # the same steps anywhere


def show(figure, alt):
    """Show a figure with a text for those who can't see it."""
    display(figure, metadata={"image/png": {"alt": alt}})
    plt.close(figure)


# %% [markdown]
# ## Speakers without a download
#
# espeak-ng speaks sentences of a small grammar, as virtual speakers: a base voice, with a pitch, a rate and an accent of
# its own. A split owns its base voices, and has as many women as men: otherwise a network would be judged by which sex is
# rare in its training.

# %%
corpus = open_corpus(config.data)
for split in ("train", "valid", "test"):
    speakers = [s for s in corpus.speakers if s.split == split]
    women = sum(s.sex == "female" for s in speakers)
    bases = len({s.base for s in speakers})
    told = f"{len(speakers):3} speakers ({women} women) of {bases:2} base voices"
    print(f"{split:6} {told}, {60 * corpus.hours(split):5.1f} minutes")

# %% [markdown]
# ## One mixture
#
# The test list holds mixtures of two speakers of the same sex and of different sexes, apart from each other, since the
# first kind is much harder. We take one of different sexes. The network sees its spectrogram: magnitudes of windows of
# 32 ms. (The papers move the window by 8 ms; this configuration moves it by 16 ms and has half the work.)

# %%
items = test_list(corpus, config)
item = next(i for i in items if i.group == "different-sex")
batch = Bank(corpus, CPU).mix(recipe_of([item]), item.length)
mixture, sources = stft(batch.mixture, config.signal), stft(batch.sources, config.signal)
magnitude = mixture.abs()
seconds, rate = item.length / config.signal.sample_rate, config.signal.sample_rate
print(f"{item.id}: {seconds:g} s, {tuple(magnitude.shape[1:])} frames and frequencies")


def spectrogram(panel, spectrum, title):
    """Draw magnitudes (frame, frequency), 60 dB deep."""
    level = 20 * torch.log10(spectrum.abs() / magnitude.max() + 1e-9)
    draw(panel, level, title, vmin=-60, vmax=0, cmap="magma")


def draw(panel, image, title, **options):
    """Draw an image (frame, frequency)."""
    extent = (0, seconds, 0, rate / 2000)
    panel.imshow(image.T, origin="lower", aspect="auto", extent=extent, **options)
    panel.set_title(title, loc="left", fontsize=9)
    panel.set_ylabel("kHz")


figure, panels = plt.subplots(3, 1, figsize=(7, 4.5), sharex=True, layout="constrained")
spectrogram(panels[0], mixture[0], "mixture")
for k in (0, 1):
    spectrogram(panels[k + 1], sources[0, ..., k], f"voice {k + 1}")
panels[-1].set_xlabel("time (s)")
show(
    figure,
    "Three spectrograms over four seconds: the mixture, and the two voices, "
    "whose harmonics lie differently close.",
)


# %%
def save(name, waveform):
    """Write a sound beside the notebook, four times as loud as it is in the corpus."""
    write_audio(Path("sounds") / f"{name}.flac", 4 * np.asarray(waveform), rate)


save("mixture", batch.mixture[0])
for k in (0, 1):
    save(f"voice-{k + 1}", batch.sources[0, :, k])

# %% [markdown]
# | | |
# |---|---|
# | the mixture | <audio controls preload="none" src="sounds/mixture.flac"></audio> |
# | voice 1 | <audio controls preload="none" src="sounds/voice-1.flac"></audio> |
# | voice 2 | <audio controls preload="none" src="sounds/voice-2.flac"></audio> |

# %% [markdown]
# ## What a mask can reach
#
# Whoever knows the sources can compute ideal masks. They are the ceiling for every network that answers with a mask and
# keeps the mixture's phase. We measure the improvement of the scale-invariant signal-to-distortion ratio over the
# mixture (SI-SDRi).


# %%
def improvement(estimates):
    """SI-SDR improvement (source,) in dB of estimates (1, sample, source)."""
    rows = (part[0].double().numpy() for part in (estimates, batch.sources, batch.mixture))
    return metrics.evaluate(*rows)["si_sdri"]


oracles = {}
for name in ("ibm", "irm", "tpsm"):
    mask = ORACLES[name](sources, mixture)
    oracles[name] = improvement(istft(apply_masks(mask, mixture), config.signal, item.length))
    print(f"{name:5} {oracles[name].mean():5.2f} dB")

# %% [markdown]
# ## Train
#
# One BLSTM body, two heads: embeddings, trained by whitened k-means, and masks, trained by the truncated phase-sensitive
# target. New mixtures are drawn at every step from all pairs of training speakers. The validation mixtures come from
# speakers of their own.

# %%
torch.manual_seed(config.training.seed)
untrained = Network(config.network)
untrained.calibrate(magnitude)
run = Path(tempfile.mkdtemp()) / "smoke"
state = train(config, corpus, run, device="cpu")
print(f"{state.step} steps, {state.examples} mixtures in {state.seconds:.0f} s")

# %%
figure, panels = plt.subplots(1, 2, figsize=(7, 2.5), layout="constrained")
steps = [row["step"] for row in state.history]
panels[0].plot(steps, [row["train_loss"] for row in state.history], color=GREY, label="train")
panels[0].plot(steps, [row["valid_loss"] for row in state.history], color=TEAL, label="valid")
panels[0].set_title("loss", loc="left", fontsize=9)
panels[0].legend(frameon=False)
panels[1].plot(steps, [row["valid_si_sdri"] for row in state.history], color=TEAL)
panels[1].set_title("SI-SDR improvement, validation (dB)", loc="left", fontsize=9)
for panel in panels:
    panel.set_xlabel("step")
show(figure, "Two charts over the steps: the losses fall, the SI-SDR improvement rises.")

# %% [markdown]
# ## Embeddings, before and after
#
# Each point is one bin that isn't silent, on the two principal axes of its picture. Its colour is the voice that is louder
# there: the network doesn't know it.

# %%
_, network = checkpoint.rebuild(checkpoint.load(run / BEST), run / BEST)
active = active_bins(magnitude)[0]
owner = ideal_binary_mask(sources)[0].argmax(dim=-1)[active].numpy()
figure, panels = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
for panel, net in zip(panels, (untrained.eval(), network), strict=True):
    with torch.no_grad():
        points = net(magnitude).embeddings[0][active].numpy()
    centred = points - points.mean(axis=0)
    flat = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    for k, colour in enumerate((TEAL, ORANGE)):
        mine = flat[owner == k]
        name = f"voice {k + 1} louder"
        panel.scatter(mine[:, 0], mine[:, 1], s=2, alpha=0.3, color=colour, label=name)
    title = "before training" if net is untrained else "after training"
    panel.set_title(title, loc="left", fontsize=9)
panels[1].legend(frameon=False, markerscale=5, fontsize=8)
show(
    figure,
    "Two scatter plots of embeddings: before training both colours lie over each other, "
    "after it they lie mostly apart.",
)

# %% [markdown]
# ## Masks

# %%
estimates, masks = separate(network, batch.mixture, 2, config.signal, config.inference)
rows = estimates[0].double().numpy(), batch.sources[0].double().numpy()
order = metrics.best_permutation(*(r - r.mean(axis=0) for r in rows))
estimates, masks = estimates[..., order], masks[..., order]
ideal = ideal_binary_mask(sources)
right = (masks[0].argmax(dim=-1) == ideal[0].argmax(dim=-1))[active].float().mean()
print(f"In {right:.0%} of the bins that aren't silent, the network favours the louder voice.")

figure, panels = plt.subplots(2, 1, figsize=(7, 3.2), sharex=True, layout="constrained")
titles = ("ideal binary mask of voice 1", "the network's mask")
for panel, mask, title in zip(panels, (ideal, masks), titles, strict=True):
    shown = torch.where(active, mask[0, ..., 0], torch.nan)
    draw(panel, shown, title, vmin=0, vmax=1, cmap="BrBG")
panels[-1].set_xlabel("time (s)")
show(
    figure,
    "Two masks over time and frequency, brown for voice 2 and green for voice 1: "
    "the network's looks like the ideal one, with blurred edges.",
)

# %% [markdown]
# ## Listen

# %%
for k in (0, 1):
    save(f"estimate-{k + 1}", estimates[0, :, k])
gain = improvement(estimates)
print(f"voice 1: {gain[0]:+.1f} dB, voice 2: {gain[1]:+.1f} dB over the mixture")

# %% [markdown]
# | | |
# |---|---|
# | the mixture | <audio controls preload="none" src="sounds/mixture.flac"></audio> |
# | the network's voice 1 | <audio controls preload="none" src="sounds/estimate-1.flac"></audio> |
# | the network's voice 2 | <audio controls preload="none" src="sounds/estimate-2.flac"></audio> |

# %% [markdown]
# ## One mixture proves nothing
#
# So here is the whole list, with what the ideal mask reaches on the same mixtures, and 95 % intervals of the mean.

# %%
found = summaries(evaluate(network, corpus, config, CPU), "si_sdri")
figure, panel = plt.subplots(figsize=(7, 2.6), layout="constrained")
bars = {"model": ("network", TEAL), "tpsm": ("ideal mask", GREY)}
rows = [(g, e) for g in ("same-sex", "different-sex") for e in ("tpsm", "model")]
for at, (group, estimator) in enumerate(rows):
    s = found[estimator, group]
    error = [[s.mean - s.ci95[0]], [s.ci95[1] - s.mean]]
    panel.barh(at, s.mean, xerr=error, color=bars[estimator][1], height=0.7)
    interval = f"({s.ci95[0]:.2f} to {s.ci95[1]:.2f}), N = {s.n}"
    print(f"{group:14} {bars[estimator][0]:10} {s.mean:6.2f} dB {interval}")
panel.set_yticks(range(4), [f"{g}, {bars[e][0]}" for g, e in rows])
panel.set_xlabel("SI-SDR improvement (dB), trained on a CPU for 1,000 steps")
panel.axvline(0, color=GREY, linewidth=0.8)
show(
    figure,
    "Bars with intervals: the network reaches part of the ideal mask on voices of "
    "different sexes, and hardly anything on voices of the same sex.",
)

# %% [markdown]
# ## What to try next
#
# - Two voices of the same sex: change `different-sex` above. So short a training teaches pitch, and little more.
# - More time: `load_config("laptop")` trains for ten minutes, `load_config("chimera")` is the size of the papers and
#   wants a GPU.
# - Another objective: `load_config("smoke", ["objective.clustering=dc", "objective.masking=", "network.masks=0"])`
#   is plain deep clustering. The masks then come from k-means.
# - Three voices from a network that was trained on two: embeddings can be clustered into any number. Give `separate` the
#   number 3 and `InferenceConfig(head="embeddings")`.
# - Your own recording: `separation separate recording.wav --checkpoint RUN`.
