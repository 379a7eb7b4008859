"""What a WSGI server loads: `gunicorn --no-control-socket wsgi:app`."""

from panel import config
from panel.web import create_app

app = create_app(config.read())
