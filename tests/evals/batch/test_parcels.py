"""Batches are no larger than the API takes, and go to one endpoint each."""

from __future__ import annotations

import json
from dataclasses import replace

from lab.engine import Lab
from lab.evals.batch.parcels import WRAPPING, parcels
from lab.models import Endpoint
from tests.engine.kit import request


def test_by_number_size_and_endpoint(lab: Lab) -> None:
    model = lab.models["claude-haiku-4-5"]
    other = replace(model, id="other", endpoint="elsewhere")
    lab = replace(lab, models={**lab.models, "other": other}, endpoints={"elsewhere": Endpoint("elsewhere")})
    asked = [request(f"{number} é") for number in range(5)]
    assert [len(each) for each in parcels(lab, asked)] == [5]
    assert [[*each] for each in parcels(lab, asked, most=2)] == [asked[:2], asked[2:4], asked[4:]]
    size = len(json.dumps(asked[0].body())) + WRAPPING
    assert [len(each) for each in parcels(lab, asked, most_bytes=3 * size)] == [3, 2]
    assert [len(each) for each in parcels(lab, asked, most_bytes=1)] == [1] * 5  # the API says no to it
    mixed = [*asked[:2], replace(asked[2], model="other"), *asked[3:]]
    assert [[each.model for each in parcel] for parcel in parcels(lab, mixed)] == [
        ["claude-haiku-4-5"] * 4,
        ["other"],
    ]
