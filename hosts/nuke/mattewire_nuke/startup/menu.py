"""Runs in Nuke with windows. Do not rename it: Nuke looks for `menu.py`. It can never keep Nuke from starting."""

import sys
import traceback

try:
    from mattewire_nuke import menu as _mattewire_menu

    _mattewire_menu.add()
except BaseException:  # whatever it is: an artist without mattes is better off than one without Nuke
    print("Mattewire could not be added to the menus; Nuke goes on without it.", file=sys.stderr)
    traceback.print_exc()
