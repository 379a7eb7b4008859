"""What the machine lacks: the key, a data file that can be written, room on its disk."""

from __future__ import annotations

import shutil

from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident
from panel.storage.database import Database

MEGABYTE = 2**20
CLEARS_ABOVE = 120  # percent of what is too little


def is_secret_lost(view: View, incident: Incident | None) -> Sign | None:
    """Look whether there is a saved password, or a destination, that no key opens."""
    lost = sorted(view.version.unreadable)
    destinations = [] if lost else view.around.lost_destinations()
    if not lost and not destinations:
        return None
    facts = {**view.queue, "field": lost[0] if lost else None, "destinations": len(destinations)}
    return Sign(incident.since if incident else view.now, None, facts)


def is_unwritable(view: View, incident: Incident | None) -> Sign | None:
    """Look whether the database can be written, as a real write found within the last seconds."""
    if view.database.fault() is None:
        return None
    return Sign(incident.since if incident else view.now, None, unwritable_facts(view.machine, view.database))


def unwritable_facts(machine: str, database: Database) -> dict[str, object]:
    return {"host": machine, **({"on_server": True} if database.is_server else {})}


def is_disk_full(view: View, incident: Incident | None) -> Sign | None:
    """Look whether there is room on the disk of the data file; of a server's nobody here knows."""
    if view.database.is_server:
        return None
    least, free = view.thresholds.disk_megabytes, megabytes_free(view)
    if free * 100 >= least * (CLEARS_ABOVE if incident else 100):
        return None
    return Sign(incident.since if incident else view.now, None, {"host": view.machine, "megabytes": int(free)})


def megabytes_free(view: View) -> float:
    return shutil.disk_usage(view.around.folder).free / MEGABYTE
