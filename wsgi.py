"""What a WSGI server loads: any will do, such as `gunicorn --threads 8 wsgi:app`."""

from panel import config, logs
from panel.server.web_server import warn_of_unknown_variables
from panel.web import create_app

read = config.read()
logs.configure(read.log_format)
warn_of_unknown_variables()
app = create_app(read)
