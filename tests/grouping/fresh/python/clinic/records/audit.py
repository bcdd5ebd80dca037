"""Who looked at which record. The sink may be down; care goes on."""

import logging
import socket

log = logging.getLogger(__name__)

SINK = ("127.0.0.1", 3)


def note(patient, action, by):
    try:
        with socket.create_connection(SINK, timeout=1) as sink:
            sink.sendall(f"{patient} {action} {by}\n".encode())
    except OSError as error:
        log.error(
            "audit event dropped: %s patient=%s action=%s by=%s",
            error,
            patient,
            action,
            by,
            extra={"error_type": type(error).__name__},
        )
