"""Synthetic speech: who speaks, that it is the same each time, and what happens when an engine fails."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from separation import espeak, voices
from separation.corpus import CorpusError, load_synthetic
from separation.data import cached
from separation.sentences import sentences
from separation.speech import SpeechConfig, SpeechError, make_speech

SMALL = SpeechConfig(
    train_speakers=4, valid_speakers=4, test_speakers=4, train_utterances=2, other_utterances=1, unseen=False
)


def test_speech_is_the_same_each_time_and_another_with_another_seed(tmp_path: Path) -> None:
    first, second = (make_speech(SMALL, tmp_path / name) for name in ("a", "b"))
    assert first.digests == second.digests and set(first.digests) == {"train", "valid", "test"}
    assert np.array_equal(first.samples, second.samples)
    from dataclasses import replace

    other = make_speech(replace(SMALL, seed=2, train_speakers=0, test_speakers=0), tmp_path / "c")
    assert other.digests["valid"] != first.digests["valid"]


def test_utterances_are_speech_of_some_seconds_at_one_level(speech) -> None:
    for utterance in speech.utterances:
        part = speech.samples[utterance.start : utterance.start + utterance.length] / 32768
        assert 2 < utterance.length / speech.sample_rate < 15
        assert np.sqrt(np.square(part).mean()) == pytest.approx(0.05, rel=0.1)
        assert np.abs(part).max() < 1


@pytest.mark.parametrize("seed", [1, 2, 77])
def test_splits_share_no_voice_and_hold_as_many_women_as_men(seed: int) -> None:
    bases: dict[str, set[str]] = {}
    for split, count in (("train", 120), ("valid", 12), ("test", 24)):
        speakers = voices.espeak_voices(split, count, seed)
        assert len({s.id for s in speakers}) == count
        assert sum(s.sex == "female" for s in speakers) == count // 2
        bases[split] = {s.base for s in speakers}
    for one, other in itertools.combinations(bases.values(), 2):
        assert not one & other


def test_every_base_voice_is_one_that_espeak_has() -> None:
    import espeakng_loader

    known = {file.name for file in Path(espeakng_loader.get_data_path(), "voices/!v").iterdir()}
    named = {v.base for split in ("train", "valid", "test") for v in voices.espeak_voices(split, 98, seed=1)}
    assert len(named) == 70 and named <= known


def test_an_unknown_variant_is_an_error_and_not_another_voice() -> None:
    script = (
        "from separation import espeak; espeak.speak_as('gmw/en-US+nobody', 1, (170, 50, 50), ['Hello.'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "SpeechError: this espeak-ng has no voice gmw/en-US+nobody" in done.stderr


def test_an_odd_number_of_speakers_is_refused() -> None:
    with pytest.raises(ValueError, match="7 speakers"):
        voices.espeak_voices("train", 7, 1)
    with pytest.raises(ValueError, match="'dev'"):
        voices.espeak_voices("dev", 8, 1)


def test_sentences_are_sentences_and_hardly_ever_repeat() -> None:
    some = list(itertools.islice(sentences("a seed"), 500))
    assert some == list(itertools.islice(sentences("a seed"), 500))
    assert len(set(some)) > 490
    assert all(re.fullmatch(r"[A-Z][A-Za-z',;: -]{30,200}[.?]", text) for text in some)


def test_an_interrupted_synthesis_leaves_nothing_that_looks_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "_ACCENTS", ("gmw/en-nowhere",))
    with pytest.raises(SpeechError, match="gmw/en-nowhere"):
        make_speech(SMALL, tmp_path / "speech")
    assert [file.name for file in tmp_path.iterdir()] == [".speech.lock"]


def test_two_who_ask_at_once_get_one_corpus(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from separation.speech import *\n"
        "config = SpeechConfig(train_speakers=4, valid_speakers=0, test_speakers=0, train_utterances=1, unseen=False)\n"
        "if __name__ == '__main__': print(make_speech(config, Path(sys.argv[1])).digests['train'])\n"
    )
    (tmp_path / "ask.py").write_text(script)
    command = [sys.executable, str(tmp_path / "ask.py"), str(tmp_path / "speech")]
    asking = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    told = [process.communicate() for process in asking]
    assert [process.returncode for process in asking] == [0, 0], told
    assert told[0][0] == told[1][0] and len(told[0][0].strip()) == 64
    assert sum("Synthesising" in errors for _, errors in told) == 1


def test_a_damaged_or_foreign_folder_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "speech"
    make_speech(SMALL, folder)
    samples = np.load(folder / "speech.npy")
    np.save(folder / "speech.npy", samples[::-1])  # as long, but other sounds
    with pytest.raises(CorpusError, match=r"speech\.npy is not the file"):
        load_synthetic(folder)
    for damaged in (b"", b"PK\3\4", b"text"):
        (folder / "speech.npy").write_bytes(damaged)
        with pytest.raises(CorpusError, match="holds no synthetic speech"):
            load_synthetic(folder)
    np.save(folder / "speech.npy", samples[:1000])
    with pytest.raises(CorpusError, match=r"holds no synthetic speech|is not the file that"):
        load_synthetic(folder)
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(CorpusError, match="separation data --out"):
        load_synthetic(folder)
    with pytest.raises(CorpusError, match="holds no synthetic speech"):
        load_synthetic(tmp_path / "nothing")


def test_a_folder_of_other_speech_is_not_taken_for_this(tmp_path: Path) -> None:
    from dataclasses import replace

    make_speech(SMALL, tmp_path / "speech")
    with pytest.raises(SpeechError, match="holds speech of other settings"):
        make_speech(replace(SMALL, seed=2), tmp_path / "speech")


def test_the_cache_has_a_folder_for_each_setting() -> None:
    from dataclasses import replace

    assert cached(SMALL) == cached(SMALL)
    assert cached(replace(SMALL, seed=2)) != cached(SMALL)


def test_the_manifest_says_how_it_was_made(tmp_path: Path) -> None:
    make_speech(SMALL, tmp_path / "speech")
    manifest = json.loads((tmp_path / "speech/manifest.json").read_text())
    assert manifest["seed"] == 1 and manifest["config"]["train_speakers"] == 4
    assert manifest["software"]["espeak-ng"] == espeak.version()
    assert {"accent", "base", "pitch", "range", "rate", "seed", "sex", "warp"} <= manifest["voices"][0].keys()


def test_flite_is_a_second_engine_that_nothing_is_trained_on(tmp_path: Path) -> None:
    if shutil.which("flite") is None:
        assert not os.environ.get("CI"), "CI installs flite before the tests"
        pytest.skip("install the Debian package `flite` to test the second engine")
    config = SpeechConfig(train_speakers=0, valid_speakers=0, test_speakers=0, other_utterances=1)
    corpus = make_speech(config, tmp_path / "flite")
    assert set(corpus.digests) == {"unseen"} and len(corpus.speakers) == 12
    assert {s.base for s in corpus.speakers} == {"slt", "awb", "kal", "rms"}
    assert make_speech(config, tmp_path / "again").digests == corpus.digests
