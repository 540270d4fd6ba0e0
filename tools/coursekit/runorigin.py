"""Whether a run says enough to be done again: which code, which command, which seeds, on what machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coursekit.jsonplaces import Json
from coursekit.model import Fault
from coursekit.runrecord import RunRecord

_ANY_DEVICE = re.compile(r"(?:cuda|gpu|cpu|nvidia|amd|intel|mps|device|unknown)(?::?\d+)?", re.IGNORECASE)


def origin_faults(source: Json, record: RunRecord) -> Iterator[Fault]:
    """What a reader who wants the same numbers would have to ask; the numbers themselves may be right."""
    told = {"commit": record.commit, "command": record.command, "seeds": record.seeds}
    if missing := [f"`{key}`" for key, value in told.items() if not value]:
        help = 'for example  "commit": "17368d4…", "command": "python train.py --seed 0", "seeds": [0]'
        yield Fault("run-origin", f"the run does not say its {', '.join(missing)}", source.place(), help)
    if record.dirty:
        message = "the run was made from a tree with changes that no commit holds"
        help = "commit the code, and run it again"
        yield Fault("run-dirty", message, source.place("dirty"), help)
    if _ANY_DEVICE.fullmatch(record.device.name.strip()):
        message = f"`{record.device.name}` is the name of no device"
        help = "write its model, for example NVIDIA H200, as nvidia-smi or lscpu says it"
        yield Fault("run-device-name", message, source.place("device", "name"), help)
