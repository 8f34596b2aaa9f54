"""Settings for all tests."""

import signal

from hypothesis import settings

settings.register_profile("lab", deadline=None, derandomize=True)  # no run depends on speed or on luck
settings.register_profile("explore", deadline=None, max_examples=10_000)  # --hypothesis-profile explore
settings.load_profile("lab")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell has what it starts in the background ignore Ctrl-C, and commands under test would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
