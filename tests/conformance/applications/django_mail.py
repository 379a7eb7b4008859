"""Sends as a Django application does: the settings are in the package `shop` of the working directory."""

import os
import sys

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's Django, behind what the panel brings
sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"

import django
from django.core.mail import EmailMessage

_, to, bcc, subject, text = sys.argv
django.setup()
message = EmailMessage(subject, text, "お店 <shop@example.org>", [to], [bcc])
message.attach("表.csv", "番号\n1\n", "text/csv")
sys.exit(message.send() != 1)
