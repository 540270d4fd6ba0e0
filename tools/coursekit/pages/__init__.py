"""Pages that are made from all of the course, one module each, with a function `outputs(renderer)`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from coursekit.model import Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


@lru_cache(maxsize=1)
def all_pages() -> tuple[Callable[[Renderer], Iterable[Output]], ...]:
    """The `outputs` of every module in this package."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    )
    return tuple(module.outputs for module in modules)
