"""The command line: every command in one typer app, every failure as what, why and the next step."""

from __future__ import annotations

import typer

from . import (
    demo,
    detect,
    doctor,
    engines,
    finish,
    hosts,
    jobs,
    kept,
    mask,
    rerun,
    resolve,
    review,
    service,
    sheet,
    timeline,
    weights,
)

app = typer.Typer(
    name="mattewire",
    help="Type what to mask, get a tracked matte sequence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
MODULES = (
    mask,
    detect,
    finish,
    rerun,
    review,
    demo,
    sheet,
    timeline,
    doctor,
    engines,
    service,
    jobs,
    kept,
    weights,
    hosts,
    resolve,
)
for module in MODULES:
    module.register(app)
