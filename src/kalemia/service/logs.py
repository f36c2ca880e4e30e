"""Logs for machines: one JSON object a line, on standard error, with nothing that came from a request's content.

Neither file names nor paths nor queries are logged: they can name a patient.
"""

import json
import logging
import traceback
from datetime import UTC, datetime

_LOGGER = logging.getLogger("kalemia.service")
_PACKAGE = "/kalemia/"


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.msg if record.name == _LOGGER.name else record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            said["event"], said["fault"] = "fault", fault_of(record.exc_info[1] or record.exc_info[0]())
        return json.dumps(said)


def log(event: str, **facts: object) -> None:
    """Log that something happened."""
    _LOGGER.info(event, extra={"facts": facts})


def fault_of(error: BaseException) -> str:
    """Kind and place of an error that was not foreseen, without its text, which may quote what was sent."""
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if _PACKAGE in frame.filename]
    where = f" at {places[-1].filename.rpartition(_PACKAGE)[2]}:{places[-1].lineno}" if places else ""
    return f"{type(error).__name__}{where}"


def log_as_json() -> None:
    """Let the service and the server below it log so."""
    handler = logging.StreamHandler()
    handler.setFormatter(_AsJson())
    for logger in (_LOGGER, logging.getLogger("uvicorn.error"), logging.getLogger("asyncio")):
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
