"""Where the corpus of a configuration lies, made first if need be."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from separation import audio, espeak, sentences, speech, voices
from separation.config import DataConfig
from separation.corpus import Corpus, CorpusError, load_recorded, load_synthetic, with_unseen
from separation.speech import SpeechConfig, make_speech


def open_corpus(
    config: DataConfig, *, folder: Path | None = None, unseen: Path | None = None, splits: Sequence[str] = ()
) -> Corpus:
    """The corpus of a configuration.

    Args:
        config: says which.
        folder: where it lies, in the place of the configuration's path.
        unseen: a folder of synthetic speech whose unseen voices are taken in the place of the corpus's own.
        splits: the parts of a recorded corpus that are read.

    Raises:
        SeparationError: it can't be read or made.
    """
    place = folder or (Path(config.path) if config.path else None)
    if config.layout == "synthetic":
        corpus = load_synthetic(place) if place else make_speech(config.speech, cached(config.speech))
    else:
        assert place is not None  # a DataConfig of another layout has a path
        corpus = load_recorded(place, config.layout, config.speech.sample_rate, splits)
    own = next((len(item.starts) for items in corpus.items.values() for item in items), config.sources)
    if own != config.sources:
        raise CorpusError(f"{place} mixes {own} sources; data.sources is {config.sources}")
    if corpus.sample_rate != config.speech.sample_rate:
        wanted = config.speech.sample_rate
        raise CorpusError(
            f"{place} holds speech at {corpus.sample_rate} Hz; the configuration wants {wanted} Hz"
        )
    return with_unseen(corpus, load_synthetic(unseen)) if unseen else corpus


def cached(config: SpeechConfig) -> Path:
    """The folder of the cache for this speech: another setting, or another version of what makes it, has another."""
    home = os.environ.get("SEPARATION_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    makers = [
        Path(str(module.__file__)).read_text(encoding="utf-8")
        for module in (audio, espeak, sentences, speech, voices)
    ]
    made_with = [asdict(config), speech.made_with(), [v.id for v in config.voices()], makers]
    key = json.dumps(made_with, sort_keys=True)
    return Path(home) / "separation" / f"speech-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
