"""espeak-ng in this process, through ctypes.

What espeak-ng says depends on all that the process said before, even on its seed: so `speak_as` is to be called once
in a fresh process. Only the standard library is imported here, so that such a process starts in no time.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from separation.errors import SeparationError

_SYNCHRONOUS, _DO_NOT_EXIT = 2, 0x8000
_RATE, _PITCH, _RANGE = 1, 3, 4
_UTF8, _CHARACTERS = 1, 1
_LONGEST_PATH = 120  # espeak-ng fails, with a wrong message, somewhere above 142


class SpeechError(SeparationError):
    """Speech could not be made; the message says why and what to do."""


class _CurrentVoice(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p))


def _library() -> tuple[ctypes.CDLL, str]:
    try:
        import espeakng_loader
    except ImportError:
        raise SpeechError(
            "espeak-ng is missing; it comes with `make separation` or `pip install espeakng-loader`"
        ) from None
    try:
        return ctypes.CDLL(espeakng_loader.get_library_path()), espeakng_loader.get_data_path()
    except OSError as error:
        raise SpeechError(f"espeak-ng could not be loaded: {error}") from None


def speak_as(
    voice: str, seed: int, settings: tuple[int, int, int], texts: Sequence[str]
) -> tuple[int, list[bytes]]:
    """Say the texts in this order; call it once in a fresh process.

    Args:
        voice: accent and variant, "gmw/en-US+m5".
        seed: for the voices that breathe or tremble.
        settings: rate (words a minute), pitch and range (0 to 99).
        texts: what to say.

    Returns:
        The sample rate in Hz, and 16-bit samples for each text.

    Raises:
        SpeechError: espeak-ng is missing, or does not know the voice.
    """
    library, data = _library()
    with tempfile.TemporaryDirectory(prefix="speech") as short:
        if len(data) > _LONGEST_PATH:
            link = Path(short) / "data"
            link.symlink_to(data, target_is_directory=True)
            data = str(link)
        sample_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(data), _DO_NOT_EXIT)
        if sample_rate <= 0:
            raise SpeechError(f"espeak-ng does not start with its data in {data}")
        library.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
        library.espeak_ng_SetRandSeed(seed)
        _choose(library, voice)
        for parameter, value in zip((_RATE, _PITCH, _RANGE), settings, strict=True):
            library.espeak_SetParameter(parameter, value, 0)
        return sample_rate, [*_said(library, texts)]


def _choose(library: ctypes.CDLL, voice: str) -> None:
    """espeak-ng falls back in silence to the accent alone when it doesn't know the variant."""
    library.espeak_GetCurrentVoice.restype = ctypes.POINTER(_CurrentVoice)
    failed = library.espeak_SetVoiceByName(voice.encode())
    current = library.espeak_GetCurrentVoice().contents.identifier or b""
    if failed or not current.endswith(b"+" + voice.partition("+")[2].encode()):
        raise SpeechError(
            f"this espeak-ng has no voice {voice}; it took {current.decode(errors='replace')!r}"
        )


def _said(library: ctypes.CDLL, texts: Sequence[str]) -> list[bytes]:
    pieces: list[bytes] = []

    def collect(samples: int | None, count: int, events: int | None) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(collect)
    library.espeak_SetSynthCallback(callback)
    library.espeak_Synth.argtypes = [
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint),
        *(ctypes.c_void_p, ctypes.c_void_p),
    ]
    said = []
    for text in texts:
        pieces.clear()
        data = text.encode() + b"\0"
        library.espeak_Synth(data, len(data), 0, _CHARACTERS, 0, _UTF8, None, None)
        said.append(b"".join(pieces))
    return said


def version() -> str:
    """espeak-ng's version, for the manifest."""
    library, _ = _library()
    library.espeak_Info.restype = ctypes.c_char_p
    found = library.espeak_Info(None)
    return found.decode() if found else "unknown"
