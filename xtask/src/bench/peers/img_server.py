"""The peer that img-server is measured against: the tutorials' design, a thread for each client, which
makes the JSON of a text that was encoded once.

What it is given so that it works at all under load: a long backlog, and sendall for send.
"""

import socket
import sys
from base64 import b64encode
from json import dumps
from pathlib import Path
from threading import Thread

path = Path(sys.argv[1])
data = b64encode(path.read_bytes()).decode("utf-8")


def serve(client):
    with client:
        try:
            client.sendall(dumps({"filename": path.name, "filedata": data}).encode("utf-8"))
        except OSError:
            pass


server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(512)
host, port = server.getsockname()
print(f"listening on {host}:{port}", flush=True)
while True:
    client, _ = server.accept()
    Thread(target=serve, args=(client,), daemon=True).start()
