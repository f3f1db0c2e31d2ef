"""The long part of a digest: its figures and pictures, made in a process of its own beside the desk."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from bot.apart import Apart, Ended
from bot.config import Config
from bot.figures import report as reports
from bot.figures.charts import Picture, pictures
from bot.figures.report import Report, Wanted
from bot.figures.words import Words

SECONDS: Final = 300.0
"""How long one report may take."""


class Work(Struct, frozen=True, kw_only=True):
    """What is to be made: which report, as of when, in which language, and whether with pictures."""

    wanted: Wanted
    now: datetime
    language: str


class Made(Struct, frozen=True, kw_only=True):
    """What was made."""

    report: Report
    pictures: tuple[Picture, ...]
    table: bytes


def make(config: Config, work: Work) -> Made:
    """The report of a desk's database, its pictures and its tables as CSV. Raises ReportError, ConfigError."""
    from bot.wiring import build_office, open_store  # the desk's wiring knows of digests

    store = open_store(config, upgrade=False)
    try:
        with store.read() as session:
            office = build_office(config, session)
            report = reports.make(session, work.wanted, now=work.now, office=office, language=work.language)
    finally:
        store.close()
    table = reports.as_csv(report.sections, Words(report.language))
    return Made(report=report, pictures=tuple(pictures(report.sections)), table=table.encode("utf-8-sig"))


def make_apart(apart: Apart, config: Config, work: Work) -> Made:
    """The same in another process, which takes its memory with it. Raises what it raises, and Ended."""
    (made,) = apart.run([(make, (config, work))])
    if isinstance(made, Made):
        return made
    raise made if isinstance(made, Exception) else Ended("gave no report")
