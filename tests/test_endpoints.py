"""The endpoints of lab.toml: what each kind is made of, and the sentences for what is wrong."""

from __future__ import annotations

import pytest

from lab.capability import check
from lab.endpoints import Endpoint, endpoints
from lab.errors import BadInput
from lab.models import Model


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://proxy.example.com", "https://proxy.example.com"),
        ("https://proxy1:8443/anthropic/", "https://proxy1:8443/anthropic"),
        ("https://example.com/v1beta", "https://example.com/v1beta"),
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_endpoint_is_https_or_this_machine(given: str, kept: str):
    assert endpoints({"own": {"base_url": given}}) == {"own": Endpoint("own", kept)}


def test_an_endpoint_names_its_key_and_source():
    table = {"base_url": "http://localhost:1", "api_key_env": "OLLAMA_KEY", "source": "simulated"}
    expected = Endpoint("own", "http://localhost:1", "OLLAMA_KEY", "simulated")
    assert endpoints({"own": table}) == {"own": expected}


WANTED = "base_url must be a URL such as https://api.example.com, without ? or #."
HTTPS = "base_url must start with https:// (http:// is for this machine only)."
SDK = "base_url must not end in /v1: /v1/messages is added to it."
SECRET = "base_url must not hold a user name or password; name the key's variable in api_key_env."
VARIABLE = "api_key_env must name the environment variable that holds the key."


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, WANTED),
        ({"base_url": "localhost:11434"}, WANTED),
        ({"base_url": "https://"}, WANTED),
        ({"base_url": "https://a.example/?x=1"}, WANTED),
        ({"base_url": "https://a.example/ b"}, WANTED),
        ({"base_url": "http://localhost\\.evil.example"}, WANTED),
        ({"base_url": "https://a.example:port"}, "base_url is not a URL."),
        ({"base_url": "https://[::1"}, "base_url is not a URL."),
        ({"base_url": "http://proxy.example.com"}, HTTPS),
        ({"base_url": "http://127.0.0.1.evil.example"}, HTTPS),
        ({"base_url": "http://localhost.evil.example"}, HTTPS),
        ({"base_url": "http://10.0.0.7"}, HTTPS),
        ({"base_url": "ftp://localhost"}, HTTPS),
        ({"base_url": "https://me:hunter2@a.example"}, SECRET),
        ({"base_url": "http://hunter2@localhost"}, SECRET),
        ({"base_url": "https://a.example/v1"}, SDK),
        ({"base_url": "https://a.example/v1/"}, SDK),
        ({"base_url": "https://a.example/x/v1/messages"}, SDK),
        ({"base_url": "https://a.example", "api_key_env": "sk-ant-hunter2"}, VARIABLE),
        ({"base_ulr": "https://a.example"}, "no field 'base_ulr'. Did you mean 'base_url'?"),
        ({"api_key": "hunter2"}, "no field 'api_key'. Did you mean 'api_key_env'?"),
        ({"source": "api2"}, "source: 'api2' is not \"api\" or \"simulated\"."),
        ({"base_url": 5}, "base_url: 5 is not text."),
        ({"base_url": "https://a.example", "sampling": "yes"}, "sampling: 'yes' is not true or false."),
        ({"kind": "azure"}, 'kind: \'azure\' is not "anthropic", "bedrock" or "vertex".'),
        ({"kind": "bedrock"}, 'kind = "bedrock" needs a region.'),
        ({"kind": "vertex", "region": "global"}, 'kind = "vertex" needs a project.'),
        ({"kind": "bedrock", "region": "us-east-1", "project": "p"}, 'kind = "bedrock" has no project.'),
        ({"base_url": "https://a.example", "region": "eu"}, 'kind = "anthropic" has no region.'),
        ({"kind": "bedrock", "region": "evil.example/"}, "region must be a name such as us-east-1."),
        ({"kind": "bedrock", "region": "me@evil"}, "region must be a name such as us-east-1."),
        ({"kind": "vertex", "region": "eu", "project": "../x"},
         "project must be a name such as my-project-12345."),
        ({"kind": "vertex", "region": "eu", "project": "p", "base_url": "http://a.example"}, HTTPS),
        ("https://a.example", "must be a table."),
    ],
)  # fmt: skip
def test_a_wrong_endpoint_is_named_and_no_secret_shown(table: object, said: str):
    with pytest.raises(BadInput) as caught:
        endpoints({"own": table})
    assert str(caught.value).startswith('lab.toml, [endpoints."own"]')
    assert str(caught.value).endswith(said)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "url", "title"),
    [
        ({"base_url": "https://api.anthropic.com/"}, "https://api.anthropic.com", "the Claude API"),
        ({"base_url": "http://127.0.0.1:1"}, "http://127.0.0.1:1", "Anthropic-compatible"),
        ({"base_url": "http://127.0.0.1:1", "source": "simulated"}, "http://127.0.0.1:1", "simulated"),
        (
            {"kind": "bedrock", "region": "us-east-1"},
            "https://bedrock-runtime.us-east-1.amazonaws.com",
            "Amazon Bedrock, untested",
        ),
        (
            {"kind": "vertex", "region": "europe-west1", "project": "example.com:p"},
            "https://europe-west1-aiplatform.googleapis.com",
            "Google Vertex AI, untested",
        ),
        (
            {"kind": "vertex", "region": "global", "project": "p"},
            "https://aiplatform.googleapis.com",
            "Google Vertex AI, untested",
        ),
        (
            {"kind": "vertex", "region": "eu", "project": "p"},
            "https://aiplatform.eu.rep.googleapis.com",
            "Google Vertex AI, untested",
        ),
        (
            {"kind": "bedrock", "region": "eu-west-1", "base_url": "https://vpce.example.com/"},
            "https://vpce.example.com",
            "Amazon Bedrock, untested",
        ),
    ],
)
def test_each_kind_has_its_address_and_title(table: dict, url: str, title: str):
    found = endpoints({"own": table})["own"]
    assert (found.base_url, found.title) == (url, title)


HOT = {"temperature": 0.2, "top_k": 5}
OWN = Model("gemma3:27b", endpoint="own")


def test_sampling_is_the_endpoints_word():
    taking = endpoints({"own": {"base_url": "http://localhost:1", "sampling": True}})["own"]
    check(OWN, 9, HOT, endpoint=taking)
    silent = endpoints({"own": {"base_url": "http://localhost:1"}})["own"]
    check(OWN, 9, {"metadata": {}}, endpoint=silent)
    with pytest.raises(BadInput) as caught:
        check(OWN, 9, HOT, endpoint=silent)
    assert str(caught.value) == (
        "The endpoint 'own' is not known to take temperature, top_k; leave it out. "
        "One of lab.toml's endpoints that takes it says sampling = true."
    )


def test_at_home_sampling_is_refused_whatever_the_endpoint():
    with pytest.raises(BadInput, match="^The Claude API no longer takes temperature, top_k; leave it out.$"):
        check(Model("claude-x"), 9, HOT, endpoint=Endpoint("home", sampling=True))
