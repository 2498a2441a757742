"""The command line: every command in one typer app, every failure as what, why and the next step."""

from __future__ import annotations

import typer

from . import demo, detect, doctor, finish, hosts, jobs, kept, mask, rerun, service, sheet, timeline, weights

app = typer.Typer(
    name="mattewire",
    help="Type what to mask, get a tracked matte sequence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (mask, detect, finish, rerun, demo, sheet, timeline, doctor, service, jobs, kept, weights, hosts):
    module.register(app)
