"""Prompt Lab: versioned prompts, streamed chat and regression checks on one engine."""

__version__ = "0.1.0"
