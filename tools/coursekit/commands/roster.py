"""The roster by which a pull request is judged: course.yml as it was before the request."""

from __future__ import annotations

from coursekit.changes import Changes, read_file_at
from coursekit.config import Config, read_config
from coursekit.course import Course


def roster_at(course: Course, changes: Changes) -> Config:
    """course.yml at the base; where it is broken or missing there, as it is now."""
    data = read_file_at(course.root, changes.base, "course.yml")
    config = read_config(data)[0] if data is not None else None
    return config or course.config
