"""What a WSGI server loads: any will do, such as `gunicorn --threads 8 wsgi:app`."""

from panel import config
from panel.web import create_app

app = create_app(config.read())
