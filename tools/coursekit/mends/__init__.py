"""What `course check --fix` does: the mends that are safe, planned as a whole, shown as a diff, written file by file.

Safe means that no page says anything else afterwards and no link that worked is dead. What can't be shown to be
so is left as it is, with its finding.
"""

from coursekit.mends.plan import plan
from coursekit.mends.record import Change, Mends

__all__ = ["Change", "Mends", "plan"]
