"""A delivery of the sandbox has the fields of Xero's published description of webhooks.

Where the description is absent this file is not collected (conftest.py).
"""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from xero_by_hand import Client

SPEC = Path(__file__).parents[2] / "../shared/reference/xero-openapi/xero-webhooks.yaml"


def test_a_body_has_the_fields_of_the_published_description(xero: Client) -> None:
    schema = yaml.safe_load(SPEC.read_text(encoding="utf-8"))["components"]["schemas"]["WebhookEvent"]
    xero.lever("POST", "webhook", {"url": "https://books.practice.example/hook", "key": "key"})
    xero.lever("POST", "deliveries")
    xero.contact()
    xero.wait(60)
    [row, *_] = xero.lever("POST", "deliveries")
    body = json.loads(row["body"])
    assert set(schema["required"]) <= set(body)
    assert set(body["events"][0]) == set(schema["properties"]["events"]["items"]["properties"])
