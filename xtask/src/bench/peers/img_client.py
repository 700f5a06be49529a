"""The peer that img-client is measured against: the tutorials' client, with a buffer of 64 KB for
theirs of 1,024 bytes, and a list for their `+=`, which copies all that has come each time.
"""

import socket
import sys
from base64 import b64decode
from json import loads
from pathlib import Path

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_connection((host, int(port))) as client:
    pieces = []
    while piece := client.recv(64 * 1024):
        pieces.append(piece)

picture = loads(b"".join(pieces).decode("utf-8"))
Path(sys.argv[2], picture["filename"]).write_bytes(b64decode(picture["filedata"].encode("utf-8")))
