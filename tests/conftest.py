"""Settings for all tests."""

from hypothesis import settings

settings.register_profile("lab", deadline=None)  # a time limit would make a slow machine fail
settings.load_profile("lab")
