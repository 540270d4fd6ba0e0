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
# # Five bugs, five tests
#
# Here is a small separation network that works. We break it five times, one bug at a time. Each bug is one that
# happens in this kind of code, each one trains without complaint, and each is seen first as a *symptom*: a curve or
# a number that is a little off. Then **one test** finds it. The test is shown failing on the bugged code and
# passing on the mended one.
#
# 1. sources that don't add up to their mixture;
# 2. weights multiplied in twice;
# 3. the order of the voices chosen in every bin;
# 4. masks multiplied with log magnitudes;
# 5. a `detach` that cuts the network in half.
#
# After that come two faults that gradient clipping hides. At the end the mended code has to overfit one batch to
# more than 90 % of what the ideal mask reaches, from three seeds.
#
# Everything is made in numpy and PyTorch on the spot: nothing is downloaded. On one core of a laptop it takes about
# a minute.

# %%
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import soundfile
import torch
from IPython.display import display
from torch import nn
from torch.nn.functional import one_hot

torch.set_num_threads(1)  # threads only wait for each other in so small a network
torch.use_deterministic_algorithms(True)

TEAL, ORANGE, PURPLE, GREY, DARK = "#00796b", "#d1662b", "#7b4fa3", "#90a4ae", "#37474f"
plt.rcParams.update({"figure.dpi": 80, "image.interpolation": "nearest"})
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})


def show(figure, alt):
    """Show a figure with a text for those who can't see it."""
    display(figure, metadata={"image/png": {"alt": alt}})
    plt.close(figure)


# %% [markdown]
# ## The data
#
# A 'voice' is a row of harmonics under three resonances, with a pitch that glides and a loudness that comes and
# goes. Each mixture has a low voice and a high one, and one of the two is 3 to 7 dB louder. Shapes are `(batch,
# sample, source)` for sounds and `(batch, frame, frequency, source)` for spectra, as in the course's own code.

# %%
RATE, WINDOW, HOP, LENGTH = 8000, 256, 128, 10000  # Hz and samples: 1.25 s


