"""Corpora from a path, in the layouts that people have, and the mixtures that are made of any corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from separation.corpus import Corpus, CorpusError, Speaker, Utterance, load_recorded, with_unseen
from separation.mixtures import LEVELS, Bank, Remix, Shuffled, fixed_list, in_batches, recipe_of

RATE = 8000
CPU = torch.device("cpu")


def write(file: Path, samples: np.ndarray, rate: int = RATE) -> np.ndarray:
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, samples, rate, subtype="PCM_16")
    return soundfile.read(file)[0]


def mixed(place: Path, name: str, seed: int, *, mixture: str, sources: int = 2) -> list[np.ndarray]:
    """A mixture and its sources under one name; returns what the files hold."""
    draw = np.random.default_rng(seed)
    sounds = [0.1 * draw.standard_normal(4000 + 100 * seed) for _ in range(sources)]
    return [
        write(place / mixture / name, sum(sounds)),
        *(write(place / f"s{k}" / name, sound) for k, sound in enumerate(sounds, 1)),
    ]


def test_wsj0_2mix(tmp_path: Path) -> None:
    root = tmp_path / "2speakers/wav8k/min"
    for split in ("tr", "cv", "tt"):
        for n in range(3):
            name = f"01{n}a0101_1.2_40{n}c0202_-1.2.wav"
            held = mixed(root / split, name, n, mixture="mix")
    corpus = load_recorded(tmp_path, "wsj0-2mix", RATE, ("train", "valid", "test"))
    assert corpus.speaker_ids("train") == ["010", "400", "011", "401", "012", "402"]
    item = corpus.items["test"][2]
    assert item.id == "012a0101_1.2_402c0202_-1.2" and item.length == 4200
    batch = Bank(corpus, CPU).mix(recipe_of([item]), item.length)
    assert np.allclose(batch.mixture[0].numpy(), held[0], atol=1e-6)
    assert np.allclose(batch.sources[0].numpy(), np.stack(held[1:], axis=1), atol=1e-6)


def test_librimix_with_three_voices(tmp_path: Path) -> None:
    name = "103-1240-0003_1235-135887-0017_77-1-2.flac"
    held = mixed(tmp_path / "Libri3Mix/wav8k/min/test", name, 1, mixture="mix_clean", sources=3)
    corpus = load_recorded(tmp_path, "librimix", RATE, ("test",))
    assert corpus.speaker_ids("test") == ["103", "1235", "77"]
    batch = Bank(corpus, CPU).mix(recipe_of(corpus.items["test"]), len(held[0]))
    assert batch.sources.shape[-1] == 3 and np.allclose(batch.mixture[0].numpy(), held[0], atol=1e-6)


def test_any_folder_of_mixtures_with_noise_that_no_source_has(tmp_path: Path) -> None:
    held = mixed(tmp_path, "a mixture.wav", 1, mixture="mixture")
    noisy = write(tmp_path / "mixture/a mixture.wav", held[0] + 0.05)
    corpus = load_recorded(tmp_path, "folder", RATE, ("test",))
    batch = Bank(corpus, CPU).mix(recipe_of(corpus.items["test"]), len(noisy))
    assert np.allclose(batch.mixture[0].numpy(), noisy, atol=1e-4)
    assert corpus.speaker_ids("test") == ["a mixture/1", "a mixture/2"]


def broken(tmp_path: Path, fault: str) -> None:
    mixed(tmp_path, "a.wav", 1, mixture="mix")
    if fault == "a source is missing":
        (tmp_path / "s2/a.wav").unlink()
    elif fault == "one source folder":
        (tmp_path / "s2/a.wav").unlink()
        (tmp_path / "s2").rmdir()
    elif fault == "another length":
        write(tmp_path / "s1/a.wav", np.zeros(10))
    elif fault == "another rate":
        write(tmp_path / "mix/a.wav", np.zeros(4100), 16000)
    elif fault == "stereo":
        write(tmp_path / "mix/a.wav", np.zeros((4100, 2)))
    elif fault == "no sound":
        (tmp_path / "mix/a.wav").write_text("not a sound")
    elif fault == "empty":
        (tmp_path / "mix/a.wav").unlink()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("a source is missing", "there is no file .*s2/a.wav"),
        ("one source folder", "needs the folders s1 and s2 beside mix"),
        ("another length", r"s1/a.wav has 10 samples, .*mix/a.wav has 4100"),
        ("another rate", "mix/a.wav has 16000 Hz and 1 channels; expected 8000 Hz and 1"),
        ("stereo", "mix/a.wav has 8000 Hz and 2 channels"),
        ("no sound", "mix/a.wav can't be read as sound"),
        ("empty", "mix has no WAV or FLAC file"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path, fault: str, message: str) -> None:
    broken(tmp_path, fault)
    with pytest.raises(CorpusError, match=message):
        load_recorded(tmp_path, "folder", RATE, ("test",))


def test_a_silent_voice_is_left_out_for_all_estimators_alike(tmp_path: Path) -> None:
    from separation.config import from_dict
    from separation.evaluation import evaluate, summaries
    from separation.models import Network

    for n in range(3):
        mixed(tmp_path, f"{n}.wav", n, mixture="mix")
    one = write(tmp_path / "s1/0.wav", 0.1 * np.random.default_rng(9).standard_normal(4000))
    write(tmp_path / "s2/0.wav", np.zeros(4000))
    write(tmp_path / "mix/0.wav", one)
    corpus = load_recorded(tmp_path, "folder", RATE, ("test",))
    config = from_dict({"title": "t", "network": {"layers": 1, "hidden": 4, "embedding": 4}})
    scores = evaluate(Network(config.network), corpus, config, CPU)
    assert not [s for s in scores if (s.item, s.source) == ("0", 2)]
    counts = {s.n for s in summaries(scores, "si_sdri").values()} | {
        s.n for s in summaries(scores, "si_sdr").values()
    }
    assert counts == {5}


def test_folders_and_layouts_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="there is no folder"):
        load_recorded(tmp_path / "nowhere", "folder", RATE, ("test",))
    with pytest.raises(CorpusError, match=r"'wsj'.*wsj0-2mix"):
        load_recorded(tmp_path, "wsj", RATE, ("test",))
    with pytest.raises(
        CorpusError, match="no train split in the layout wsj0-2mix: expected for example tr/mix"
    ):
        load_recorded(tmp_path, "wsj0-2mix", RATE, ("train",))


# --- mixtures ------------------------------------------------------------------------------------------------


def ramps(speakers: int = 6, utterances: int = 3, length: int = 1000) -> Corpus:
    """Each sample of an utterance says where it lies, so that a gather can be checked; two speakers a base."""
    table = tuple(
        Speaker(f"s{n}", "train", f"b{n // 2}", ("female", "male")[n // 2 % 2]) for n in range(speakers)
    )
    rows = [(n, length * (n * utterances + u), length) for n in range(speakers) for u in range(utterances)]
    samples = np.arange(speakers * utterances * length) % 20000 + 1
    return Corpus(
        "ramps", "a test", RATE, samples.astype(np.int16), table, tuple(Utterance(*r) for r in rows), {}
    )


def test_a_step_draws_the_same_whoever_asks_and_another_step_draws_another() -> None:
    corpus = ramps()
    one, two = (Remix(corpus, "train", 2, seed=3) for _ in range(2))
    assert all(
        torch.equal(a, b) for a, b in zip(one.recipe(7, 8, 500)[:3], two.recipe(7, 8, 500)[:3], strict=True)
    )
    assert not torch.equal(one.recipe(7, 8, 500).starts, one.recipe(8, 8, 500).starts)
    assert not torch.equal(
        one.recipe(7, 8, 500).starts, Remix(corpus, "train", 2, seed=4).recipe(7, 8, 500).starts
    )


@pytest.mark.parametrize("sources", [2, 3])
def test_draws_lie_within_an_utterance_and_never_mix_one_voice_with_itself(sources: int) -> None:
    corpus = ramps()
    recipe = Remix(corpus, "train", sources, seed=1).recipe(0, 2000, 700)
    utterance = recipe.starts // 1000
    assert ((recipe.starts % 1000) + 700 <= 1000).all()
    bases = (utterance // 3) // 2
    assert all(len(set(row)) == sources for row in bases.tolist())
    assert set(utterance.flatten().tolist()) == set(range(18))
    loudness = torch.from_numpy(corpus.samples.reshape(18, 1000) / 32768).square().mean(dim=1).sqrt()
    level = 20 * torch.log10(recipe.gains * loudness[utterance])
    assert (level - level[:, :1]).abs().max() < LEVELS + 1e-3
    assert (level - level[:, :1]).abs().max() > LEVELS - 1


def test_gather_level_and_sum_are_what_numpy_does() -> None:
    corpus = ramps()
    recipe = Remix(corpus, "train", 2, seed=1).recipe(
        0, 5, 1300
    )  # longer than the utterances: silence follows
    batch = Bank(corpus, CPU).mix(recipe, 1300)
    for row in range(5):
        for source in range(2):
            start, length = int(recipe.starts[row, source]), int(recipe.lengths[row, source])
            expected = np.zeros(1300)
            expected[:length] = (
                corpus.samples[start : start + length] / 32768 * float(recipe.gains[row, source])
            )
            assert np.allclose(batch.sources[row, :, source].numpy(), expected, atol=1e-6)
    assert torch.allclose(batch.mixture, batch.sources.sum(dim=-1))


def test_own_mixtures_are_all_seen_once_an_epoch(tmp_path: Path) -> None:
    for n in range(6):
        mixed(tmp_path / "train", f"{n}.wav", n, mixture="mix")
    items = load_recorded(tmp_path, "folder", RATE, ("train",)).items["train"]
    draws = Shuffled(items, seed=1)
    seen = [draws.recipe(0, 4, 4000), draws.recipe(4, 2, 4000)]  # two batches of other sizes, one epoch
    starts = {int(s) for recipe in seen for s in recipe.starts[:, 0]}
    begins = [item.starts[0] for item in items]
    assert len({max(b for b in begins if b <= s) for s in starts}) == 6
    for recipe in seen:  # mixture and sources stay in step
        assert torch.equal(
            recipe.starts[:, 1] - recipe.starts[:, 0], torch.diff(recipe.starts, dim=1).squeeze(1)
        )


def test_a_list_keeps_its_groups_apart_and_is_always_the_same(speech) -> None:
    items = fixed_list(speech, "test", 2, 12, 16000, seed=1)
    assert items == fixed_list(speech, "test", 2, 12, 16000, seed=1)
    assert items != fixed_list(speech, "test", 2, 12, 16000, seed=2)
    assert [i.group for i in items] == ["same-sex"] * 12 + ["different-sex"] * 12
    starts = {u.start: speech.speakers[u.speaker] for u in speech.utterances}
    for item in items:
        who = [starts[s] for s in item.starts]
        assert all(s.split == "test" for s in who) and who[0].base != who[1].base
        assert (who[0].sex == who[1].sex) == (item.group == "same-sex")
        assert abs(20 * np.log10(item.gains[0] / item.gains[1])) < LEVELS + 1.5


def test_a_list_of_own_mixtures_is_taken_from_all_over() -> None:
    from dataclasses import replace

    own = tuple(replace(fixed_list(ramps(), "train", 2, 1, 400, 1)[0], id=str(n)) for n in range(100))
    corpus = replace(ramps(), items={"valid": own})
    assert [item.id for item in fixed_list(corpus, "valid", 2, 5, 400, 1)] == [str(10 * n) for n in range(10)]
    assert len(fixed_list(corpus, "valid", 2, 500, 400, 1)) == 100


def test_what_a_corpus_cannot_give_is_said() -> None:
    corpus = ramps(speakers=2)
    with pytest.raises(CorpusError, match="2 sources need as many voices; the split 'train' has 1"):
        Remix(corpus, "train", 2, seed=1)
    with pytest.raises(CorpusError, match="no utterance of 5000 samples"):
        fixed_list(corpus, "train", 2, 1, 5000, seed=1)
    with pytest.raises(CorpusError, match="no same-sex mixture of 2 voices: it has 2 female speakers"):
        fixed_list(corpus, "train", 2, 1, 500, seed=1)
    with pytest.raises(CorpusError, match="no mixture to train on"):
        Shuffled((), seed=1)


def test_batches_hold_items_of_one_length_and_all_of_them() -> None:
    corpus = ramps()
    items = [*fixed_list(corpus, "train", 2, 5, 400, 1), *fixed_list(corpus, "train", 2, 3, 300, 1)]
    batches = in_batches(items, 4)
    assert sorted(i.id for batch in batches for i in batch) == sorted(i.id for i in items)
    assert all(len(batch) <= 4 and len({i.length for i in batch}) == 1 for batch in batches)


def test_unseen_voices_of_another_corpus_take_their_place() -> None:
    corpus, other = ramps(), ramps(speakers=2)
    from dataclasses import replace

    unseen = replace(
        other,
        speakers=tuple(replace(s, split="unseen", base=s.id) for s in other.speakers),
        digests={"unseen": "d"},
    )
    both = with_unseen(corpus, unseen)
    again = with_unseen(both, unseen)
    assert again.speaker_ids("unseen") == ["s0", "s1"] and len(again.speakers) == len(both.speakers)
    assert both.speaker_ids("unseen") == ["s0", "s1"] and both.digests == {"unseen": "d"}
    item = fixed_list(both, "unseen", 2, 1, 800, seed=1)[0]
    assert item.group == "unseen-engine" and min(item.starts) >= len(corpus.samples)
    with pytest.raises(CorpusError, match="no unseen voices"):
        with_unseen(corpus, other)
