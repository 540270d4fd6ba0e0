"""`course rules`: what the checks look for."""

from __future__ import annotations

import click

from coursekit import report
from coursekit.checks import all_checks, checks_by_id, rule_doc
from coursekit.commands.common import format_option


@click.command()
@click.argument("rule", required=False, metavar="[ID]")
@format_option("full", "json")
def rules(rule: str | None, output_format: str) -> None:
    """List the rules, or print one rule's page."""
    if rule and rule not in checks_by_id():
        raise click.BadParameter(f"no rule is called {rule!r}; `course rules` lists them", param_hint="ID")
    chosen = [checks_by_id()[rule]] if rule else list(all_checks())
    if output_format == "json":
        click.echo(
            report.rules_json(
                [{"id": c.id, "severity": c.severity.value, "summary": rule_doc(c).summary} for c in chosen]
            )
        )
    elif rule:
        doc = rule_doc(chosen[0])
        click.echo(
            f"{rule} ({chosen[0].severity.value})\n\n{doc.summary}\n\n{doc.what}\n\nWhy: {doc.why}\n\nBad:\n{_indented(doc.bad)}\n\nGood:\n{_indented(doc.good)}\n\nMend: {doc.mend}"
        )
    else:
        width = max(len(check.id) for check in chosen)
        for check in chosen:
            click.echo(f"{check.id:<{width}}  {check.severity.value:<7}  {rule_doc(check).summary}")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