def voice(rng, pitch):
    """A voice-like sound (sample,) of unit power."""
    time = np.arange(LENGTH) / RATE
    glide = pitch * (1 + 0.08 * np.sin(2 * np.pi * rng.uniform(0.5, 1.5) * time + rng.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(glide) / RATE
    resonances = rng.uniform([300, 900, 2200], [800, 1900, 3000])
    sound = np.zeros(LENGTH)
    for k in range(1, int(3800 / glide.max()) + 1):
        gain = np.sum(1 / (1 + ((k * pitch - resonances) / 150) ** 2)) + 0.02
        sound += gain * np.sin(k * phase + rng.uniform(0, 6))
    beat = np.sin(2 * np.pi * rng.uniform(1.5, 2.5) * time + rng.uniform(0, 6))
    sound *= np.clip(beat + 0.6, 0, 1)
    return sound / np.sqrt(np.mean(sound**2))


def draw_sources(rng, size):
    """Pairs of voices (size, sample, 2), one of them 3 to 7 dB louder than the other."""
    pairs = []
    for _ in range(size):
        louder = 10 ** (rng.choice([-1, 1]) * rng.uniform(3, 7) / 40)
        low, high = voice(rng, rng.uniform(90, 130)), voice(rng, rng.uniform(190, 260))
        pairs.append(0.05 * np.stack([low * louder, high / louder], axis=-1))
    return torch.tensor(np.array(pairs), dtype=torch.float32)


WINDOWED = {"n_fft": WINDOW, "hop_length": HOP, "window": torch.hann_window(WINDOW).sqrt()}


def stft(sound):
    """Spectra (batch, frame, frequency[, source]) of sounds (batch, sample[, source])."""
    rows = sound.movedim(1, -1)
    spectra = torch.stft(rows.reshape(-1, LENGTH), **WINDOWED, pad_mode="constant", return_complex=True)
    spectra = spectra.reshape(*rows.shape[:-1], *spectra.shape[1:]).transpose(-1, -2)
    return spectra.movedim(1, -1) if sound.ndim == 3 else spectra


def istft(spectra):
    """Sounds (batch, sample, source) of spectra (batch, frame, frequency, source)."""
    rows = spectra.movedim(-1, 1)
    sound = torch.istft(rows.reshape(-1, *rows.shape[2:]).mT, **WINDOWED, length=LENGTH)
    return sound.reshape(*rows.shape[:2], LENGTH).movedim(-1, 1)


def ideal_mask(S, X):
    """The truncated phase-sensitive mask: |S| cos(phase difference) / |X|, clipped to [0, 1]."""
    X = X.unsqueeze(-1)
    return ((S * X.conj()).real / X.abs().square().clamp_min(1e-20)).clamp(0, 1)


def make_batch(mixture, sources):
    """All that training needs: sounds, spectra X and S, magnitude, target of the masks, loudest source."""
    X, S = stft(mixture), stft(sources)
    magnitude = X.abs()
    return SimpleNamespace(
        mixture=mixture,
        sources=sources,
        X=X,
        S=S,
        magnitude=magnitude,
        target=ideal_mask(S, X) * magnitude.unsqueeze(-1),
        loudest=one_hot(S.abs().argmax(dim=-1), 2).float(),
        weights=magnitude / magnitude.sum(dim=(1, 2), keepdim=True),  # magnitude ratio: they sum to one
    )


sources = draw_sources(np.random.default_rng(5), 4)
batch = make_batch(sources.sum(dim=-1), sources)
print("spectra (batch, frame, frequency, source):", tuple(batch.S.shape))

# %% [markdown]
# ### Look at it, and listen to it
#
# Before any network: are these the sounds that you think they are? Look for silence where there should be none, for
# clipping, for a sampling rate that is off by a factor of two, for sources that start later than their mixture.


# %%
def draw(panel, image, title, **options):
    """Draw an image (frame, frequency) over seconds and kilohertz."""
    panel.imshow(image.T, origin="lower", aspect="auto", extent=(0, LENGTH / RATE, 0, 4), **options)
    panel.set_title(title, loc="left", fontsize=9)
    panel.set_ylabel("kHz")


def decibels(spectrum):
    """Level of each bin, relative to the loudest of the first mixture."""
    return 20 * torch.log10(spectrum.abs() / batch.magnitude[0].max() + 1e-9)


figure, panels = plt.subplots(1, 3, figsize=(9, 2.4), sharey=True, layout="constrained")
pictures = {"mixture": batch.X[0], "low voice": batch.S[0, ..., 0], "high voice": batch.S[0, ..., 1]}
for panel, (title, spectrum) in zip(panels, pictures.items()):
    draw(panel, decibels(spectrum), title, vmin=-60, vmax=0, cmap="magma")
    panel.set_xlabel("time (s)")
show(
    figure, "Three spectrograms: a mixture, its low voice with narrow stripes, its high voice with wide ones."
)


def save(name, sound):
    """Write a sound beside the notebook, four times as loud as it is here."""
    Path("sounds").mkdir(exist_ok=True)
    soundfile.write(Path("sounds") / f"{name}.flac", np.clip(4 * sound.numpy(), -1, 1), RATE)


save("mixture", batch.mixture[0])
save("voice-low", batch.sources[0, :, 0])

# %% [markdown]
# | | |
# |---|---|
# | the mixture | <audio controls preload="none" src="sounds/mixture.flac"></audio> |
# | its low voice | <audio controls preload="none" src="sounds/voice-low.flac"></audio> |

# %% [markdown]
# ## The network, the losses, the training
#
# One recurrent body and two heads, as in chimera++: one gives two masks, the other an embedding a bin. The features
# are log magnitudes, normalised for each frequency. Each piece is a function of its own, so that each can be broken
# by itself.

# %%
D = 8  # dimensions of an embedding


class Network(nn.Module):
    """Magnitudes (batch, frame, frequency) to masks (..., 2) and unit embeddings (..., D)."""

    def __init__(self):
        super().__init__()
        self.body = nn.LSTM(WINDOW // 2 + 1, 64, batch_first=True, bidirectional=True)
        self.mask_head = nn.Linear(128, (WINDOW // 2 + 1) * 2)
        self.embedding_head = nn.Linear(128, (WINDOW // 2 + 1) * D)

    def states(self, magnitude):
        """What the body makes of the features."""
        level = magnitude.square().mean(dim=(1, 2), keepdim=True).sqrt()
        features = torch.log10(magnitude / level + 1e-3)
        features = (features - features.mean(dim=(0, 1))) / features.std(dim=(0, 1)).clamp_min(1e-3)
        return self.body(features)[0]

    def forward(self, magnitude):
        states = self.states(magnitude)
        masks = self.mask_head(states).reshape(*magnitude.shape, 2).sigmoid()
        vectors = self.embedding_head(states).reshape(*magnitude.shape, D).sigmoid()
        return masks, vectors * (vectors.square().sum(dim=-1, keepdim=True) + 1e-8).rsqrt()


def best_order(estimates, targets):
    """L1 distance under the better order of the two voices, one order for an utterance: (batch,)."""
    orders = [(estimates - targets).abs(), (estimates.flip(-1) - targets).abs()]
    return torch.stack([order.mean(dim=(1, 2, 3)) for order in orders]).amin(dim=0)


def mask_loss(network, batch):
    """Mask inference: the masks times the mixture's magnitude, against the target."""
    masks, _ = network(batch.magnitude)
    return best_order(masks * batch.magnitude.unsqueeze(-1), batch.target).mean()


def deep_clustering(V, Y, weights):
    """|W^1/2 (VV' - YY') W^1/2|^2 / (sum w)^2 for bins in rows, without building an N x N matrix."""
    root = weights.unsqueeze(-1).sqrt()
    V, Y = root * V, root * Y
    squares = [(a.mT @ b).square().sum(dim=(1, 2)) for a, b in ((V, V), (V, Y), (Y, Y))]
    return (squares[0] - 2 * squares[1] + squares[2]) / weights.sum(dim=1).square()


def clustering_loss(network, batch):
    """Weighted deep clustering of all bins."""
    _, embeddings = network(batch.magnitude)
    rows = embeddings.flatten(1, 2), batch.loudest.flatten(1, 2), batch.weights.flatten(1)
    return deep_clustering(*rows).mean()


def si_sdr(estimates, references):
    """Scale-invariant SDR in dB of each estimate: (batch, source)."""
    estimates, references = (x - x.mean(dim=1, keepdim=True) for x in (estimates, references))
    scale = (estimates * references).sum(1, keepdim=True) / references.square().sum(1, keepdim=True)
    noise = (estimates - scale * references).square().sum(dim=1)
    return 10 * torch.log10(((scale * references).square().sum(dim=1) + 1e-9) / (noise + 1e-9))


def improvement(estimates, batch):
    """SI-SDR improvement over the mixture in dB, under the better order: (batch, source)."""
    before = si_sdr(batch.mixture.unsqueeze(-1).expand_as(batch.sources), batch.sources)
    orders = torch.stack([si_sdr(estimates, batch.sources), si_sdr(estimates.flip(-1), batch.sources)])
    return orders[orders.mean(dim=-1).argmax(dim=0), torch.arange(len(before))] - before


def by_masks(network, batch):
    """Estimates of both voices: each mask times the mixture, with the mixture's phase."""
    return istft(network(batch.magnitude)[0] * batch.X.unsqueeze(-1))


def by_clusters(network, batch):
    """Estimates of both voices: k-means on the embeddings of bins within 40 dB of the loudest."""
    masks = []
    for vectors, magnitude in zip(network(batch.magnitude)[1].flatten(1, 2), batch.magnitude.flatten(1)):
        active = vectors[magnitude > magnitude.max() / 100]
        far = active[(active - active[0]).square().sum(dim=1).argmax()]
        centres = torch.stack([active[0], far])
        for _ in range(20):
            nearest = torch.cdist(active, centres).argmin(dim=1)
            centres = torch.stack([active[nearest == k].mean(dim=0) for k in (0, 1)])
        masks.append(one_hot(torch.cdist(vectors, centres).argmin(dim=1), 2).reshape(batch.S.shape[1:]))
    return istft(torch.stack(masks) * batch.X.unsqueeze(-1))


def train(loss_of, *, network=Network, data=batch, separate=by_masks, steps=200, seed=0, every=10):
    """Overfit one batch; the improvement is always measured with the true sources."""
    torch.manual_seed(seed)
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)
    run = SimpleNamespace(network=net, losses=[], steps=[], gains=[])
    for step in range(steps):
        optimizer.zero_grad()
        loss = loss_of(net, data)
        loss.backward()
        if step % every == 0:
            with torch.no_grad():
                run.steps.append(step)
                run.gains.append(float(improvement(separate(net, batch), batch).mean()))
        optimizer.step()
        schedule.step()
        run.losses.append(float(loss.detach()))
    with torch.no_grad():
        run.estimates = separate(net, batch)
        run.gain = improvement(run.estimates, batch)
        run.masks = net(batch.magnitude)[0]
    return run


def told(name, run):
    """One line about a training."""
    first, last, gain = run.losses[0], run.losses[-1], float(run.gain.mean())
    print(
        f"{name:20} loss {first:.4f} to {last:.4f}, improvement {gain:5.1f} dB, {gain / ceiling:4.0%} of the ideal mask"
    )


# %% [markdown]
# ## What to expect, before the first step
#
# Two numbers can be had without any training, and they make every later number readable.
#
# **The ceiling**: what the ideal mask reaches on this very batch.
#
# **Chance**: the loss of a network that knows nothing. Ours starts with masks of about ½ everywhere, and with
# embeddings that are nearly all the same. Both losses can be computed from the data alone. For equal embeddings
# every affinity is 1, which is wrong exactly for pairs of different voices: $2 p (1 - p)$, where $p$ is the weight
# of the first voice.

# %%
ceiling = float(improvement(istft(ideal_mask(batch.S, batch.X) * batch.X.unsqueeze(-1)), batch).mean())
half = torch.full_like(batch.target, 0.5)
chance_masks = float(best_order(half * batch.magnitude.unsqueeze(-1), batch.target).mean())
share = (batch.weights.unsqueeze(-1) * batch.loudest).sum(dim=(1, 2))[:, 0]
chance_clusters = float((2 * share * (1 - share)).mean())


def start_of(loss_of):
    """The loss of a new network."""
    torch.manual_seed(0)
    with torch.no_grad():
        return float(loss_of(Network(), batch))


print(f"ceiling: {ceiling:.1f} dB improvement")
for name, loss_of, chance in (
    ("masks", mask_loss, chance_masks),
    ("embeddings", clustering_loss, chance_clusters),
):
    print(f"{name:10} chance {chance:.3f}, a new network {start_of(loss_of):.3f}")
    assert abs(start_of(loss_of) / chance - 1) < 0.02

# %% [markdown]
# ## Healthy
#
# The same batch, again and again. A network with 266,250 weights must be able to learn four mixtures by heart. If
# it can't, it won't learn forty thousand.

# %%
healthy = train(mask_loss)
healthy_clusters = train(clustering_loss, separate=by_clusters, every=200)
told("masks", healthy)
told("embeddings", healthy_clusters)
assert healthy.gain.mean() > 0.9 * ceiling and healthy_clusters.gain.mean() > 8


# %% [markdown]
# The embeddings' ceiling is lower, since k-means gives binary masks.
#
# Here is the helper for what follows. A test is a function that asserts. It has to fail on the bug (or it would be
# no test of it), and to pass on the mended code.


# %%
def shows(test, bugged, mended):
    """Run one test on both codes and print what it says."""
    try:
        test(bugged)
    except AssertionError as error:
        print(f"bugged  FAILED: {error}")
    else:
        raise RuntimeError("the test doesn't see the bug")
    test(mended)
    print("mended  passed")


# %% [markdown]
# ## Bug 1: sources that don't add up
#
# The mixtures went through a filter that delays by 2 ms, as resamplers and codecs do. The sources were written
# before it. Nobody can hear 2 ms, and in a picture of 1.25 s nobody sees them.
#
# **Symptom.** The loss starts near chance and falls as it should: the network learns what it is told. What comes out
# is worse than the mixture. And the ceiling is broken too: an *ideal* mask, made of these sources, is below zero.

# %%
early = batch.sources.roll(-16, dims=1)  # 16 samples are 2 ms
late = make_batch(batch.mixture, early)
shifted = train(mask_loss, data=late)
told("healthy", healthy)
told("sources 2 ms off", shifted)
ideal_of_late = float(improvement(istft(ideal_mask(late.S, late.X) * batch.X.unsqueeze(-1)), batch).mean())
print(f"the ideal mask made of these sources: {ideal_of_late:.1f} dB instead of {ceiling:.1f} dB")


# %% [markdown]
# **Test.** Sources add up to their mixture, sample by sample. Run it on every batch that a loader gives, not on one
# file.


# %%
def test_sources_add_up(data):
    gap = float((data.sources.sum(dim=-1) - data.mixture).abs().max() / data.mixture.abs().max())
    assert gap < 1e-4, f"sources and mixture differ by {gap:.0%} of the loudest sample"


shows(test_sources_add_up, late, batch)

# %% [markdown]
# The same test finds a quieter relative of this bug: each source written to a file of its own *at full scale*, as
# many audio tools do unasked. Then the files don't know any more which voice was louder. There is hardly a symptom,
# and the test fails as clearly.

# %%
at_full_scale = make_batch(batch.mixture, 0.2 * batch.sources / batch.sources.abs().amax(dim=1, keepdim=True))
told("sources rescaled", train(mask_loss, data=at_full_scale, every=200))
shows(test_sources_add_up, at_full_scale, batch)


# %% [markdown]
# ## Bug 2: weights multiplied in twice
#
# $W^{1/2} (VV^\top - YY^\top) W^{1/2}$ wants the *square root* of the weight on each row of $V$ and of $Y$. Here
# the root is missing.


# %%
def deep_clustering_without_root(V, Y, weights):
    V, Y = weights.unsqueeze(-1) * V, weights.unsqueeze(-1) * Y
    squares = [(a.mT @ b).square().sum(dim=(1, 2)) for a, b in ((V, V), (V, Y), (Y, Y))]
    return (squares[0] - 2 * squares[1] + squares[2]) / weights.sum(dim=1).square()


def clustering_loss_without_root(network, batch):
    _, embeddings = network(batch.magnitude)
    rows = embeddings.flatten(1, 2), batch.loudest.flatten(1, 2), batch.weights.flatten(1)
    return deep_clustering_without_root(*rows).mean()


# %% [markdown]
# **Symptom.** The loss is 0.0000 from the first step. In a log that looks like success. Chance says that it must
# start near 0.4. The gradients are as small (none is above 1e-10), far below the ε of 1e-8 in Adam's denominator,
# so the network stays as it was.

# %%
twice = train(clustering_loss_without_root, separate=by_clusters, every=200)
told("healthy", healthy_clusters)
told("weights twice", twice)
print(f"the first loss is {twice.losses[0]:.0e}; chance is {chance_clusters:.2f}")


# %% [markdown]
# **Test.** The fast form against the slow one: a few bins, a double sum straight from the definition, and random
# weights. Weights of only 0 and 1 would not do: their roots are themselves, and voice-activity weights are of that
# kind. The bug can sleep there for years.


# %%
def test_against_the_slow_form(loss, zero_one=False):
    generator = torch.Generator().manual_seed(0)
    V = torch.rand(1, 30, 4, generator=generator, dtype=torch.float64)
    Y = one_hot(torch.randint(2, (1, 30), generator=generator), 2).double()
    w = torch.rand(1, 30, generator=generator, dtype=torch.float64)
    w = w.round() if zero_one else w
    slow = 0.0
    for i in range(30):
        for j in range(30):
            slow += float(w[0, i] * w[0, j] * (V[0, i] @ V[0, j] - Y[0, i] @ Y[0, j]) ** 2)
    slow /= float(w.sum() ** 2)
    fast = float(loss(V, Y, w))
    assert abs(fast - slow) < 1e-9, f"fast form {fast:.4f}, slow form {slow:.4f}"


shows(test_against_the_slow_form, deep_clustering_without_root, deep_clustering)
test_against_the_slow_form(deep_clustering_without_root, zero_one=True)
print("with weights of 0 and 1 only, the bugged code passes too")


# %% [markdown]
# ## Bug 3: an order for every bin
#
# The loss may choose which output is which voice, *once an utterance*. Here the minimum is taken before the mean,
# so it is chosen anew in every bin. One line moved. Published code has it: see `mask_inference` in the course's
# `losses.py`.


# %%
def best_order_per_bin(estimates, targets):
    orders = [(estimates - targets).abs(), (estimates.flip(-1) - targets).abs()]
    return torch.stack([order.mean(dim=-1) for order in orders]).amin(dim=0).mean(dim=(1, 2))


def mask_loss_per_bin(network, batch):
    masks, _ = network(batch.magnitude)
    return best_order_per_bin(masks * batch.magnitude.unsqueeze(-1), batch.target).mean()


# %% [markdown]
# **Symptom.** The loss starts below chance, and at first it falls *faster* than the healthy one. The estimates are
# worse than doing nothing.

# %%
per_bin = train(mask_loss_per_bin)
told("healthy", healthy)
told("order per bin", per_bin)
at = 30
print(f"after {at} steps: healthy loss {healthy.losses[at]:.3f}, bugged {per_bin.losses[at]:.3f}")

gaps = (healthy.masks[0] - ideal_mask(batch.S, batch.X)[0, ..., :1]).abs().mean(dim=(0, 1))
low = int(gaps.argmin())  # the output that took the low voice
figure, panels = plt.subplots(1, 3, figsize=(9, 2.4), sharey=True, layout="constrained")
pictures = {
    "ideal mask, low voice": ideal_mask(batch.S, batch.X)[0, ..., 0],
    "healthy network": healthy.masks[0, ..., low],
    "order per bin": per_bin.masks[0, ..., 0],
}
for panel, (title, mask) in zip(panels, pictures.items()):
    draw(panel, mask, title, vmin=0, vmax=1, cmap="BrBG")
    panel.set_xlabel("time (s)")
show(
    figure,
    "Three masks: the ideal one and the healthy network's show the same pattern in time and frequency; "
    "the third has stripes that never change in time, each frequency all or nothing.",
)

# %% [markdown]
# The picture tells the rest. In most bins one voice is nearly everything. So under this loss 'one output is
# everything, the other is silence' is nearly perfect, and that is what the network learns: at each frequency one
# output takes all, for all time, and which one is chance.
#
# **Test.** Permuted input. Take the perfect answer and swap the voices in half of the bins. A loss per utterance
# must object. Swap them everywhere, and it must not.


# %%
def test_swapping_bins_costs(order_loss):
    generator = torch.Generator().manual_seed(0)
    swap = torch.rand(batch.magnitude.shape, generator=generator).unsqueeze(-1) < 0.5
    mixed_up = torch.where(swap, batch.target.flip(-1), batch.target)
    assert order_loss(batch.target.flip(-1), batch.target).max() < 1e-6, "the other order is as good"
    cost = float(order_loss(mixed_up, batch.target).min())
    assert cost > 0.05, f"voices swapped in half of the bins cost {cost:.3f}"


shows(test_swapping_bins_costs, best_order_per_bin, best_order)


# %% [markdown]
# ## Bug 4: masks on log magnitudes
#
# The features of the network are log magnitudes. Here somebody multiplied the mask with the *features*, compared in
# the log domain, and undid the logarithm at the end. All shapes fit.


# %%
def in_logs(magnitude, level):
    return torch.log10(magnitude / level + 1e-3)


def level_of(batch):
    return batch.magnitude.square().mean(dim=(1, 2), keepdim=True).sqrt().unsqueeze(-1)


def mask_loss_on_logs(network, batch):
    masks, _ = network(batch.magnitude)
    level = level_of(batch)
    return best_order(
        masks * in_logs(batch.magnitude.unsqueeze(-1), level), in_logs(batch.target, level)
    ).mean()


def apply_to_logs(masks, batch):
    level = level_of(batch)
    magnitude = level * (10 ** (masks * in_logs(batch.magnitude.unsqueeze(-1), level)) - 1e-3)
    return istft(torch.polar(magnitude.clamp_min(0), batch.X.angle().unsqueeze(-1).expand_as(magnitude)))


def apply(masks, batch):
    return istft(masks * batch.X.unsqueeze(-1))


# %% [markdown]
# **Symptom.** The loss falls and then stands still, far from zero. Is the network too small, the step too long, the
# task too hard? Ask the pipeline without the network: give it the *ideal* mask.

# %%
on_logs = train(
    mask_loss_on_logs, separate=lambda network, batch: apply_to_logs(network(batch.magnitude)[0], batch)
)
told("healthy", healthy)
told("masks on logs", on_logs)
ideal_on_logs = float(improvement(apply_to_logs(ideal_mask(batch.S, batch.X), batch), batch).mean())
print(f"the ideal mask through the same pipeline: {ideal_on_logs:.1f} dB instead of {ceiling:.1f} dB")

# %% [markdown]
# So the network is not to blame: nothing that it could answer would help.
#
# **Test.** Silent input. A mask of zeros must give silence. Here it gives $|X|^0 = 1$: every bin at the same level,
# silent ones too.


# %%
def test_a_mask_of_zeros_is_silence(apply_masks):
    out = apply_masks(torch.zeros_like(batch.target), batch)
    power = float(out.square().mean() / batch.mixture.square().mean())
    assert power < 1e-6, f"masks of zeros let {power:.0%} of the mixture's power through"


shows(test_a_mask_of_zeros_is_silence, apply_to_logs, apply)
save("zeros-on-logs", apply_to_logs(torch.zeros_like(batch.target), batch)[0, :, 0])

# %% [markdown]
# | | |
# |---|---|
# | what a mask of zeros sounds like with bug 4 | <audio controls preload="none" src="sounds/zeros-on-logs.flac"></audio> |

# %% [markdown]
# ## Bug 5: half of the network never learns
#
# The states of the body were wanted for a plot, so somebody detached them, one line too early.


# %%
class Detached(Network):
    def states(self, magnitude):
        states = super().states(magnitude).detach()  # for the plot of the activations
        return states


# %% [markdown]
# **Symptom.** It learns. The loss falls smoothly, the masks look sensible, the improvement rises. It is only worse than
# it should be, because the body stays as random as it was at the start.

# %%
detached = train(mask_loss, network=Detached)
told("healthy", healthy)
told("detached body", detached)


# %% [markdown]
# **Test.** One step backward, then look at every parameter that the loss should reach: a gradient that is there,
# finite and not all zero. (The mask loss doesn't reach the embedding head, so that one is left out.)


# %%
def test_every_parameter_learns(network):
    torch.manual_seed(0)
    net = network()
    mask_loss(net, batch).backward()
    dead = [
        name
        for name, p in net.named_parameters()
        if "embedding" not in name and (p.grad is None or not p.grad.isfinite().all() or not p.grad.any())
    ]
    assert not dead, f"no gradient for {len(dead)} parameters, among them {dead[0]}"


shows(test_every_parameter_learns, Detached, Network)

# %% [markdown]
# ## All curves together
#
# On the left the loss that training sees, on the right what we want. All losses fall, and two of the three sick
# ones nearly as far as the healthy one. Only the right-hand picture, with the ceiling in it, tells them apart.

# %%
curves = {
    "healthy": (healthy, TEAL, "-"),
    "sources 2 ms off": (shifted, ORANGE, "-"),
    "order per bin": (per_bin, PURPLE, "-"),
    "detached body": (detached, DARK, "--"),
}
figure, panels = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for name, (run, colour, style) in curves.items():
    panels[0].plot(run.losses, style, color=colour, label=name)
    panels[1].plot(run.steps, run.gains, style, color=colour)
panels[1].axhline(ceiling, color=GREY, linewidth=1)
panels[1].text(200, ceiling, "ideal mask", ha="right", va="bottom", fontsize=8, color=DARK)
panels[0].set(title="loss", xlabel="step", ylim=(0, None))
panels[1].set(title="SI-SDR improvement (dB)", xlabel="step")
panels[0].legend(frameon=False, fontsize=8)
show(
    figure,
    "Two charts over 200 steps. The losses of a healthy and three sick trainings all fall. "
    "The improvement of the healthy one nears the ideal mask, the others stay below it, one below zero.",
)

# %% [markdown]
# ## Gradient norms, and what clipping hides
#
# Now a training as in real life: new mixtures at each step, judged on mixtures that it never saw. AutoClip keeps
# all gradient norms so far, and scales a gradient down to at most their $p$-th percentile. With $p = 100$ it never
# clips.
#
# Each of three codes is trained without clipping and with $p = 10$:
#
# - as it should be;
# - with `optimizer.zero_grad()` **forgotten**, so that each step uses the sum of all gradients so far;
# - with a **broken file** among forty-eight: it was read as integers and is 32,768 times too loud. The features are
#   relative to the level, so the network doesn't notice. The loss does.


# %%
class AutoClip:
    """Scale gradients to at most a percentile of all their norms so far (arXiv 2007.14469, algorithm 1)."""

    def __init__(self, percentile):
        self.percentile, self.norms, self.limits = percentile, [], []

    def __call__(self, network):
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        self.norms.append(float(torch.nn.utils.get_total_norm(gradients)))
        self.limits.append(float(np.percentile(self.norms, self.percentile)))
        for gradient in gradients:
            gradient.mul_(min(1.0, self.limits[-1] / self.norms[-1]))


def backward(network, batch):
    """Put the gradient of this batch, and nothing else, into the parameters."""
    network.zero_grad()
    mask_loss(network, batch).backward()


def backward_onto_the_last(network, batch):
    mask_loss(network, batch).backward()


pool = draw_sources(np.random.default_rng(3), 48)
pool_with_integers = pool.clone()
pool_with_integers[17] *= 32768
unseen = draw_sources(np.random.default_rng(4), 12)
unseen = make_batch(unseen.sum(dim=-1), unseen)


def train_on(pool, percentile, backward=backward, steps=240):
    """Train masks on a pool of mixtures, four at a time; the norms, and the improvement on unseen ones."""
    torch.manual_seed(0)
    net, clip = Network(), AutoClip(percentile)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    order = torch.cat([torch.randperm(len(pool)) for _ in range(steps * 4 // len(pool))]).reshape(-1, 4)
    for chosen in order:
        backward(net, make_batch(pool[chosen].sum(dim=-1), pool[chosen]))
        clip(net)
        optimizer.step()
    with torch.no_grad():
        gain = float(improvement(by_masks(net, unseen), unseen).mean())
    return SimpleNamespace(norms=np.array(clip.norms), limits=np.array(clip.limits), gain=gain)


variants = {
    "as it should be": (pool, backward),
    "zero_grad forgotten": (pool, backward_onto_the_last),
    "one broken file": (pool_with_integers, backward),
}
clipped = {}
for name, (sounds, step) in variants.items():
    for p in (100, 10):
        run = clipped[name, p] = train_on(sounds, p, step)
        how = "no clipping" if p == 100 else f"p = {p}"
        share = float(np.mean(run.norms > run.limits))
        norms = f"norm: median {np.median(run.norms):.3f}, largest {run.norms.max():8.3g}"
        print(f"{name:20} {how:12} {run.gain:5.1f} dB on unseen mixtures, {share:4.0%} clipped, {norms}")

# %%
figure, panels = plt.subplots(1, 3, figsize=(10, 2.8), layout="constrained")
healthy_run, forgetful = clipped["as it should be", 10], clipped["zero_grad forgotten", 100]
panels[0].hist(healthy_run.norms, bins=30, color=GREY)
panels[0].axvline(healthy_run.limits[-1], color=TEAL)
panels[0].set(title="as it should be, p = 10", xlabel="gradient norm", ylabel="steps")
panels[1].plot(forgetful.norms, color=ORANGE, label="no clipping")
panels[1].plot(clipped["zero_grad forgotten", 10].norms, color=DARK, label="p = 10")
panels[1].set(title="zero_grad forgotten", xlabel="step", ylim=(0, None))
panels[1].legend(frameon=False, fontsize=8)
panels[2].semilogy(clipped["one broken file", 10].norms, ".", color=PURPLE, markersize=4)
panels[2].semilogy(clipped["one broken file", 10].limits, color=TEAL)
panels[2].set(title="one broken file, p = 10", xlabel="step")
show(
    figure,
    "Gradient norms. Left, a histogram of healthy norms with the 10th percentile at its lower edge. Middle, with zero_grad "
    "forgotten they grow without clipping and look ordinary with it. Right, a few dots lie four powers of ten above all others.",
)

# %% [markdown]
# Clipping is a fuse: it saves the house, and it doesn't say where the short circuit is.
#
# - *The broken file.* Without clipping it ruins the training, and somebody goes looking. With clipping the result
#   is merely mediocre.
# - *The forgotten zero_grad.* Without clipping the norms grow and grow. With clipping, the old gradients are scaled
#   down at every step and fade, so that the sum works like momentum. The norms look ordinary, and the training is
#   only a little bad.
#
# So log norms **before** clipping, and look at them. Two tests, one for each fault:


# %%
def test_no_norm_stands_out(run):
    ratio = float(run.norms.max() / np.median(run.norms))
    assert ratio < 100, f"the largest gradient norm is {ratio:,.0f} times the median"


def test_a_step_has_its_own_gradient_only(backward):
    torch.manual_seed(0)
    net = Network()
    found = []
    for _ in range(2):  # the same weights and the same batch: the same gradient
        backward(net, batch)
        found.append(
            float(torch.nn.utils.get_total_norm([p.grad for p in net.parameters() if p.grad is not None]))
        )
    assert abs(found[1] / found[0] - 1) < 1e-3, (
        f"the second gradient is {found[1] / found[0]:.2f} times the first"
    )


print("one broken file")
shows(test_no_norm_stands_out, clipped["one broken file", 10], clipped["as it should be", 10])
print("zero_grad forgotten")
shows(test_a_step_has_its_own_gradient_only, backward_onto_the_last, backward)

# %% [markdown]
# ## Against other code
#
# The strongest comparison is with code that somebody else wrote. If the course's package is installed (`make
# separation`), its losses must agree with the small copies here.

# %%
if find_spec("separation"):
    from separation import losses

    generator = torch.Generator().manual_seed(1)
    V = nn.functional.normalize(torch.rand(*batch.magnitude.shape, D, generator=generator), dim=-1)
    theirs = losses.deep_clustering(V, batch.loudest, batch.weights)
    ours = deep_clustering(V.flatten(1, 2), batch.loudest.flatten(1, 2), batch.weights.flatten(1))
    assert torch.allclose(theirs, ours, atol=1e-5)
    masks = torch.rand(batch.target.shape, generator=generator)
    theirs = losses.mask_inference(masks, batch.S, batch.X)
    ours = best_order(masks * batch.magnitude.unsqueeze(-1), batch.target)
    assert torch.allclose(theirs, ours, atol=1e-6)
    print("deep clustering and mask inference agree with tools/separation")
else:
    print("tools/separation is not installed: skipped")

# %% [markdown]
# ## Mended: overfit one batch, three times
#
# All five tests pass on the mended code. What remains is the test of the whole: one batch, learnt by heart, from
# three seeds. One seed could be luck, for the good and for the bad.

# %%
test_sources_add_up(batch)
test_against_the_slow_form(deep_clustering)
test_swapping_bins_costs(best_order)
test_a_mask_of_zeros_is_silence(apply)
test_every_parameter_learns(Network)

shares = []
for seed in (0, 1, 2):
    run = healthy if seed == 0 else train(mask_loss, seed=seed)
    shares.append(float(run.gain.mean()) / ceiling)
    print(
        f"seed {seed}: {float(run.gain.mean()):.1f} of {ceiling:.1f} dB, {shares[-1]:.0%} of the ideal mask"
    )
assert min(shares) > 0.9

# %% [markdown]
# ## Questions to take home
#
# 1. Draw the ceiling of the batch once more with bug 1, for delays of 1 to 16 samples. How small a delay still
#    matters, and would you see it in a spectrogram?
# 2. Normalise the features over everything instead of for each frequency. The masks still learn. What becomes of
#    the embeddings, and what does a clustering loss of 0.25 mean?
# 3. Bug 2 makes the loss tiny because the weights sum to one. Scale them to a mean of one. Where does the loss
#    start now, and how much of the separation is lost? Which of the two bugs would you rather have?
# 4. Clip the overfitting of one batch at $p = 10$ as well. Which of the five bugs become harder to see?
# 5. Leave the `+ 1e-8` out of the network's normalisation and give it embeddings of exactly zero. What is the
#    gradient, and why is a test with ordinary sounds blind to it?
# 6. Plant a bug of your own and hand the notebook to somebody else. How many minutes did they need, and which test
#    found it?
