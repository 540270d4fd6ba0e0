"""Losses against reference values, against slow forms, at the edges, and their gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from conftest import REPOSITORY
from separation import losses
from separation.losses import (
    deep_clustering,
    deep_lda,
    graph_laplacian,
    pairwise_distance,
    pairwise_si_sdr_loss,
    permutation_invariant,
    whitened_kmeans,
)

CLUSTERING: dict[str, Callable[..., Tensor]] = {
    "dc": deep_clustering,
    "wkm": whitened_kmeans,
    "lda": deep_lda,
    "laplacian": graph_laplacian,
}
every_clustering = pytest.mark.parametrize("loss", CLUSTERING.values(), ids=CLUSTERING.keys())


@pytest.fixture(scope="module")
def reference() -> dict[str, Tensor]:
    """Float64 values that nussl 1.1.9 computed; `ref_` ones are the papers' forms where nussl's differ."""
    with np.load(REPOSITORY / "tests/data/separation/reference_values.npz") as file:
        return {name: torch.from_numpy(value) for name, value in file.items() if value.dtype.kind == "f"}


def unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=-1, keepdim=True)


def bins(
    seed: int = 0, sources: int = 2, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor, Tensor]:
    """Embeddings, assignment and weights of a few bins."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = unit(torch.rand(3, 4, 5, 6, generator=generator, dtype=dtype))
    owner = torch.randint(sources, (3, 4, 5), generator=generator)
    return (
        embeddings,
        torch.nn.functional.one_hot(owner, sources).to(dtype),
        torch.rand(3, 4, 5, generator=generator, dtype=dtype),
    )


# --- reference values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [True, False])
def test_deep_clustering_is_nussls_with_its_gradient(reference: dict[str, Tensor], weighted: bool) -> None:
    raw = reference["in_emb"].clone().requires_grad_()
    weights = reference["in_weights"] ** 2 if weighted else None  # nussl multiplies V and Y by the root
    loss = deep_clustering(unit(raw), reference["in_ibm"], weights).mean()
    loss.backward()
    suffix = "dc" if weighted else "dc_w1"
    assert float(loss.detach()) == pytest.approx(float(reference[f"out_{suffix}"]), abs=1e-10)
    assert torch.allclose(raw.grad, reference[f"grad_{suffix}"], atol=1e-10)
    if weighted:
        assert float(loss.detach()) == pytest.approx(float(reference["ref_dc_naive"]), abs=1e-10)


def test_whitened_kmeans_is_the_papers_and_its_ridge_hardly_shows(reference: dict[str, Tensor]) -> None:
    given = (unit(reference["in_emb"]), reference["in_ibm"], reference["in_weights"] ** 2)
    paper = float(reference["ref_wkm_paper"])
    assert float(whitened_kmeans(*given, ridge=0.0).mean()) == pytest.approx(paper, abs=1e-9)
    assert float(whitened_kmeans(*given).mean()) == pytest.approx(paper, abs=1e-3)
    # nussl's value is another: D + C - 2 tr with the identity as its ridge
    assert abs(float(reference["out_wkm"]) - paper) > 1


def test_nussls_whitened_kmeans_follows_from_its_ridge_and_offset(reference: dict[str, Tensor]) -> None:
    root = reference["in_weights"].unsqueeze(-1)
    v, y = (unit(reference["in_emb"]) * root).flatten(1, 2), (reference["in_ibm"] * root).flatten(1, 2)
    vv, vy, yy = v.mT @ v, v.mT @ y, y.mT @ y
    trace = torch.linalg.inv(vv + torch.eye(4)) @ vy @ torch.linalg.inv(yy + torch.eye(2)) @ vy.mT
    value = 4 + 2 - 2 * trace.diagonal(dim1=1, dim2=2).sum(dim=1).mean()
    assert float(value) == pytest.approx(float(reference["out_wkm"]), abs=1e-9)


