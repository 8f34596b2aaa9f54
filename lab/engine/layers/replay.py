"""The place in the list for giving a recorded answer instead of a call.

Nothing of it is done yet: every call passes through.
"""

from __future__ import annotations

from lab.engine.lab import Lab
from lab.types import Caller


def replay(call: Caller, lab: Lab) -> Caller:
    """Gives the call back as it is."""
    return call
