"""Synthetic speech: a corpus without a download, the same each time it is made on one machine."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import numpy as np
from filelock import FileLock

from separation import espeak
from separation.audio import Sound, read_audio, resample
from separation.corpus import FULL_SCALE, SPEECH_LEVEL, Corpus, Samples, Utterance, digests_of, load_synthetic
from separation.espeak import SpeechError
from separation.progress import track
from separation.sentences import sentences
from separation.voices import Voice, espeak_voices, flite_voices

_FADE = 0.005  # seconds


@dataclass(frozen=True)
class SpeechConfig:
    """How much speech to make, and from which seed.

    Attributes:
        seed: of speakers, sentences and voices.
        sample_rate: Hz.
        train_speakers, valid_speakers, test_speakers: virtual speakers, half of them women; 0 for none.
        train_utterances: sentences of each training speaker, about 6 s each.
        other_utterances: sentences of each other speaker.
        unseen: whether to add flite's voices, an engine that nothing is trained on, where flite is installed.
    """

    seed: int = 1
    sample_rate: int = 8000
    train_speakers: int = 120
    valid_speakers: int = 12
    test_speakers: int = 24
    train_utterances: int = 60
    other_utterances: int = 20
    unseen: bool = True

    def __post_init__(self) -> None:
        for count in (self.train_speakers, self.valid_speakers, self.test_speakers):
            if count and (count < 4 or count % 2):
                raise ValueError(f"{count} speakers can't be half women and half men, two of each at least")
        if self.sample_rate < 4000 or min(self.train_utterances, self.other_utterances) < 1:
            raise ValueError("sample_rate starts at 4000 Hz and the numbers of utterances at 1")

    def voices(self) -> list[Voice]:
        """Everybody who speaks."""
        counts = {"train": self.train_speakers, "valid": self.valid_speakers, "test": self.test_speakers}
        voices = [
            v for split, count in counts.items() if count for v in espeak_voices(split, count, self.seed)
        ]
        return voices + (flite_voices(self.seed) if self.unseen and shutil.which("flite") else [])

    def texts(self, voice: Voice) -> list[str]:
        """What a voice says, in this order."""
        count = self.train_utterances if voice.split == "train" else self.other_utterances
        return list(itertools.islice(sentences(f"{voice.seed}"), count))


def make_speech(config: SpeechConfig, folder: Path) -> Corpus:
    """Synthesise a corpus into a folder, which appears when all of it is done, and load it.

    Raises:
        SpeechError: an engine is missing or fails.
        CorpusError: the folder is there already and is no such corpus.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f".{folder.name}.lock"):  # who comes second finds it made
        if not folder.exists() or not any(folder.iterdir()):
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as draft:
                _write(Path(draft), config, config.voices())
                if folder.exists():
                    folder.rmdir()
                Path(draft, "done").rename(folder)
    corpus = load_synthetic(folder)
    made = json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("config")
    if made != asdict(config):
        raise SpeechError(f"{folder} holds speech of other settings; choose another folder")
    return corpus


def _write(draft: Path, config: SpeechConfig, voices: Sequence[Voice]) -> None:
    pieces: list[Samples] = []
    utterances: list[Utterance] = []
    start = 0
    for number, spoken in enumerate(track(_spoken(config, voices), "Synthesising speakers", len(voices))):
        for samples in spoken:
            pieces.append(samples)
            utterances.append(Utterance(number, start, len(samples)))
            start += len(samples)
    samples = np.concatenate(pieces)
    described = [asdict(voice) for voice in voices]
    manifest = {
        "schema": 1,
        "name": "synthetic speech",
        "made_by": "separation data",
        "seed": config.seed,
        "sample_rate": config.sample_rate,
        "digests": digests_of(samples, described, utterances, [voice.split for voice in voices]),
        "software": made_with(),
        "config": asdict(config),
        "voices": described,
        "utterances": [(u.speaker, u.start, u.length) for u in utterances],
    }
    done = draft / "done"
    done.mkdir()
    np.save(done / "speech.npy", samples)
    (done / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def made_with() -> dict[str, str]:
    """The versions of what synthesises."""
    known = {name: _version(name) for name in ("espeakng-loader", "numpy", "scipy")}
    return {"espeak-ng": espeak.version()} | {name: found for name, found in known.items() if found}


def _version(name: str) -> str:
    try:
        return installed(name)
    except PackageNotFoundError:
        return ""


def _spoken(config: SpeechConfig, voices: Sequence[Voice]) -> Iterator[list[Samples]]:
    """The utterances of each voice, in order; engines run in processes of their own, as many as there are cores."""
    workers = min(
        len(voices), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    fresh = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        max_tasks_per_child=1,
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),  # Ctrl-C is for the process that waits for them
    )
    waiting_for_flite = ThreadPoolExecutor(workers)
    with fresh, waiting_for_flite:
        waiting = deque(
            waiting_for_flite.submit(_flite, voice, config.texts(voice))
            if voice.engine == "flite"
            else fresh.submit(
                espeak.speak_as,
                f"{voice.accent}+{voice.base}",
                voice.seed,
                (voice.rate, voice.pitch, voice.range),
                config.texts(voice),
            )
            for voice in voices
        )
        try:
            for voice in voices:
                sample_rate, said = waiting.popleft().result()
                yield [_finished(raw, sample_rate * voice.warp, config.sample_rate) for raw in said]
        except BrokenProcessPool:
            raise SpeechError(f"espeak-ng crashed while it spoke as {voice.base} ({voice.accent})") from None
        finally:
            fresh.shutdown(cancel_futures=True)
            waiting_for_flite.shutdown(cancel_futures=True)


def _flite(voice: Voice, texts: Sequence[str]) -> tuple[int, list[bytes]]:
    """As `espeak.speak_as`, with Debian's flite."""
    said, rate = [], 16000
    with tempfile.TemporaryDirectory(prefix="speech") as folder:
        file = Path(folder, "said.wav")
        for text in texts:
            stretch = f"duration_stretch={voice.rate / 100}"
            command = ["flite", "-voice", voice.base, "--setf", stretch, "-t", text, "-o", str(file)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
            if done.returncode or not file.is_file():
                raise SpeechError(f"flite failed as {voice.base}: {done.stderr.strip() or done.returncode}")
            sound, rate = read_audio(file)
            said.append((sound[:, 0] * (FULL_SCALE - 1)).astype("<i2").tobytes())
    return rate, said


def _finished(raw: bytes, source_rate: float, sample_rate: int) -> Samples:
    """An utterance at the corpus's rate and level, without the silence before and after it."""
    sound = resample(np.frombuffer(raw, dtype="<i2") / FULL_SCALE, source_rate, sample_rate)
    sound = _trimmed(sound, sample_rate)
    fade = int(_FADE * sample_rate)
    ramp = np.linspace(0, 1, fade)
    sound[:fade] *= ramp
    sound[-fade:] *= ramp[::-1]
    level = float(np.sqrt(np.square(sound).mean()))
    sound = sound * min(SPEECH_LEVEL / level, 0.99 / float(np.abs(sound).max()))
    return np.round(sound * (FULL_SCALE - 1)).astype(np.int16)


def _trimmed(sound: Sound, sample_rate: int) -> Sound:
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max(initial=0.0))
    if len(loud) < sample_rate // 10:
        raise SpeechError("an utterance came out silent")
    return sound[loud[0] : loud[-1] + 1].copy()
