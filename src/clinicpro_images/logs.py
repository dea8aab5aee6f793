"""The log: one JSON line per event on standard error, or readable lines on a terminal."""

import logging
import sys

import structlog


def configure_logs(*, readable: bool, level: int = logging.INFO) -> None:
    """Set structlog up: `readable` for people, else JSON lines; nothing below `level` is shown."""
    renderer = (
        structlog.dev.ConsoleRenderer(colors=False) if readable else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where_only,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Without a handler of ours Python prints what libraries log as it is, exceptions and all.
    logging.basicConfig(handlers=[_Libraries()], level=max(level, logging.WARNING), force=True)


class _Libraries(logging.Handler):
    """Tells that a library complained: which one and of what kind of exception, never in its own words."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one line in the shape of all others."""
        structlog.get_logger().log(
            record.levelno,
            "library.complaint",
            message="A library complained.",
            library=record.name,
            said_at=f"{record.module}:{record.lineno}",
            **({"exc_info": record.exc_info[1]} if record.exc_info else {}),
        )


def _where_only(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace an exception by its type and place: its message and its variables may say who the patient is."""
    caught = event.pop("exc_info", None)
    error = sys.exception() if caught is True else caught if isinstance(caught, BaseException) else None
    if error is not None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        event["fault"] = type(error).__name__
        event["where"] = (
            "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        )
    return event
