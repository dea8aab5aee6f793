"""The log: one JSON line per event on standard error, or readable lines on a terminal."""

import logging
import sys

import structlog


def configure_logs(*, readable: bool, level: int = logging.INFO) -> None:
    """Set structlog up: lines for people if `readable`, otherwise JSON; nothing below `level` is shown."""
    renderer = (
        structlog.dev.ConsoleRenderer(colors=False) if readable else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _replace_exception,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Without our own handler, Python prints the log messages of libraries unchanged, with their exceptions.
    logging.basicConfig(handlers=[_LibraryHandler()], level=max(level, logging.WARNING), force=True)


class _LibraryHandler(logging.Handler):
    """Logs that a library logged a warning: its name, the place and the type of an exception, never its text."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one line, with the same keys as all others."""
        structlog.get_logger().log(
            record.levelno,
            "library.warning",
            message=f"Warning from {record.name}; its text may name a patient and is left out.",
            library=record.name,
            logged_at=f"{record.module}:{record.lineno}",
            **({"exc_info": record.exc_info[1]} if record.exc_info else {}),
        )


def _replace_exception(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace an exception with its type and place: its message and variables may identify the patient."""
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
