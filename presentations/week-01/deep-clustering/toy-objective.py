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
# # The objective on a toy
#
# Deep clustering is an objective before it is a network. This notebook takes the network away and keeps the
# objective: a few hundred *bins*, two features each, one linear layer. Everything that matters is still there,
# and it runs in a few seconds on a laptop.
#
# What we do:
#
# 1. make two clouds of bins that a blind clustering gets wrong;
# 2. write the loss twice, once as it is defined and once as it is computed, and check that the two agree;
# 3. derive the gradient, check it, and train by plain gradient descent;
# 4. let k-means find the sources in bins that were never trained on;
# 5. look at the whitened variant of the loss.
#
# The equations are those of Hershey, Chen, Le Roux and Watanabe ([arXiv 1508.04306](https://arxiv.org/abs/1508.04306))
# and of Wang, Le Roux and Hershey (ICASSP 2018, MERL TR2018-005).

# %%
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(3)
TEAL, GREY, DARK = "#00796b", "#90a4ae", "#37474f"
plt.rcParams.update({"figure.dpi": 110, "axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## Two clouds of bins
#
# In a real mixture, each time-frequency bin belongs mostly to one source. Here a bin is a point with two features, and
# the two sources are two long, thin, parallel clouds. *Assignment* $Y$ has one row a bin and one column a source:
# $y_{ic} = 1$ if bin $i$ belongs to source $c$, else $0$.
#
# The clouds are made to annoy: what spreads most (their length) tells nothing about who is who.

# %%
N_TRAIN, N_TEST, D, C = 400, 2000, 2, 2


def clouds(rng, count):
    """Features (count, 2) and source indices (count,): two long, thin, parallel clouds."""
    owner = rng.integers(C, size=count)
    across = np.where(owner == 0, -0.5, 0.5) + 0.22 * rng.standard_normal(count)
    along = 1.5 * rng.standard_normal(count)
    turn = np.deg2rad(25)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.stack([across, along], axis=1) @ rotation, owner


features, owner = clouds(rng, N_TRAIN)
test_features, test_owner = clouds(rng, N_TEST)
Y = np.eye(C)[owner]
print(f"{N_TRAIN} bins to train on, of which {np.sum(owner == 0)} of source A and {np.sum(owner == 1)} of source B")


# %% [markdown]
# ## The loss, as it is defined
#
# Row $v_i$ of $V \in \mathbb{R}^{N \times D}$ is the *embedding* of bin $i$, a unit vector. $VV^\top$ holds the cosine
# between every two bins, and $YY^\top$ holds $1$ where two bins belong together and $0$ where they don't. Deep clustering
# asks the first to look like the second:
#
# $$
# L(V) = \frac{1}{N^2} \left\| VV^\top - YY^\top \right\|_F^2
# = \frac{1}{N^2} \sum_{i,j} \left( v_i^\top v_j - y_i^\top y_j \right)^2 .
# $$
#
# The factor $1/N^2$ makes it the mean squared error of an affinity. Nothing in it knows which source is *first*:
# swapping the columns of $Y$ leaves $YY^\top$ as it was. That is how the permutation problem goes away.

# %%
def unit(vectors):
    """Rows (N, D) divided by their length."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def loss_by_definition(V, Y):
    """The loss through the N x N affinities: simple, and far too big for real spectrograms."""
    return np.sum((V @ V.T - Y @ Y.T) ** 2) / len(V) ** 2


V_random = unit(rng.standard_normal((N_TRAIN, D)))
print(f"random unit embeddings: {loss_by_definition(V_random, Y):.4f}")
print(f"perfect embeddings:     {loss_by_definition(Y, Y):.4f}")

swapped = Y[:, ::-1]
assert np.isclose(loss_by_definition(V_random, Y), loss_by_definition(V_random, swapped))
print("swapping the sources changes nothing")


# %% [markdown]
# ## The loss, as it is computed
#
# Multiply out the square and use $\operatorname{tr}(AB) = \operatorname{tr}(BA)$:
#
# $$
# \left\| VV^\top - YY^\top \right\|_F^2
# = \left\| V^\top V \right\|_F^2 - 2 \left\| V^\top Y \right\|_F^2 + \left\| Y^\top Y \right\|_F^2 .
# $$
#
# On the left stand matrices of $N \times N$; on the right, of $D \times D$, $D \times C$ and $C \times C$. Equal in value, but
# the right-hand side never builds an affinity.

# %%
def loss_cheap(V, Y):
    """The same loss through D x D, D x C and C x C products."""
    return (np.sum((V.T @ V) ** 2) - 2 * np.sum((V.T @ Y) ** 2) + np.sum((Y.T @ Y) ** 2)) / len(V) ** 2


for trial in range(20):
    size, dimension, sources = rng.integers(5, 200), rng.integers(1, 12), rng.integers(1, 5)
    V_trial = unit(rng.standard_normal((size, dimension)))
    Y_trial = np.eye(sources)[rng.integers(sources, size=size)]
    assert np.isclose(loss_by_definition(V_trial, Y_trial), loss_cheap(V_trial, Y_trial), rtol=1e-10)
print("both forms agree on 20 random cases, to ten digits")


# %% [markdown]
# ### How much cheaper?
#
# The numbers of the next cell depend on the machine, so it prints only what holds on any. The count of the matrix entries is
# exact; the time is measured, the best of twenty, and rounded down to a power of ten.

# %% tags=["timing"]
def best_time(function, *arguments, repeats=20):
    """Seconds of the fastest of some calls: the one that was disturbed least."""
    function(*arguments)
    times = []
    for _ in range(repeats):
        start = perf_counter()
        function(*arguments)
        times.append(perf_counter() - start)
    return min(times)


V_big, Y_big = unit(rng.standard_normal((3000, 20))), np.eye(C)[rng.integers(C, size=3000)]
ratio = best_time(loss_by_definition, V_big, Y_big) / best_time(loss_cheap, V_big, Y_big)
entries = 2 * 3000**2 / (20 * 20 + 20 * C + C * C)
print(f"N = 3000, D = 20: {entries:,.0f} times fewer matrix entries to hold")
print(f"measured: at least {10 ** int(np.log10(ratio))} times faster")


# %% [markdown]
# ## The gradient
#
# With respect to the embeddings the gradient is short, and cheap for the same reason:
#
# $$
# \frac{\partial L}{\partial V} = \frac{4}{N^2} \left( V \left( V^\top V \right) - Y \left( Y^\top V \right) \right) .
# $$
#
# Our 'network' is one linear layer with a sigmoid, then unit norm, the same last steps as in the recipes for speech:
# $u_i = \sigma(W^\top \phi_i)$ and $v_i = u_i / \|u_i\|$, where $\phi_i$ is the features of bin $i$ and a constant $1$. Going back
# through the norm removes the part of the gradient that points along $v_i$, since a change of length is undone:
#
# $$
# \frac{\partial L}{\partial u_i} = \frac{1}{\|u_i\|} \left( I - v_i v_i^\top \right) \frac{\partial L}{\partial v_i} .
# $$
#
# A gradient derived by hand is wrong until it is checked. Central differences, one weight at a time, are the check.

# %%
def with_constant(features):
    """Features (N, F) with a column of ones: (N, F + 1)."""
    return np.hstack([features, np.ones((len(features), 1))])


def embed(weights, features):
    """Embeddings (N, D), unit norm, and the sigmoid outputs (N, D) before normalisation."""
    u = 1 / (1 + np.exp(-with_constant(features) @ weights))
    return unit(u), u


def loss_and_gradient(weights, features, Y):
    """The loss and its gradient with respect to the weights (F + 1, D)."""
    V, u = embed(weights, features)
    to_v = 4 * (V @ (V.T @ V) - Y @ (Y.T @ V)) / len(V) ** 2
    to_u = (to_v - V * np.sum(V * to_v, axis=1, keepdims=True)) / np.linalg.norm(u, axis=1, keepdims=True)
    return loss_cheap(V, Y), with_constant(features).T @ (to_u * u * (1 - u))


start = 0.5 * rng.standard_normal((3, D))
_, gradient = loss_and_gradient(start, features, Y)
numeric = np.zeros_like(start)
for place in np.ndindex(*start.shape):
    step = np.zeros_like(start)
    step[place] = 1e-5
    up, down = (loss_and_gradient(start + sign * step, features, Y)[0] for sign in (1, -1))
    numeric[place] = (up - down) / 2e-5
assert np.allclose(gradient, numeric, rtol=1e-6, atol=1e-9)
print("analytic and numeric gradient agree on all", start.size, "weights")

# %% [markdown]
# ## Training
#
# Plain gradient descent on all bins at once: no momentum, no schedule. Watch how the loss falls: a little, then hardly at all, then
# suddenly, then slowly, since the sigmoid has to saturate for embeddings of different sources to become orthogonal. (The
# steps are on a logarithmic axis.) Somebody who had stopped on the plateau would have called the method useless.

# %%
weights, history = start.copy(), []
for _ in range(1500):
    loss, gradient = loss_and_gradient(weights, features, Y)
    history.append(loss)
    weights -= 3.0 * gradient
print(f"loss: {history[0]:.3f} before, {history[-1]:.3f} after {len(history)} steps")

figure, axis = plt.subplots(figsize=(7, 3.6))
axis.plot(np.arange(1, len(history) + 1), history, color=TEAL, linewidth=2)
axis.set(title="Deep-clustering loss while training", xlabel="Step", ylabel="Loss (mean squared affinity error)")
axis.set(xscale="log", ylim=(0, None))
plt.show()

# %% [markdown]
# On the left of the next figure stand the bins by their features: a blind clustering would cut across the length of the clouds.
# In the middle and on the right, the embeddings of the same bins before and after training. They are unit vectors with positive
# entries, so they lie on a quarter of a circle; source B is drawn on a slightly larger arc, only so that the two don't hide
# each other. After training, the two sources gather at the two ends, at a right angle to each other: affinity $1$ within,
# $0$ between. *Which* end belongs to which source is an accident of the start.

# %%
panels = [("Features", features, 0.0), ("Embeddings before", embed(start, features)[0], 0.12)]
panels.append(("Embeddings after", embed(weights, features)[0], 0.12))
figure, axes = plt.subplots(1, 3, figsize=(11, 4), layout="constrained")
for axis, (title, points, lift) in zip(axes, panels):
    for source, colour, name in ((0, GREY, "source A"), (1, TEAL, "source B")):
        chosen = points[owner == source] * (1 + lift * source)
        axis.scatter(*chosen.T[:2], s=14, color=colour, alpha=0.6, label=name, linewidths=0)
    axis.set(title=title, xlabel="Dimension 1", ylabel="Dimension 2", aspect="equal")
axes[0].set(xlabel="Feature 1", ylabel="Feature 2", aspect="auto")
for axis in axes[1:]:
    axis.set(xlim=(-0.05, 1.2), ylim=(-0.05, 1.2))
axes[0].legend(frameon=False)
plt.show()


# %% [markdown]
# ## k-means finds the sources again
#
# At test time nobody hands us $Y$. We embed bins that were not trained on, cluster them, and read the clusters as sources. The
# clusters come in no particular order, so the accuracy is that of the better of the two ways to name them. For comparison, the
# same k-means on the raw features and on the embeddings of the untrained layer (whose score is luck: try other seeds).

# %%
def kmeans(points, sources, rounds=50):
    """Cluster indices (N,). Starts from the first point and then, again and again, from the one farthest away."""
    centres = points[:1]
    while len(centres) < sources:
        gap = np.linalg.norm(points[:, None] - centres, axis=2).min(axis=1)
        centres = np.vstack([centres, points[gap.argmax()]])
    for _ in range(rounds):
        cluster = np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)
        centres = np.stack([points[cluster == k].mean(axis=0) for k in range(sources)])
    return cluster


def accuracy(cluster, owner):
    """Share of bins in the right cluster, under the better of the two namings."""
    right = np.mean(cluster == owner)
    return max(right, 1 - right)


raw = accuracy(kmeans(test_features, C), test_owner)
before = accuracy(kmeans(embed(start, test_features)[0], C), test_owner)
after = accuracy(kmeans(embed(weights, test_features)[0], C), test_owner)
for name, share in (("raw features", raw), ("embeddings before", before), ("embeddings after", after)):
    print(f"{name:<18} {share:6.1%} of {N_TEST} unseen bins")
assert after > 0.95 > raw


# %% [markdown]
# The clustering is the same blind routine all three times. What changed is the space in which it works: the objective bent it until
# 'near' came to mean 'of the same source'.
#
# ## Whitened k-means
#
# Wang, Le Roux and Hershey ask for something weaker: not that $VV^\top$ equals $YY^\top$, but that $V$ *spans* what $Y$ spans. The
# whitened k-means loss is
#
# $$
# L_{\mathrm{WKM}}(V) = D - \operatorname{tr}\!\left[ \left( V^\top V \right)^{-1} V^\top Y
# \left( Y^\top Y \right)^{-1} Y^\top V \right] ,
# $$
#
# which lies between $D - \min(C, D)$ and $D$. The inverse whitens the embeddings, so a stretch of the space along some direction
# costs nothing: $L_{\mathrm{WKM}}(VA) = L_{\mathrm{WKM}}(V)$ for every invertible $A$.
#
# In code nothing is inverted. With the Cholesky factor $V^\top V = R R^\top$ the trace is the squared norm of
# $R^{-1} V^\top Y (Y^\top Y)^{-1/2}$, and $Y^\top Y$ is only the diagonal of bin counts. A small ridge, *relative* to the mean of the
# diagonal, keeps the factor alive if the embeddings collapse into a line.

# %%
def whitened_kmeans(V, Y, ridge=1e-4):
    """The whitened k-means loss by Cholesky; the ridge is relative to the mean diagonal of V'V."""
    gram = V.T @ V
    gram += ridge * np.trace(gram) / len(gram) * np.eye(len(gram))
    cross = (V.T @ Y) / np.sqrt(Y.sum(axis=0))
    return V.shape[1] - np.sum(np.linalg.solve(np.linalg.cholesky(gram), cross) ** 2)


V_before, V_after = embed(start, features)[0], embed(weights, features)[0]
print(f"whitened k-means, before: {whitened_kmeans(V_before, Y):.3f}")
print(f"whitened k-means, after:  {whitened_kmeans(V_after, Y):.3f}")
print(f"perfect embeddings:       {whitened_kmeans(Y, Y):.3f}")

stretch = np.diag(np.linspace(0.2, 3, D)) + np.triu(np.ones((D, D)), 1)
assert np.isclose(whitened_kmeans(V_after @ stretch, Y, ridge=0), whitened_kmeans(V_after, Y, ridge=0))
by_inverse = D - np.trace(
    np.linalg.inv(V_after.T @ V_after) @ V_after.T @ Y @ np.linalg.inv(Y.T @ Y) @ Y.T @ V_after
)
assert np.isclose(whitened_kmeans(V_after, Y, ridge=0), by_inverse)
collapsed = np.repeat(unit(np.ones((1, D))), N_TRAIN, axis=0)
print(f"all embeddings equal:     {whitened_kmeans(collapsed, Y):.3f}, and still finite thanks to the ridge")

# %% [markdown]
# ## Questions to take home
#
# 1. The training loss does not reach $0$. Which bins hold it up, and would more dimensions help? Set $D = 5$ and see whether
#    the accuracy moves with the loss.
# 2. What do the embeddings look like on the plateau of the loss? Plot them after 20 steps, and say what the layer has to find
#    out before it can leave. How long does the plateau last from other starts?
# 3. Add a third cloud, but train on two. What happens when k-means is then asked for three clusters?
# 4. Give each bin a weight $w_i$ (say, its loudness) and multiply rows of $V$ and $Y$ by $\sqrt{w_i}$. Which of the two forms
#    needs to change, and which bins now decide where the boundary lies?
# 5. Replace the loss in the training loop by $L_{\mathrm{WKM}}$. Its gradient is a little more work; check it against finite
#    differences before trusting it. Do the embeddings end up in the same places?
# 6. Without the sigmoid, embeddings may point in opposite directions. What does the loss think of an affinity of $-1$ between two
#    sources, and is that what you would want?
# 7. Cast everything to `float32` and let the training run on. Can the cheap form become negative? Why can't the other one?
