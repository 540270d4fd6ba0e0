"""What the networks are trained on. Every loss gives one value an example: (batch,); training takes their mean.

Symbols, with N bins, D dimensions and C sources in one example: V (N, D) are unit-length embeddings, Y (N, C) the
assignment, one-hot in each row, W = diag(w) the weights of the bins. The clustering losses build one Gram matrix
of [V, Y], D + C square, and never the N x N affinity that they are about.

Papers: [DC] Hershey, Chen, Le Roux, Watanabe, arXiv 1508.04306. [AO] Wang, Le Roux, Hershey, Alternative objective
functions for deep clustering, ICASSP 2018, MERL TR2018-005. [AC] Seetharaman, Wichern, Pardo, Le Roux, AutoClip, arXiv
2007.14469, which restates [AO]'s objectives. [HB] Le Roux, Wisdom, Erdogan, Hershey, SDR half-baked or well done?,
ICASSP 2019.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from separation.masks import phase_sensitive_mask

RIDGE = 1e-4  # of the mean diagonal of V'V: enough for float32, and it moves the loss by less than 0.001
_LEAST = 1e-12  # stands for zero where something is divided by a sum of weights (1 or more) or a signal's mean power
_CEILING = 1e-10  # of a target's power: SI-SDR saturates at 100 dB, so its gradient vanishes at the optimum


# --- deep clustering and its relatives -----------------------------------------------------------------------


class _Products(torch.autograd.Function):
    """[V, Y]' W [V, Y] (batch, D + C, D + C); assignment and weights are data, they get no gradient.

    In short: rows = cat([V, Y]); return (W rows)' rows. Left to itself, autograd multiplies twice on the way back, once for each V in V'V, and for Y besides: written out,
    the whole loss takes half the time of three separate products.
    """

    @staticmethod
    def forward(ctx: Any, embeddings: Tensor, assignment: Tensor, weights: Tensor) -> Tensor:
        rows = torch.cat([embeddings, assignment], dim=-1).flatten(1, 2)
        weighted = rows * weights.flatten(1).unsqueeze(-1)
        ctx.save_for_backward(weighted)
        ctx.shape = embeddings.shape
        return weighted.transpose(1, 2) @ rows

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (weighted,) = ctx.saved_tensors
        symmetric = gradient + gradient.transpose(1, 2)
        return (weighted @ symmetric[..., : ctx.shape[-1]]).view(ctx.shape), None, None


@dataclass(frozen=True)
class _Gram:
    """The blocks of [V, Y]' W [V, Y], and the sum of the weights."""

    vv: Tensor  # (batch, D, D)
    vy: Tensor  # (batch, D, C)
    yy: Tensor  # (batch, C, C)
    total: Tensor  # (batch,)


def _check(embeddings: Tensor, assignment: Tensor, weights: Tensor | None) -> None:
    if embeddings.ndim != 4 or assignment.ndim != 4 or embeddings.shape[:3] != assignment.shape[:3]:
        raise ValueError(
            "expected embeddings (batch, frame, frequency, dimension) and assignment (batch, frame, frequency, "
            f"source) of the same bins; got {tuple(embeddings.shape)} and {tuple(assignment.shape)}"
        )
    if weights is not None and weights.shape != embeddings.shape[:3]:
        raise ValueError(
            f"expected weights {tuple(embeddings.shape[:3])}, one a bin; got {tuple(weights.shape)}"
        )


def _gram(embeddings: Tensor, assignment: Tensor, weights: Tensor | None) -> _Gram:
    _check(embeddings, assignment, weights)
    if weights is None:
        weights = embeddings.new_ones(embeddings.shape[:3])
    size = embeddings.shape[-1]
    gram: Tensor = _Products.apply(embeddings, assignment.to(embeddings.dtype), weights)  # type: ignore[no-untyped-call]
    return _Gram(
        vv=gram[:, :size, :size],
        vy=gram[:, :size, size:],
        yy=gram[:, size:, size:],
        total=weights.sum(dim=(1, 2)).clamp_min(_LEAST),
    )


