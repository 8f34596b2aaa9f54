"""Settings for all tests."""

from hypothesis import settings

settings.register_profile("lab", deadline=None, derandomize=True)  # no run depends on speed or on luck
settings.register_profile("explore", deadline=None, max_examples=10_000)  # --hypothesis-profile explore
settings.load_profile("lab")
