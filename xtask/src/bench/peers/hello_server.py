"""The peer that hello-server is measured against: the same service as a person would write it with
Python's standard library, a thread for each client and a line for each request.

To be fair it gets a long backlog, and TCP_NODELAY, without which a reply could wait for the
acknowledgement of the one before it.
"""

import socketserver


class Hello(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        self.wfile.write(b"Welcome!")
        for line in self.rfile:
            name = line.decode().rstrip("\r\n")
            if name == "exit":
                break
            self.wfile.write(f"Hello, {name}!\n".encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024


with Server(("127.0.0.1", 0), Hello) as server:
    host, port = server.server_address
    print(f"listening on {host}:{port}", flush=True)
    server.serve_forever()