@pytest.mark.parametrize(("estimates", "name"), [("in_est", "uPIT"), ("in_est3", "uCIL")])
def test_permutations_and_combinations_are_per_utterance(
    reference: dict[str, Tensor], estimates: str, name: str
) -> None:
    loss, _ = permutation_invariant(pairwise_distance(reference[estimates], reference["in_tgt"]))
    assert float(loss.mean()) == pytest.approx(float(reference[f"ref_{name}_l1"]), abs=1e-12)
    # nussl takes the minimum in every bin: always less, and no permutation of whole voices
    per_bin = float(reference["out_pit_l1" if name == "uPIT" else "out_cil_l1"])
    assert per_bin < float(loss.mean()) - 0.01


def test_si_sdr_is_nussls(reference: dict[str, Tensor]) -> None:
    estimates, references = reference["in_audio_est"].clone().requires_grad_(), reference["in_audio_ref"]
    costs = pairwise_si_sdr_loss(estimates, references)
    in_order = costs.diagonal(dim1=1, dim2=2).mean()
    in_order.backward()
    assert float(in_order.detach()) == pytest.approx(float(reference["out_sisdr"]), abs=1e-5)
    assert float(estimates.grad.norm()) == pytest.approx(float(reference["gradnorm_sisdr"]), rel=1e-5)
    best = losses.si_sdr_loss(estimates, references).mean()
    assert float(best.detach()) == pytest.approx(float(reference["out_pit_sisdr"]), abs=1e-6)


# --- against slow forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sources", [1, 2, 3])
def test_clustering_losses_are_their_n_by_n_forms(sources: int) -> None:
    v4, y4, w4 = bins(1, sources)
    v, y, w = v4.flatten(1, 2), y4.flatten(1, 2), w4.flatten(1, 2)
    both = w.unsqueeze(1) * w.unsqueeze(2)
    affinity = ((v @ v.mT - y @ y.mT).square() * both).sum(dim=(1, 2)) / w.sum(dim=1).square()
    assert torch.allclose(deep_clustering(v4, y4, w4), affinity)

    vw, yw = v * w.sqrt().unsqueeze(-1), y * w.sqrt().unsqueeze(-1)
    own = yw @ torch.linalg.pinv(yw)  # projects on the means of the sources
    spread = (vw - own @ vw).square().sum(dim=(1, 2)) / w.sum(dim=1)
    assert torch.allclose(deep_lda(v4, y4, w4), spread)
    values, vectors = torch.linalg.eigh(vw.mT @ vw)
    white = vw @ vectors @ torch.diag_embed(values.rsqrt()) @ vectors.mT
    assert torch.allclose(
        whitened_kmeans(v4, y4, w4, ridge=0.0), (white - own @ white).square().sum(dim=(1, 2))
    )

    def normalised(rows: Tensor) -> Tensor:
        affinities = rows @ rows.mT
        degree = (affinities * w.unsqueeze(1)).sum(dim=2)
        return affinities / (degree.unsqueeze(1) * degree.unsqueeze(2)).sqrt()

    laplacian = ((normalised(v) - normalised(y)).square() * both).sum(dim=(1, 2))
    assert torch.allclose(graph_laplacian(v4, y4, w4), laplacian)


@every_clustering
def test_a_weight_is_a_number_of_copies(loss: Callable[..., Tensor]) -> None:
    v, y, _ = bins(2)
    copies = torch.tensor([1.0, 2.0, 0.0, 3.0, 1.0], dtype=torch.float64)
    repeated = [t.repeat_interleave(copies.long(), dim=2) for t in (v, y)]
    assert torch.allclose(loss(v, y, copies.expand(3, 4, 5)), loss(*repeated), rtol=1e-6)


@every_clustering
def test_the_order_of_voices_does_not_matter(loss: Callable[..., Tensor]) -> None:
    v, y, w = bins(3)
    assert torch.allclose(loss(v, y, w), loss(v, y.flip(-1), w))


def test_whitened_kmeans_does_not_see_a_linear_map() -> None:
    v, y, w = bins(4)
    change = torch.randn(
        6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    ) + 3 * torch.eye(6)
    assert torch.allclose(whitened_kmeans(v @ change, y, w, ridge=0), whitened_kmeans(v, y, w, ridge=0))


@pytest.mark.parametrize("loss", [deep_clustering, deep_lda, graph_laplacian])
def test_perfect_embeddings_cost_nothing(loss: Callable[..., Tensor]) -> None:
    _, y, w = bins(5)
    assert torch.allclose(loss(y, y, w), torch.zeros(3, dtype=torch.float64), atol=1e-9)
    assert (loss(bins(6)[0], y, w) > 0.01).all()