def _in_full_precision(loss: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Compute a loss outside autocast, from at least float32.

    Near the optimum these losses are small differences of large sums: in bfloat16 their gradient is off by a fifth.
    """

    @functools.wraps(loss)
    def wrapped(embeddings: Tensor, *arguments: Tensor | None, **options: float) -> Tensor:
        def widened(tensor: Tensor | None) -> Tensor | None:
            narrow = tensor is not None and tensor.dtype in (torch.bfloat16, torch.float16)
            return tensor.float() if narrow and tensor is not None else tensor

        with torch.autocast(embeddings.device.type, enabled=False):
            return loss(widened(embeddings), *map(widened, arguments), **options)

    return wrapped


def _sum_of_squares(matrix: Tensor) -> Tensor:
    return matrix.square().sum(dim=(1, 2))


@_in_full_precision
def deep_clustering(embeddings: Tensor, assignment: Tensor, weights: Tensor | None = None) -> Tensor:
    """|W^1/2 (VV' - YY') W^1/2|^2 / (sum w)^2 = (|V'WV|^2 - 2 |V'WY|^2 + |Y'WY|^2) / (sum w)^2.

    [DC] without weights (the classic form), [AC] eq. 5 with them. The division makes it the weighted mean squared
    error of an affinity, the same for short and long examples; nussl divides likewise. In float32 it is rounding
    noise below 1e-6, and below 1e-4 where a GPU multiplies in TF32: there it may come out negative.

    Args:
        embeddings: (batch, frame, frequency, dimension), of unit length.
        assignment: (batch, frame, frequency, source), one-hot.
        weights: (batch, frame, frequency), w; every bin counts the same without them.

    Raises:
        ValueError: the shapes don't fit; the message names them.
    """
    gram = _gram(embeddings, assignment, weights)
    difference = _sum_of_squares(gram.vv) - 2 * _sum_of_squares(gram.vy) + _sum_of_squares(gram.yy)
    return difference / gram.total.square()


@_in_full_precision
def whitened_kmeans(
    embeddings: Tensor, assignment: Tensor, weights: Tensor | None = None, *, ridge: float = RIDGE
) -> Tensor:
    """D - tr[(V'WV)^-1 V'WY (Y'WY)^-1 Y'WV]: k-means on whitened embeddings, labels known ([AO], WKM; [AC] eq. 6).

    Between D - C and D; unchanged by any invertible linear map of the embeddings. V'V can lack full rank, so `ridge`
    times its mean diagonal is added before the Cholesky factorisation: relative, since a fixed ridge would count
    little in a long example and much in a short or lightly weighted one.

    nussl differs: it adds the identity, and returns D + C - 2 tr[...], in effect twice the trace with an offset.

    Args and Raises: as `deep_clustering`.
    """
    gram = _gram(embeddings, assignment, weights)
    diagonal = gram.vv.diagonal(dim1=1, dim2=2)
    # _LEAST keeps the factorisation of an example without weight (silence) defined
    lift = (ridge * diagonal.mean(dim=1, keepdim=True) + _LEAST).expand_as(diagonal)
    factor, _ = torch.linalg.cholesky_ex(gram.vv + torch.diag_embed(lift))  # _ex: no wait for the device
    whitened = torch.linalg.solve_triangular(factor, gram.vy, upper=False)
    return embeddings.shape[-1] - _between_sources(whitened, gram.yy)


@_in_full_precision
def deep_lda(embeddings: Tensor, assignment: Tensor, weights: Tensor | None = None) -> Tensor:
    """|W^1/2 (V - Y (Y'WY)^-1 Y'WV)|^2 / sum w: the spread around each source's mean embedding ([AO], deep LDA form).

    Between 0 and 1 for unit embeddings. No configuration can choose it: on its own it is also zero when all embeddings are the same, so it trains
    nothing by itself: it is here to be compared with `whitened_kmeans`, which is this after whitening.

    Args and Raises: as `deep_clustering`.
    """
    gram = _gram(embeddings, assignment, weights)
    everything = gram.vv.diagonal(dim1=1, dim2=2).sum(dim=1)
    return (everything - _between_sources(gram.vy, gram.yy)) / gram.total


@_in_full_precision
def graph_laplacian(embeddings: Tensor, assignment: Tensor, weights: Tensor | None = None) -> Tensor:
    """|W^1/2 (A_V - A_Y) W^1/2|^2, A_V = D_V^-1/2 VV' D_V^-1/2 with degrees D_V = diag(VV'W1), A_Y likewise.

    The distance between the normalised affinities of two graphs, in which a bin counts w times: a source with few
    bins counts as much as one with many. This is the form that the open implementation echidna (leichtrhino,
    metrics/deepclustering.py) gives under this name for [AO]; the paper's own equation was not at hand to compare.

    Embeddings must not point away from each other (sigmoid before unit length sees to that), or degrees vanish.

    Args and Raises: as `deep_clustering`.
    """
    _check(embeddings, assignment, weights)
    count = embeddings.new_ones(embeddings.shape[:3]) if weights is None else weights
    gram = _gram(_by_degree(embeddings, count), _by_degree(assignment.to(embeddings.dtype), count), count)
    return _sum_of_squares(gram.vv) - 2 * _sum_of_squares(gram.vy) + _sum_of_squares(gram.yy)


def _by_degree(rows: Tensor, count: Tensor) -> Tensor:
    """Each row over the square root of its degree: its product with all rows, a row counting `count` times."""
    everybody = (rows * count.unsqueeze(-1)).sum(dim=(1, 2), keepdim=True)
    total = count.sum(dim=(1, 2), keepdim=True).clamp_min(_LEAST)
    degrees = (rows * everybody).sum(dim=-1)
    return rows * (degrees.clamp_min(1e-6 * total)).rsqrt().unsqueeze(-1)


def _between_sources(vy: Tensor, yy: Tensor) -> Tensor:
    """tr[V'Y (Y'Y)^-1 Y'V]; Y'Y is diagonal for a one-hot Y, and a source without a bin adds nothing."""
    counts = yy.diagonal(dim1=1, dim2=2)
    return (vy.square().sum(dim=1) / counts.clamp_min(_LEAST)).sum(dim=1)


# --- mask inference ------------------------------------------------------------------------------------------


def masking_targets(sources: Tensor, mixture: Tensor, kind: str = "tpsa", gamma: float = 1.0) -> Tensor:
    """What a mask times the mixture's magnitude is to become: real (batch, frame, frequency, source).

    Args:
        sources: spectra (batch, frame, frequency, source).
        mixture: their mixture's spectrum (batch, frame, frequency).
        kind: "msa", magnitude |S_c|; "psa", phase-sensitive |S_c| cos(theta_X - theta_S); "tpsa", the same clipped
            to [0, gamma |X|] ([AO], mask inference).

    Raises:
        ValueError: there is no target of that kind.
    """
    if kind == "msa":
        return sources.abs()
    if kind not in ("psa", "tpsa"):
        raise ValueError(f"no masking target is called {kind!r}: choose msa, psa or tpsa")
    mask = phase_sensitive_mask(sources, mixture)
    return (mask.clamp(0.0, gamma) if kind == "tpsa" else mask) * mixture.abs().unsqueeze(-1)


def pairwise_distance(estimates: Tensor, targets: Tensor, norm: str = "l1") -> Tensor:
    """Mean absolute ("l1") or squared ("l2") difference of each estimate from each target.

    Args:
        estimates: (batch, frame, frequency, estimate).
        targets: (batch, frame, frequency, source).

    Returns:
        (batch, estimate, source).
    """
    if estimates.shape[:-1] != targets.shape[:-1]:
        raise ValueError(
            f"estimates {tuple(estimates.shape)} and targets {tuple(targets.shape)} differ before the last axis"
        )
    if norm not in ("l1", "l2"):
        raise ValueError(f"no norm is called {norm!r}: choose l1 or l2")
    difference = estimates.unsqueeze(-1) - targets.unsqueeze(-2)
    cost = difference.abs() if norm == "l1" else difference.square()
    return cost.flatten(1, -3).mean(dim=1)


def mask_inference(
    masks: Tensor,
    sources: Tensor,
    mixture: Tensor,
    *,
    target: str = "tpsa",
    norm: str = "l1",
    gamma: float = 1.0,
) -> Tensor:
    """min over permutations of the mean over bins and sources of |M_c |X| - T_c| ([AO], MI; tPSA with L1 there).

    The permutation is one for the whole utterance. nussl's permutation and combination losses take the minimum in
    every bin when they are given L1 or squared error, which rewards masks that swap voices from bin to bin.

    Args:
        masks: (batch, frame, frequency, mask), at least as many as sources; what is left over costs nothing.
        sources, mixture: spectra; see `masking_targets`, also for `target` and `gamma`.
        norm: "l1" or "l2".
    """
    targets = masking_targets(sources, mixture, target, gamma)
    return permutation_invariant(pairwise_distance(masks * mixture.abs().unsqueeze(-1), targets, norm))[0]


def permutation_invariant(costs: Tensor) -> tuple[Tensor, Tensor]:
    """The least mean cost over all ways to give each source an estimate of its own, once an utterance.

    With as many estimates as sources these are the permutations (Yu et al. 2017, uPIT), with more the combinations
    of nussl's CombinationInvariantLoss.

    Args:
        costs: (batch, estimate, source), from a pairwise loss.

    Returns:
        The cost (batch,) and the estimate chosen for each source (batch, source).

    Raises:
        ValueError: there are fewer estimates than sources.
    """
    _, estimates, sources = costs.shape
    if estimates < sources:
        raise ValueError(f"{estimates} estimates can't be given to {sources} sources, one each")
    choices = _choices(estimates, sources, costs.device)
    # by number, not by a tensor of indices: their gradient would be scattered one by one
    totals = [
        torch.stack([costs[:, estimate, source] for source, estimate in enumerate(chosen)]).sum(dim=0)
        for chosen in itertools.permutations(range(estimates), sources)
    ]
    least, best = (torch.stack(totals, dim=1) / sources).min(dim=1)
    return least, choices[best]


@functools.lru_cache(maxsize=16)
def _choices(estimates: int, sources: int, device: torch.device) -> Tensor:
    """Every way to choose, on the device once: a copy at each step would wait for all that is queued there."""
    return torch.tensor(list(itertools.permutations(range(estimates), sources)), device=device)


# --- waveforms -----------------------------------------------------------------------------------------------


def pairwise_si_sdr_loss(estimates: Tensor, references: Tensor) -> Tensor:
    """-SI-SDR in dB of each estimate against each reference ([HB] eq. 3, after removing means).

    Finite everywhere: it saturates at 100 dB, where the gradient vanishes, and for silence.

    Args:
        estimates: (batch, sample, estimate).
        references: (batch, sample, source).

    Returns:
        (batch, estimate, source).
    """
    if estimates.shape[:2] != references.shape[:2]:
        raise ValueError(
            f"estimates {tuple(estimates.shape)} and references {tuple(references.shape)} differ in length"
        )
    estimates, references = _standard(estimates), _standard(references)
    share = estimates.transpose(1, 2) @ references / estimates.shape[1]  # of unit powers: the cosine
    target = share.square()
    # subtracted sample by sample: the difference of the powers would be rounding noise above 50 dB
    residual = estimates.unsqueeze(-1) - share.unsqueeze(1) * references.unsqueeze(-2)
    noise = residual.square().mean(dim=1)
    return -10 * torch.log10((target + _LEAST) / (noise + _CEILING * target + _LEAST))


def _standard(waveforms: Tensor) -> Tensor:
    """Without their mean and at unit power, which SI-SDR doesn't see; silence stays silence."""
    centred = waveforms - waveforms.mean(dim=1, keepdim=True)
    level = centred.square().mean(dim=1, keepdim=True).sqrt()
    return centred / torch.where(level > 0, level, 1.0).detach()


def si_sdr_loss(estimates: Tensor, references: Tensor) -> Tensor:
    """-SI-SDR in dB under the best permutation, mean over sources; see `pairwise_si_sdr_loss`."""
    return permutation_invariant(pairwise_si_sdr_loss(estimates, references))[0]


# --- both ----------------------------------------------------------------------------------------------------


def chimera(clustering: Tensor, inference: Tensor, alpha: float) -> Tensor:
    """alpha L_clustering + (1 - alpha) L_MI ([AO], chimera++).

    Mind the meaning: [AO] has alpha = 0.975 before the *clustering* term, whereas AutoClip (arXiv 2007.14469)
    writes 0.75 MI + 0.25 WKM, which is alpha = 0.25 here. The scales of the two terms differ between codes, so an
    alpha belongs to its losses' normalisation.

    Raises:
        ValueError: alpha is not between 0 and 1.
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}")
    return alpha * clustering + (1 - alpha) * inference
