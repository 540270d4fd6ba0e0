"""The rota: who presents, who takes notes and who reviews whom; suggested, judged, and written into course.yml.

`roster`, `slots`, `ledger`, `rounds` and `wishes` say how things are, `talks` and `reviews` plan with a solver,
`suggestion` puts both together, `edit` writes what is new. Only the two that plan need the solver, which is slow
to import.
"""