def test_whitened_kmeans_is_least_for_perfect_embeddings() -> None:
    _, y, w = bins(5)
    assert torch.allclose(whitened_kmeans(y, y, w), torch.zeros(3, dtype=torch.float64), atol=1e-3)


def test_deep_lda_alone_is_blind_to_a_collapse() -> None:
    """Why it is no objective by itself: embeddings that are all the same cost nothing, and separate nothing."""
    _, y, w = bins(5)
    same = torch.zeros(3, 4, 5, 6, dtype=torch.float64)
    same[..., 0] = 1
    assert deep_lda(same, y, w).abs().max() < 1e-12
    assert (deep_clustering(same, y, w) > 0.1).all()


# --- mask inference ------------------------------------------------------------------------------------------


def spectra(seed: int = 0) -> tuple[Tensor, Tensor]:
    sources = torch.randn(2, 5, 9, 2, dtype=torch.complex128, generator=torch.Generator().manual_seed(seed))
    return sources, sources.sum(dim=-1)


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize("target", ["msa", "psa", "tpsa"])
def test_mask_inference_is_its_definition_and_finds_the_order(target: str, norm: str) -> None:
    sources, mixture = spectra()
    masks = torch.rand(2, 5, 9, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    power = 1 if norm == "l1" else 2
    phase = (mixture.angle().unsqueeze(-1) - sources.angle()).cos()
    wanted = sources.abs() if target == "msa" else sources.abs() * phase
    magnitude = mixture.abs().unsqueeze(-1)
    if target == "tpsa":
        wanted = torch.minimum(wanted.clamp_min(0), 0.8 * magnitude)
    in_order, swapped = (
        ((masks * magnitude - t).abs() ** power).mean(dim=(1, 2, 3)) for t in (wanted, wanted.flip(-1))
    )
    loss = losses.mask_inference(masks, sources, mixture, target=target, norm=norm, gamma=0.8)
    assert torch.allclose(loss, torch.minimum(in_order, swapped))
    assert torch.allclose(
        loss, losses.mask_inference(masks.flip(-1), sources, mixture, target=target, norm=norm, gamma=0.8)
    )


def test_the_chosen_estimates_are_named() -> None:
    costs = torch.tensor(
        [[[9.0, 1.0], [9.0, 9.0], [2.0, 9.0]]]
    )  # source 1 by estimate 3, source 2 by estimate 1
    loss, chosen = permutation_invariant(costs)
    assert loss.tolist() == [1.5] and chosen.tolist() == [[2, 0]]


def test_chimera_weighs_clustering_by_alpha() -> None:
    assert losses.chimera(torch.tensor(2.0), torch.tensor(10.0), 0.975) == pytest.approx(
        0.975 * 2 + 0.025 * 10
    )
    with pytest.raises(ValueError, match=r"not 1\.5"):
        losses.chimera(torch.tensor(2.0), torch.tensor(1.0), 1.5)


# --- edges ---------------------------------------------------------------------------------------------------


@every_clustering
@pytest.mark.parametrize("case", ["perfect", "permuted", "silent", "one voice only", "collapsed"])
def test_clustering_losses_and_gradients_are_finite(loss: Callable[..., Tensor], case: str) -> None:
    v, y, w = bins(7, dtype=torch.float32)
    if case in ("perfect", "permuted"):
        v = torch.nn.functional.pad(y.flip(-1) if case == "permuted" else y, (0, 4))
    elif case == "silent":
        w = torch.zeros_like(w)
    elif case == "one voice only":
        y = torch.zeros_like(y)
        y[..., 0] = 1
    else:
        v = torch.full_like(v, 6**-0.5)
    v = v.clone().requires_grad_()
    value = loss(v, y, w)
    value.sum().backward()
    assert torch.isfinite(value).all() and torch.isfinite(v.grad).all()
    assert v.grad.abs().max() < 1e3


@pytest.mark.parametrize(
    "case", ["perfect", "permuted", "silent estimate", "silent reference", "both silent", "constant"]
)
def test_si_sdr_is_finite_everywhere(case: str) -> None:
    references = torch.randn(2, 100, 2, generator=torch.Generator().manual_seed(0))
    estimates = references.clone()
    if case == "permuted":
        estimates = references.flip(-1)
    elif case == "silent estimate":
        estimates = torch.zeros_like(references)
    elif case in ("silent reference", "both silent"):
        references = torch.zeros_like(references)
        estimates = estimates if case == "silent reference" else references.clone()
    elif case == "constant":
        estimates = torch.full_like(references, 0.3)
    estimates = estimates.clone().requires_grad_()
    loss = losses.si_sdr_loss(estimates, references)
    loss.sum().backward()
    assert torch.isfinite(loss).all() and torch.isfinite(estimates.grad).all()
    if case in ("perfect", "permuted"):
        assert (loss < -60).all()


@pytest.mark.parametrize("wanted", [0.0, 20.0, 40.0, 60.0])
@pytest.mark.parametrize("scale", [1e6, 1.0, 1e-4, 1e-6])
def test_si_sdr_is_right_at_any_level(wanted: float, scale: float) -> None:
    generator = torch.Generator().manual_seed(3)
    reference = torch.randn(1, 8000, 1, generator=generator)
    noise = torch.randn(1, 8000, 1, generator=generator)
    noise -= (noise * reference).sum() / reference.square().sum() * reference
    noise *= reference.norm() / noise.norm() * 10 ** (-wanted / 20)
    loss = losses.si_sdr_loss(scale * (reference + noise), scale * reference)
    assert float(loss) == pytest.approx(-wanted, abs=0.1)


@every_clustering
def test_gradients_are_right(loss: Callable[..., Tensor]) -> None:
    v, y, w = bins(8)
    assert torch.autograd.gradcheck(lambda e: loss(unit(e), y, w), v.clone().requires_grad_(), atol=1e-6)


@pytest.mark.parametrize("target", ["msa", "psa", "tpsa"])
def test_gradients_of_mask_inference_are_right(target: str) -> None:
    sources, mixture = spectra(2)
    masks = torch.rand(
        2, 5, 9, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(3)
    ).requires_grad_()
    for norm in ("l1", "l2"):
        assert torch.autograd.gradcheck(
            lambda m, norm=norm: losses.mask_inference(m, sources, mixture, target=target, norm=norm), masks
        )


def test_gradients_of_si_sdr_are_right() -> None:
    generator = torch.Generator().manual_seed(4)
    references = torch.randn(2, 30, 2, dtype=torch.float64, generator=generator)
    estimates = (
        references + 0.5 * torch.randn(2, 30, 2, dtype=torch.float64, generator=generator)
    ).requires_grad_()
    assert torch.autograd.gradcheck(lambda e: losses.si_sdr_loss(e, references), estimates)


@every_clustering
def test_clustering_stays_out_of_autocast(loss: Callable[..., Tensor]) -> None:
    v, y, w = bins(9, dtype=torch.float32)
    expected = loss(v, y, w)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(loss(v, y, w), expected)
        assert loss(v.bfloat16(), y.bfloat16(), w).dtype == torch.float32


def test_messages_name_the_sizes() -> None:
    v, y, w = bins()
    with pytest.raises(ValueError, match=r"\(3, 4, 5, 6\) and \(3, 4, 4, 2\)"):
        deep_clustering(v, y[:, :, :4], w)
    with pytest.raises(ValueError, match=r"\(3, 4, 5\).*\(3, 4\)"):
        graph_laplacian(v, y, w[..., 0])
    with pytest.raises(ValueError, match=r"1 estimates.*2 sources"):
        permutation_invariant(torch.zeros(1, 1, 2))
    with pytest.raises(ValueError, match=r"\(1, 5, 2\).*\(1, 6, 2\)"):
        pairwise_si_sdr_loss(torch.zeros(1, 5, 2), torch.zeros(1, 6, 2))
    with pytest.raises(ValueError, match=r"\(1, 2, 3, 2\).*\(1, 2, 4, 2\)"):
        pairwise_distance(torch.zeros(1, 2, 3, 2), torch.zeros(1, 2, 4, 2))
    with pytest.raises(ValueError, match="'ipsa'"):
        losses.masking_targets(torch.zeros(1, 2, 3, 2), torch.zeros(1, 2, 3), "ipsa")
