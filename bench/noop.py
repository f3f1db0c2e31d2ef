"""The no-op: aiosmtpd with a handler that answers 250 at once. Nobody who listens with aiosmtpd can accept faster."""

import argparse
import asyncio
import signal

from aiosmtpd.smtp import SMTP, Envelope, Session

LIFETIME = 3600.0
"""Seconds after which the program ends by itself, should whoever started it be gone."""


class Nothing:
    """Takes every mail and keeps none."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 (aiosmtpd's names)
        return "250 OK"


async def serve(handler: object, port: int) -> None:
    """Listen with aiosmtpd on loopback until SIGTERM, SIGINT or the end of LIFETIME."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    loop.call_later(LIFETIME, stop.set)
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="floor.example", loop=loop, enable_SMTPUTF8=True), "127.0.0.1", port
    )
    await stop.wait()
    server.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    asyncio.run(serve(Nothing(), arguments.parse_args().port))


if __name__ == "__main__":
    main()
