"""A worker as a process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from panel import logs
from panel.config import Config
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.worker import Worker
from panel.server.alert_watch import AlertWatch
from panel.server.diagnosis_watch import DiagnosisWatch
from panel.server.stops import on_stop
from panel.services import Services, open_services
from panel.storage.folder import served
from panel.storage.opening import require_fit

if TYPE_CHECKING:
    from panel.server.drop_watch import DropWatch
    from panel.server.given_settings import FileWatch


def run(config: Config, *, alone: bool = False) -> None:
    """Work in this process until SIGTERM or SIGINT; `alone`, take the settings of a file into use as `serve` does."""
    require_fit(*config.place)
    if config.drop:
        from panel.outbox.drop.folder import refuse_unfit_drop  # few panels have one

        refuse_unfit_drop(config.drop, config.home)
    services = open_services(config)
    watches = [
        *(AlertWatch(services), DiagnosisWatch(services)),
        *(_file_watch(services) if alone else ()),
        *_drop_watch(services),
    ]
    worker = make_worker(services)
    on_stop(worker.stop)
    with served(config.database_path):
        for watch in watches:
            watch.start()
        logs.info("worker_began", worker=worker.name)
        worker.run(services.database.notifier)
        for watch in watches:
            watch.stop()
    logs.info("worker_ended", worker=worker.name)


def _file_watch(services: Services) -> Iterator[FileWatch]:
    """Take the settings of a file into use, where one gives them, and give what does so again when SIGHUP asks."""
    if services.config.settings_file:
        from panel.server.given_settings import FileWatch  # few panels have a file

        yield FileWatch(services)


def _drop_watch(services: Services) -> Iterator[DropWatch]:
    """Give what takes mail in from the folder for it, where there is one."""
    if folder := services.config.drop:
        from panel.server.drop_watch import DropWatch

        yield DropWatch(services, folder)


def make_worker(services: Services) -> Worker:
    """Make a worker that is not running yet."""
    config = services.config
    return Worker(
        services.outbox,
        Claims(services.database, keep_bodies=bool(config.keep_bodies)),
        services.settings,
        services.heartbeats,
        policy=config.policy,
        window=config.window,
        keep=(timedelta(days=config.keep_bodies), timedelta(days=config.keep_log)),
        tokens=services.access_tokens,
        hourly=services.do_hourly,
        minutely=services.end_forgotten,
    )
