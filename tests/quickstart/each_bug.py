"""Runs named tests in several folders, one after the other in one process: PyTorch is slow to import.

python each_bug.py FOLDER=TEST…     prints what pytest's exit code is for each, a line each
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import sys

import pytest
import torch

torch.set_num_threads(1)
gc.freeze()  # pytest collects garbage after each run, and need not look through all of PyTorch


def forget() -> None:
    """The next folder has modules of the same names."""
    for name in [
        name for name in sys.modules if name.partition(".")[0] == "quickstart" or name.startswith("test_")
    ]:
        del sys.modules[name]
    importlib.invalidate_caches()


def exit_code(folder: str, test: str) -> int:
    """What pytest says of one test of a folder."""
    os.chdir(folder)
    forget()
    with contextlib.redirect_stdout(io.StringIO()):
        return int(pytest.main(["-p", "no:cacheprovider", test]))


for argument in sys.argv[1:]:
    print(exit_code(*argument.split("=", 1)), flush=True)  # noqa: T201 - the one who started this reads it
