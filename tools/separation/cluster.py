"""K-means over the bins of a batch at once, on the device that holds them."""

from __future__ import annotations

import torch
from torch import Tensor


def kmeans(
    points: Tensor, counted: Tensor, clusters: int, *, restarts: int = 4, iterations: int = 30, seed: int = 0
) -> Tensor:
    """The centres that leave the counted points closest to their own (Lloyd's algorithm, k-means++ starts).

    Args:
        points: (batch, point, dimension).
        counted: (batch, point), which points the centres are fitted to: booleans.
        clusters: how many centres, at least 1.
        restarts: independent starts; the best by squared distance is taken, for each example.
        iterations: of Lloyd's algorithm; a fixed number, so that nothing waits for the device.
        seed: the same seed gives the same starts on any device.

    Returns:
        (batch, cluster, dimension). A cluster without a point stays where it was.

    Raises:
        ValueError: the shapes don't fit.
    """
    if points.ndim != 3 or counted.shape != points.shape[:2] or clusters < 1:
        raise ValueError(
            f"expected points (batch, point, dimension), counted (batch, point) and clusters from 1; "
            f"got {tuple(points.shape)}, {tuple(counted.shape)} and {clusters}"
        )
    weight = counted.to(points.dtype)
    centres = _starts(points, weight, clusters, restarts, seed)
    for _ in range(iterations):
        centres = _means(points, weight, centres)
    costs = (_squared_distances(points, centres).amin(dim=-1) * weight.unsqueeze(-1)).sum(dim=1)
    best = costs.argmin(dim=1)
    return centres[torch.arange(len(points), device=points.device), best]


def soft_assignment(points: Tensor, centres: Tensor, beta: float = 5.0) -> Tensor:
    """Each point's share in each cluster, exp(-beta |v - m_c|^2) normalised: (batch, point, cluster).

    Soft k-means (MacKay, Information Theory, Inference, and Learning Algorithms, ch. 22); beta = 5 as in nussl.
    """
    return (-beta * _squared_distances(points, centres.unsqueeze(1)).squeeze(2)).softmax(dim=-1)


def hard_assignment(points: Tensor, centres: Tensor) -> Tensor:
    """One-hot: which centre is nearest to each point, (batch, point, cluster)."""
    distances = _squared_distances(points, centres.unsqueeze(1)).squeeze(2)
    return torch.zeros_like(distances).scatter_(-1, distances.argmin(dim=-1, keepdim=True), 1.0)


def _squared_distances(points: Tensor, centres: Tensor) -> Tensor:
    """(batch, point, restart, cluster) from points (batch, point, dimension), centres (batch, restart, cluster, dimension).

    One product for all restarts: a product for each would copy the points as often.
    """
    every = centres.flatten(1, 2)
    lengths = points.square().sum(dim=-1, keepdim=True) + every.square().sum(dim=-1).unsqueeze(1)
    squared = torch.baddbmm(lengths, points, every.transpose(1, 2), alpha=-2).clamp_min(0.0)
    return squared.view(*squared.shape[:2], *centres.shape[1:3])


def _means(points: Tensor, weight: Tensor, centres: Tensor) -> Tensor:
    """One step of Lloyd's algorithm."""
    nearest = _squared_distances(points, centres).argmin(dim=-1, keepdim=True)
    members = points.new_zeros(*nearest.shape[:-1], centres.shape[2])
    members.scatter_(-1, nearest, weight[:, :, None, None].expand_as(nearest))
    counts = members.sum(dim=1).unsqueeze(-1)
    sums = (members.flatten(2).transpose(1, 2) @ points).view_as(centres)
    return torch.where(counts > 0, sums / counts.clamp_min(1.0), centres)


def _starts(points: Tensor, weight: Tensor, clusters: int, restarts: int, seed: int) -> Tensor:
    """k-means++: each further centre is a point, drawn by its squared distance from the centres so far."""
    generator = torch.Generator().manual_seed(seed)
    draws = torch.rand(clusters, len(points), restarts, generator=generator, dtype=torch.float64).to(points)
    chances = weight.unsqueeze(1).expand(-1, restarts, -1)
    centres = points.new_empty(len(points), restarts, 0, points.shape[-1])
    for draw in draws:
        # a mixture in which nothing counts, or all points coincide, falls back to any point
        heights = torch.where(chances.sum(dim=-1, keepdim=True) > 0, chances, 1.0).cumsum(dim=-1)
        chosen = torch.searchsorted(heights, draw.unsqueeze(-1) * heights[..., -1:], right=True)
        chosen = chosen.clamp_max(points.shape[1] - 1)
        index = chosen.unsqueeze(-1).expand(-1, -1, -1, points.shape[-1])
        new = points.unsqueeze(1).expand(-1, restarts, -1, -1).gather(2, index)
        centres = torch.cat([centres, new], dim=2)
        chances = (weight.unsqueeze(-1) * _squared_distances(points, centres).amin(dim=-1)).transpose(1, 2)
    return centres
