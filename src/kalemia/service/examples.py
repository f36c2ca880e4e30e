"""Examples of requests and answers, for the OpenAPI description."""

from typing import Any

from kalemia.service import media

SAMPLES: dict[str, Any] = {
    "lead II": {
        "summary": "Lead II; ten seconds in practice, and null where a sample is missing",
        "value": {"samples": {"II": [0.01, 0.02, None, 0.05]}, "fs": 500, "unit": "mV"},
    }
}

_ANSWER = {
    "file": "ecg.jpg",
    "potassium": 5.812,
    "interval": [4.61, 7.02],
    "unit": "mEq/L",
    "n_cycles": 11,
    "warnings": [],
    "abstained": False,
    "reason": None,
    "error": None,
    "model": "default",
    "rejected_beats": {"cut off by the start or end of the recording": 1},
    "references": 0,
    "prior": None,
    "notice": "kalemia is not a medical device; this model has learned from simulated patients only.",
    "details": None,
}
_ABSTENTION = {
    **_ANSWER,
    "potassium": None,
    "interval": None,
    "n_cycles": 0,
    "abstained": True,
    "reason": "flat line in II for 10.0 s",
    "rejected_beats": {},
}
_TEXT = {"schema": {"type": "string"}}
_BINARY = {"schema": {"type": "string", "format": "binary"}}

ESTIMATE: dict[str, Any] = {
    "description": "The estimate, or an abstention with its reason.",
    "content": {
        media.JSON: {
            "examples": {
                "an estimate": {"value": _ANSWER},
                "an abstention": {"value": _ABSTENTION},
            }
        },
        media.NDJSON: {
            "schema": {"type": "string"},
            "examples": {"stages": {"value": '{"stage":"waiting"}\n{"stage":"grid"}\n{"status":200,"answer":{}}\n'}},
        },
        media.FHIR: {"schema": {"type": "object"}},
        media.HTML: _TEXT,
        media.CSV: _TEXT,
    },
}
DIGITIZE: dict[str, Any] = {
    "description": "The page as it was read.",
    "content": {media.CSV: _TEXT, media.JPEG: _BINARY, media.PNG: _BINARY},
}
