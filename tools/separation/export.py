"""A run folder for the site: what a training and its evaluation leave for people, with digests of every file."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from separation import checkpoint, metrics, pictures
from separation.audio import write_audio
from separation.checkpoint import BENCH, BEST, LAST
from separation.config import Config
from separation.corpus import Corpus, Item
from separation.errors import SeparationError
from separation.evaluation import SCORES, Score, read_scores, summaries, test_list
from separation.inference import separate
from separation.masks import apply_masks, ideal_binary_mask, truncated_phase_sensitive_mask
from separation.mixtures import Bank, recipe_of
from separation.models import Network
from separation.pictures import Picture
from separation.signal import active_bins, istft, stft
from separation.state import HISTORY, write_history

_ORDER = ("model", "ibm", "irm", "tpsm", "mixture")
_SHOWN = {"model": ("si_sdri", "si_sdr"), "mixture": ("si_sdr",)}  # the rest is in scores.csv
_TRAINED = ("state", "provenance", "hardware", "splits", "corpus", "versions")
_POINTS = 4000  # embeddings in a picture
Sounds = Literal["all", "estimates", "none"]


class ExportError(SeparationError):
    """A run can't be exported; the message says what is missing."""


@dataclass(frozen=True)
class Example:
    """A test mixture, taken apart: numpy arrays with axes as in the package, without the batch."""

    item: Item
    mixture: metrics.Array  # (sample,)
    references: metrics.Array  # (sample, source)
    estimates: metrics.Array  # (sample, source), in the order of the references
    oracle: metrics.Array  # (sample, source)
    masks: metrics.Array  # (frame, frequency, source), in the order of the references
    ideal: metrics.Array  # (frame, frequency, source)
    magnitude: metrics.Array  # (frame, frequency), of the mixture
    embeddings: metrics.Array | None  # (frame, frequency, dimension)


def export_run(
    run: Path,
    target: Path,
    corpus: Corpus,
    *,
    device: torch.device,
    examples: int = 2,
    sounds: Sounds = "all",
    title: str = "",
    summary: str = "",
) -> dict[str, Any]:
    """Write the run folder of a training that was evaluated; it appears whole or not at all.

    Args:
        run: where `separation train` and `separation evaluate` wrote.
        target: the run folder; one that is there is replaced, anything else is left alone.
        corpus: what the run was evaluated on.
        device: where the examples are separated.
        examples: mixtures to hear and see, of each group: the first ones of the list, not the best.
        sounds: "all"; "estimates" where another run's folder holds mixtures, references and oracles of the same
            items; or "none", which leaves the pictures of examples out, too.
        title, summary: in the place of the configuration's.

    Returns:
        The content of run.json.

    Raises:
        ExportError: the run has no scores yet, or the target is something else.
        CheckpointError: the run has no checkpoint.
    """
    best, last = checkpoint.load(run / BEST), checkpoint.load(run / LAST)
    config, network = checkpoint.rebuild(best, run / BEST)
    for content, file in ((best, run / BEST), (last, run / LAST)):
        checkpoint.require(content, file, *_TRAINED)
    if not (run / SCORES).is_file():
        raise ExportError(f"{run} has no {SCORES} yet; first run: separation evaluate {run}")
    target = target.resolve()
    _require_run_folder(target)
    scores = _scores_of(run, test_list(corpus, config))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        draft = Path(folder) / "run"
        draft.mkdir()
        shutil.copy(run / SCORES, draft / SCORES)
        write_history(draft / HISTORY, last["state"]["history"])
        if (run / BENCH).is_file():  # where the time of a step goes, if `separation bench` left it there
            shutil.copy(run / BENCH, draft / BENCH)
        chosen = _first_of_each_group(test_list(corpus, config), examples) if sounds != "none" else []
        network, bank = network.to(device), Bank(corpus, device)
        taken_apart = [_example(network, bank, item, config) for item in chosen]
        _write_audio(draft / "audio", taken_apart, config.signal.sample_rate, sounds)
        drawn = [*_draw(draft, taken_apart, config), *_draw_curve(draft, last["state"]["history"])]
        record = _record(best, last, config, corpus, scores, drawn)
        record |= {key: said for key, said in (("title", title), ("summary", summary)) if said}
        _seal(draft, record)
        _put_in_place(draft, target, aside=Path(folder) / "old")
    return record


