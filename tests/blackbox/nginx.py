"""nginx in front of a server under test: on a free port of this machine, with files of its own."""
import os
import socket
import subprocess

from support import DEADLINE_S, eventually, free_port

BINARY = "/usr/sbin/nginx"

# An answer that came from the server behind says so; one that nginx made itself has no such field.
CONFIG = """
{user}
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  add_header X-Behind $upstream_status always;
  upstream confab {{
    server 127.0.0.1:{behind};
    keepalive 1;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://confab;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream off;
      proxy_request_buffering {buffering};
    }}
  }}
}}
"""


class Nginx:
    """Passes everything on to the server. `buffering`: bodies are read whole first."""

    def __init__(self, directory, server, buffering):
        self.port = free_port()
        config = directory / "nginx.conf"
        config.write_text(CONFIG.format(user="user root;" if os.geteuid() == 0 else "",
                                        directory=directory, behind=server.port, port=self.port,
                                        buffering="on" if buffering else "off"))
        self._log = (directory / "stderr").open("wb")
        self._process = subprocess.Popen([BINARY, "-p", directory, "-c", config],
                                         stdin=subprocess.DEVNULL, stdout=self._log,
                                         stderr=self._log)
        try:
            eventually(self._answers, f"nginx to listen; see {directory / 'stderr'}")
        except BaseException:
            self.stop()
            raise

    def _answers(self):
        assert self._process.poll() is None, "nginx has ended"
        try:
            socket.create_connection(("127.0.0.1", self.port), DEADLINE_S).close()
        except ConnectionRefusedError:
            return False
        return True

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
