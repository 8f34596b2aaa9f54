"""Providers: each is a Caller, one attempt at one endpoint, without retries or records."""

from __future__ import annotations

import asyncio
import threading

from lab.config import Settings
from lab.models import Endpoint
from lab.providers import simulated
from lab.providers.anthropic import Provider, sdk
from lab.providers.batches import Batches
from lab.providers.keys import HOW_TO_SET_A_KEY, credential, home

__all__ = ["HOW_TO_SET_A_KEY", "Batches", "Providers", "credential", "home"]


class Providers:
    """One provider for each endpoint, made when first needed, with one client on one loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[Endpoint, Provider] = {}
        self._child: simulated.Child | None = None

    def warm(self, endpoint: Endpoint) -> None:
        """Begin what takes long, beside the caller's own start: the SDK's import, the simulated Claude.
        What is replayed needs neither."""
        if endpoint.source == "replay":
            return
        threading.Thread(target=sdk, name="lab-import", daemon=True).start()
        self.of(endpoint)

    def of(self, endpoint: Endpoint) -> Provider:
        """The provider of an endpoint."""
        if endpoint not in self._made:
            child = None
            if endpoint.source == "simulated" and not endpoint.base_url:
                child = self._child = simulated.start(self._settings.sim_speed)
            self._made[endpoint] = Provider(endpoint, self._settings, child)
        return self._made[endpoint]

    async def close(self) -> None:
        """Close every connection, and end the simulated Claude."""
        try:
            for provider in self._made.values():
                await provider.close()
        finally:
            if self._child:
                await asyncio.to_thread(self._child.close)
