/* The limit that time-server is measured against: accept, write 26 bytes prepared beforehand, close,
 * and nothing else. One thread, three system calls a connection, no event loop, no clock, no log. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* As long as the default answer of time-server: `2026-11-21 08:15:30.123456`. */
static const char ANSWER[] = "2026-11-21 08:15:30.123456";

static void fail(const char *step) {
    perror(step);
    exit(1);
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0) fail("socket");

    int on = 1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) fail("setsockopt");

    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = 0, /* any free port */
    };
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) < 0) fail("bind");
    if (listen(listener, 4096) < 0) fail("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) < 0) fail("getsockname");

    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);

    /* A client that is gone already is to make `write` fail, not to end the program. */
    signal(SIGPIPE, SIG_IGN);

    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) {
            if (errno == ECONNABORTED || errno == EINTR) continue;
            fail("accept");
        }
        /* 26 bytes always fit into an empty send buffer, so a short write cannot happen. */
        if (write(client, ANSWER, sizeof ANSWER - 1) < 0 && errno != EPIPE && errno != ECONNRESET)
            fail("write");
        close(client);
    }
}
