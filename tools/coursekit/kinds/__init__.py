"""Kinds of material, one module each; a new kind is a new module here and its test.

A kind's module has a `KIND`: which paths it claims, how its bytes become a Document, and which pages and
files of the site follow from it. `read` runs in a process of its own, may be given anything at all, and
answers with faults instead of exceptions; its result is cached, so it may depend on its arguments only.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from coursekit.model import Document, Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


def no_outputs(renderer: Renderer) -> Iterable[Output]:
    """For kinds that have no page of their own."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What the pipeline knows of a kind of material."""

    name: str
    claims: Callable[[str, bytes], bool]  # (path, data) -> is it mine?
    read: Callable[[str, bytes], Document]  # runs in a worker
    outputs: Callable[[Renderer], Iterable[Output]] = no_outputs  # pages and files of the site
    order: int = 50  # the first kind that claims a path has it


@lru_cache(maxsize=1)
def all_kinds() -> tuple[Kind, ...]:
    """Every kind in this package, in the order in which they are asked."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    )
    return tuple(
        sorted(
            (module.KIND for module in modules if hasattr(module, "KIND")),
            key=lambda kind: (kind.order, kind.name),
        )
    )


def kind_named(name: str) -> Kind:
    """The kind with this name."""
    return next(kind for kind in all_kinds() if kind.name == name)
