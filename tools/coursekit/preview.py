"""What a preview shows after a broken save: the last good page, with what is wrong above it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from markupsafe import escape

from coursekit.model import CannotStart, Output, PageOutput
from coursekit.pipeline import Build

_PROBLEMS = re.compile(r'<div class="course-problems.*?</ul>\s*</div>', re.DOTALL)


@dataclass
class Preview:
    """Remembers the last good state of each page while a server runs."""

    good: dict[str, PageOutput] = field(default_factory=dict)
    last: Build | None = None

    def after(self, made: Build) -> Build:
        """The build with the last good body in the place of each page that can't be read now."""
        outputs = tuple(self._kept(output) for output in made.outputs)
        for output in outputs:
            if isinstance(output, PageOutput) and not output.broken:
                self.good[output.path] = output
        self.last = replace(made, outputs=outputs)
        return self.last

    def _kept(self, output: Output) -> Output:
        if not isinstance(output, PageOutput) or not output.broken or output.path not in self.good:
            return output
        good = self.good[output.path]
        problems = _PROBLEMS.search(output.body)
        return replace(good, body=(problems[0] if problems else "") + _stale_line() + good.body, broken=True)

    def when_broken(self, error: CannotStart) -> Build | None:
        """The last build again, each page headed by what keeps the course from being read."""
        if self.last is None:
            return None
        rows = "".join(
            f"<li><code>{escape(f.path)}:{f.place.line}:{f.place.column}</code> {escape(f.message)}</li>"
            for f in error.diagnostics
        )
        banner = f'<div class="course-problems admonition failure"><p class="admonition-title">{escape(error)}</p><ul>{rows}</ul></div>'
        pages = (
            replace(o, body=banner + _stale_line() + o.body) if isinstance(o, PageOutput) else o
            for o in self.last.outputs
        )
        return replace(self.last, outputs=tuple(pages))


def _stale_line() -> str:
    return '<p class="course-missing">Below is the page as it last could be read.</p>'
