"""Which condition speaks for which alert."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from panel.alerts.alert import Alert
from panel.alerts.conditions.certificate import does_certificate_end
from panel.alerts.conditions.failures import do_messages_come_back, do_messages_fail
from panel.alerts.conditions.held import is_mail_held
from panel.alerts.conditions.machine import is_disk_full, is_secret_lost, is_unwritable
from panel.alerts.conditions.paused import is_paused_long
from panel.alerts.conditions.quota import is_quota_used
from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.sign_in import does_secret_end, is_sign_in_refused
from panel.alerts.conditions.silent import is_silent
from panel.alerts.conditions.view import View
from panel.alerts.conditions.waiting import is_waiting_long
from panel.alerts.conditions.workers import is_without_worker
from panel.alerts.incident import Incident

Condition = Callable[[View, Incident | None], Sign | None]  # given what is open of its alert

CONDITIONS: Mapping[Alert, Condition] = {
    Alert.HELD: is_mail_held,
    Alert.SIGN_IN_REQUIRED: is_sign_in_refused,
    Alert.SECRET_EXPIRES: does_secret_end,
    Alert.NO_WORKER: is_without_worker,
    Alert.WAITING: is_waiting_long,
    Alert.FAILING: do_messages_fail,
    Alert.BOUNCED: do_messages_come_back,
    Alert.QUOTA: is_quota_used,
    Alert.SECRET_UNREADABLE: is_secret_lost,
    Alert.DATABASE: is_unwritable,
    Alert.DISK: is_disk_full,
    Alert.CERTIFICATE: does_certificate_end,
    Alert.PAUSED: is_paused_long,
    Alert.SILENT: is_silent,
}
