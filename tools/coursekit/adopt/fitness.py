"""Whether a file may lie in the content of a course as it is; what may not is left over, with the reason."""

from __future__ import annotations

from coursekit.adopt.record import OldFile
from coursekit.config import Policy
from coursekit.kinds import kind_named
from coursekit.source import BINARY_SUFFIXES, TEXT_SUFFIXES, content_fault

_MARKDOWN = frozenset({".md", ".markdown"})


def unfit(file: OldFile) -> str:
    """Why a file stays outside of the content, or ''."""
    if file.data is None:
        return file.refused
    if not file.data:
        return "the file is empty"
    policy = Policy()
    most = policy.max_text_kb * 1e3 if file.suffix in _MARKDOWN else policy.max_file_mb * 1e6
    if len(file.data) > most:
        return f"{len(file.data) / 1e6:.1f} MB are more than a file may have ({most / 1e6:g} MB)"
    if file.suffix in _MARKDOWN:
        return ""
    if file.suffix not in TEXT_SUFFIXES | BINARY_SUFFIXES:
        fault = kind_named("attachment").read(file.path, b"").faults[0]
        return f"{fault.message}: {fault.help}"
    wrong = content_fault(file.data, file.suffix)
    return wrong.message if wrong else ""