def _seal(draft: Path, record: dict[str, Any]) -> None:
    """Write run.json, with the digest of every other file."""
    record["files"] = {
        file.relative_to(draft).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(draft.rglob("*"))
        if file.is_file()
    }
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    (draft / "run.json").write_text(text + "\n", encoding="utf-8")


def _put_in_place(draft: Path, target: Path, aside: Path) -> None:
    """The draft where the target is, or what was there before; `aside` goes with the draft's folder."""
    if target.exists():
        target.rename(aside)
    try:
        draft.rename(target)
    except BaseException:
        if aside.exists():
            aside.rename(target)
        raise


def _require_run_folder(target: Path) -> None:
    """Only a run folder, with nothing else in it, is replaced."""
    if not target.exists() or not any(target.iterdir()):
        return
    try:
        listed = set(json.loads((target / "run.json").read_text(encoding="utf-8"))["files"]) | {"run.json"}
    except (OSError, ValueError, KeyError, TypeError):
        raise ExportError(f"{target} is there and is no run folder; choose another, or empty it") from None
    found = {file.relative_to(target).as_posix() for file in target.rglob("*") if not file.is_dir()}
    if others := sorted(found - listed):
        raise ExportError(
            f"{target} holds files of somebody else, {others[0]} for one; choose another folder"
        )


def _scores_of(run: Path, items: Sequence[Item]) -> list[Score]:
    """The run's scores, if they are of these items."""
    try:
        scores = read_scores(run / SCORES)
    except (ValueError, KeyError, csv.Error) as error:
        raise ExportError(
            f"{run / SCORES} is damaged ({error}); run `separation evaluate {run}` again"
        ) from None
    judged = {score.item for score in scores if score.estimator == "model"}
    if judged != {item.id for item in items}:
        raise ExportError(
            f"{run / SCORES} is not of the test mixtures that are asked for; run `separation evaluate {run}` again, with "
            "the same --data, --layout and --unseen"
        )
    return scores


# --- examples ------------------------------------------------------------------------------------------------


def _first_of_each_group(items: Sequence[Item], count: int) -> list[Item]:
    groups = dict.fromkeys(item.group for item in items)
    return [item for group in groups for item in [i for i in items if i.group == group][:count]]


@torch.no_grad()
def _example(network: Network, bank: Bank, item: Item, config: Config) -> Example:
    batch = bank.mix(recipe_of([item]), item.length)
    mixture, sources = stft(batch.mixture, config.signal), stft(batch.sources, config.signal)
    estimates, masks = separate(network, batch.mixture, config.data.sources, config.signal, config.inference)
    oracle = apply_masks(truncated_phase_sensitive_mask(sources, mixture), mixture)
    references, found = _array(batch.sources), _array(estimates)
    order = metrics.best_permutation(found - found.mean(axis=0), references - references.mean(axis=0))
    embeddings = network(mixture.abs()).embeddings
    return Example(
        item=item,
        mixture=_array(batch.mixture),
        references=references,
        estimates=found[:, order],
        oracle=_array(istft(oracle, config.signal, item.length)),
        masks=_array(masks)[..., order],
        ideal=_array(ideal_binary_mask(sources)),
        magnitude=_array(mixture.abs()),
        embeddings=None if embeddings is None else _array(embeddings),
    )


def _array(tensor: torch.Tensor) -> metrics.Array:
    return tensor[0].double().cpu().numpy()


def _write_audio(folder: Path, examples: Sequence[Example], sample_rate: int, sounds: Sounds) -> None:
    """FLAC, four times as loud for all sounds of an example alike, or as much as full scale allows.

    How loud doesn't hang on the estimates, so that the same example is as loud in all runs.
    """
    for example in examples:
        given = {"mixture": example.mixture, **_numbered("reference", example.references)}
        peak = max(float(np.abs(sound).max()) for sound in given.values())
        gain = min(4.0, 0.9 / max(peak, 1e-9))
        estimated = _numbered("estimate", example.estimates)
        shared = {} if sounds == "estimates" else {**given, **_numbered("oracle", example.oracle)}
        for name, sound in (shared | estimated).items():
            write_audio(
                folder / f"{example.item.id}-{name}.flac", (gain * sound).clip(-0.99, 0.99), sample_rate
            )


