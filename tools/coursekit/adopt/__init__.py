"""`course adopt`: lays an old course repository out in the agreed tree, as a proposal.

The old repository is data: nothing in it is executed and no link is followed. Every file of it is accounted for, and
names stand in the proposal only where an old text says them.

The way: intake -> outline (the README's sections) -> talks, schedule, notes (what is meant) -> placing (where it goes)
-> drafts, relinking (texts) -> proposal -> written whole.
"""
