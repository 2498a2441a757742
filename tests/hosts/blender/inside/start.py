"""Runs one case in Blender and writes what it returns: ``start.py CASE RESULT ARGUMENTS``.

A case is a module's ``run``, or another of its functions: ``module.function``. Ends at once when that is done: Blender
4.5 as a module has been seen to hang for minutes on its way out.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path


def main(case: str, result: str, arguments: str) -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        importlib.import_module("bpy")  # it brings the rest of Blender's modules
        module, _, function = case.partition(".")
        told = getattr(importlib.import_module(module), function or "run")(**json.loads(arguments))
    except BaseException:
        told = {"raised": traceback.format_exc()}
    Path(result).write_text(json.dumps(told), encoding="utf-8")


main(*sys.argv[1:4])
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