def _numbered(name: str, columns: metrics.Array) -> dict[str, metrics.Array]:
    return {f"{name}-{number}": column for number, column in enumerate(columns.T, 1)}


# --- pictures ------------------------------------------------------------------------------------------------


def _draw(folder: Path, examples: Sequence[Example], config: Config) -> Iterator[Picture]:
    """Spectrograms of the first example, masks of the first of each group, and embeddings of a clear one."""
    if not examples:
        return
    yield _draw_spectrograms(folder, examples[0], config)
    seen: set[str] = set()
    for example in examples:
        if example.item.group not in seen:
            seen.add(example.item.group)
            yield _draw_masks(folder, example, config)
    clearest = next((e for e in examples if e.item.group == "different-sex"), examples[0])
    if clearest.embeddings is not None:
        yield _draw_embeddings(folder, clearest)


def _magnitudes(waveforms: metrics.Array, config: Config) -> metrics.Array:
    return stft(torch.from_numpy(waveforms).unsqueeze(0), config.signal)[0].abs().numpy()


def _spoken_gain(example: Example) -> str:
    values = metrics.evaluate(example.estimates, example.references, example.mixture)["si_sdri"]
    return " and ".join(f"{value:.1f}" for value in values)


def _draw_spectrograms(folder: Path, example: Example, config: Config) -> Picture:
    file = f"figures/{example.item.id}-spectrograms.png"
    references, estimates = _magnitudes(example.references, config), _magnitudes(example.estimates, config)
    panels = [("mixture", example.magnitude)]
    for number in range(config.data.sources):
        panels.append((f"voice {number + 1}, as it was", references[..., number]))
        panels.append((f"voice {number + 1}, estimated", estimates[..., number]))
    seconds = example.item.length / config.signal.sample_rate
    pictures.draw_spectrograms(folder / file, panels, seconds, config.signal.sample_rate)
    gain = _spoken_gain(example)
    return Picture(
        file,
        f"Spectrograms of {example.item.id}: the mixture, then each voice as it was and as it was estimated "
        f"(SI-SDR improvement {gain} dB).",
        f"{len(panels)} spectrograms, frequency over {seconds:g} s: a mixture of {config.data.sources} voices, and below "
        f"it each voice and its estimate; the estimates improve on the mixture by {gain} dB.",
    )


def _draw_masks(folder: Path, example: Example, config: Config) -> Picture:
    file = f"figures/{example.item.id}-masks.png"
    level = 20 * np.log10(example.magnitude / example.magnitude.max() + 1e-12)
    active = level > -40
    loudness = ((level + 50) / 40).clip(0, 1)
    ideal, found = example.ideal[..., 0], example.masks[..., 0]
    agreement = float((ideal[active] == (example.masks.argmax(axis=-1) == 0)[active]).mean())
    panels = [("ideal binary mask", ideal), ("mask of the model", found)]
    seconds = example.item.length / config.signal.sample_rate
    pictures.draw_masks(folder / file, panels, loudness, seconds, config.signal.sample_rate)
    return Picture(
        file,
        f"Masks of {example.item.id}: teal for voice 1, orange for the rest, white for silence. In {agreement:.0%} of "
        "the bins within 40 dB of the loudest, the model favours the voice that the ideal mask names.",
        f"Two masks over time and frequency, the ideal one and the model's; they agree in {agreement:.0%} of the bins "
        "that aren't silent.",
    )


def _draw_embeddings(folder: Path, example: Example) -> Picture:
    assert example.embeddings is not None
    file = f"figures/{example.item.id}-embeddings.png"
    active = active_bins(torch.from_numpy(example.magnitude).unsqueeze(0))[0].numpy()
    points, voice = example.embeddings[active], example.ideal.argmax(axis=-1)[active]
    some = np.random.default_rng(0).permutation(len(points))[:_POINTS]
    share = pictures.spread_on_two_axes(points)
    pictures.draw_embeddings(folder / file, points[some], voice[some], share)
    return Picture(
        file,
        f"Embeddings of {example.item.id}, a point a bin, on their two principal axes; colour is the voice that is "
        "louder in the bin. The better the network, the further apart the colours.",
        f"Scatter plot of {min(len(points), _POINTS)} embeddings in {example.ideal.shape[-1]} colours, one a voice, on two axes that hold "
        f"{share:.0%} of their spread.",
    )


