"""Logs for machines: one JSON object a line, on standard error, with nothing that came from a request's content.

Neither file names nor paths nor queries are logged: they can name a patient.
"""

import json
import logging
from datetime import UTC, datetime

_LOGGER = logging.getLogger("kalemia.service")


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.msg if record.name == _LOGGER.name else record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            said["error"] = record.exc_info[0].__name__  # its text may quote what was sent
        return json.dumps(said)


def log(event: str, **facts: object) -> None:
    """Log that something happened."""
    _LOGGER.info(event, extra={"facts": facts})


def log_as_json() -> None:
    """Let the service and the server below it log so."""
    handler = logging.StreamHandler()
    handler.setFormatter(_AsJson())
    for logger in (_LOGGER, logging.getLogger("uvicorn.error")):
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
