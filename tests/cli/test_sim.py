"""`lab sim` as a process: the limits that its options set."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request

import pytest

from .running import started


def test_the_limits_of_the_command_line() -> None:
    asked = {"model": "claude-haiku-4-5", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]}
    with started("sim", "--port", "0", "--speed", "0", "--rpm", "1", "--otpm", "700") as process:
        url = re.search(rb"http://\S+", process.stdout.readline())[0].decode()
        headers = {"x-api-key": "sim", "anthropic-version": "2026-10-21"}
        request = urllib.request.Request(f"{url}/v1/messages", json.dumps(asked).encode(), headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            limits = [
                answer.headers[f"anthropic-ratelimit-{kind}-limit"]
                for kind in ("requests", "input-tokens", "output-tokens")
            ]
        assert limits == ["1", "2000000", "700"]
        with pytest.raises(urllib.error.HTTPError) as caught:
            opener.open(request, timeout=30)
        assert (caught.value.code, int(caught.value.headers["retry-after"]) > 0) == (429, True)
        caught.value.close()