def _draw_curve(folder: Path, history: Sequence[dict[str, float]]) -> Iterator[Picture]:
    if len(history) < 2:
        return
    pictures.draw_curve(folder / "figures/curve.png", history)
    first, last = history[0], history[-1]
    yield Picture(
        "figures/curve.png",
        "Loss and SI-SDR improvement on the validation mixtures while it trained.",
        f"Two line charts over {last['step']:.0f} steps: the validation loss goes from {first['valid_loss']:.3f} to "
        f"{last['valid_loss']:.3f}, the SI-SDR improvement from {first['valid_si_sdri']:.1f} to "
        f"{last['valid_si_sdri']:.1f} dB.",
    )


# --- run.json ------------------------------------------------------------------------------------------------


def _record(
    best: dict[str, Any],
    last: dict[str, Any],
    config: Config,
    corpus: Corpus,
    scores: Sequence[Score],
    drawn: Sequence[Picture],
) -> dict[str, Any]:
    state, provenance, hardware = last["state"], last["provenance"], last["hardware"]
    method = {key: value for key, value in asdict(config.method).items() if value}
    return {
        "schema": 1,
        "title": config.title,
        "summary": config.summary,
        "method": {"name": config.network.kind} | method,
        "config": config.as_dict(),
        **{key: value for key, value in provenance.items() if value != ""},
        "data": _data(last, config, corpus, scores),
        "device": hardware,
        "software": last["versions"] | corpus.software,
        "started": state["started"],
        "seconds": round(state["seconds"], 1),
        "steps": state["step"],
        "best_step": best["state"]["best_step"],
        "examples_per_second": round(state["examples"] / max(state["step_seconds"], 1e-9), 1),
        "peak_memory_gib": round(state["peak_memory"] / 2**30, 2),
        "seeds": [config.training.seed],
        "metrics": list(_metrics(scores)),
        "figures": [asdict(picture) for picture in drawn],
    }


def _data(trained: dict[str, Any], config: Config, corpus: Corpus, scores: Sequence[Score]) -> dict[str, Any]:
    """Training and validation as the training knew them, the rest from the corpus of the evaluation."""
    known = {name: trained["splits"][name] for name in ("train", "valid")}
    splits = known | {name: split for name, split in corpus.splits().items() if name not in known}
    digest = hashlib.sha256("".join(splits[name].pop("digest") for name in sorted(splits)).encode())
    for name, split in splits.items():
        groups = {"unseen": ("unseen-engine",), "test": {s.group for s in scores} - {"unseen-engine"}}
        if name in groups:
            split["items"] = len({s.item for s in scores if s.group in groups[name]})
    trained_on = trained["corpus"]
    name = trained_on if trained_on == corpus.name else f"{trained_on}, tested on {corpus.name}"
    data = {
        "name": f"{name}, {config.data.sources} voices",
        "made_by": corpus.made_by,
        "digest": digest.hexdigest(),
        "splits": splits,
    }
    return data if corpus.seed is None else data | {"seed": corpus.seed}


def _metrics(scores: Sequence[Score]) -> Iterator[dict[str, Any]]:
    """What the site shows: by metric and group, the model first and its ceilings after it."""
    for name in ("si_sdri", "si_sdr"):
        found = summaries(scores, name)
        for group in dict.fromkeys(group for _, group in found if group):
            for estimator in (
                e for e in _ORDER if (e, group) in found and name in _SHOWN.get(e, ("si_sdri",))
            ):
                summary = found[estimator, group]
                entry = {
                    "name": name,
                    "unit": metrics.UNITS[name],
                    "better": "higher",
                    "estimator": estimator,
                    "group": group,
                    "mean": round(summary.mean, 3),
                    "sd": None if summary.sd is None else round(summary.sd, 3),
                    "median": round(summary.median, 3),
                    "n": summary.n,
                    "ci95": [round(end, 3) for end in summary.ci95],
                    "ci_method": metrics.BOOTSTRAP,
                }
                yield {key: value for key, value in entry.items() if value is not None}
