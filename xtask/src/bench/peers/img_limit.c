/* The limit that img-server is measured against: the text to be sent is read from a file into memory,
 * and from then on: accept, write all of it, close, and nothing else. No time-outs, no log. The loop
 * runs in as many threads as there are clients: one alone would use one processor only, and be no
 * limit for a server that uses them all. Linux, macOS and the BSDs. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *step) {
    perror(step);
    exit(1);
}

enum { THREADS = 8 };

static char *text;
static size_t length;
static int listener;

static void read_text(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) < 0) fail(path);
    long size = ftell(file);
    if (size < 0) fail(path);
    rewind(file);
    length = (size_t)size;
    text = malloc(length);
    if (!text || fread(text, 1, length, file) != length) fail(path);
    fclose(file);
}

static void *serve(void *unused) {
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) {
            if (errno == ECONNABORTED || errno == EINTR) continue;
            fail("accept");
        }
        for (size_t at = 0; at < length;) {
            ssize_t sent = write(client, text + at, length - at);
            if (sent < 0 && errno == EINTR) continue;
            if (sent < 0) break;
            at += (size_t)sent;
        }
        close(client);
    }
    return unused;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: img_limit FILE\n");
        return 2;
    }
    read_text(argv[1]);

    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0) fail("socket");
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = 0, /* any free port */
    };
    socklen_t address_length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, address_length) < 0) fail("bind");
    if (listen(listener, 4096) < 0) fail("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &address_length) < 0) fail("getsockname");
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);

    signal(SIGPIPE, SIG_IGN); /* a client that is gone makes write fail, not the program end */
    for (int started = 1; started < THREADS; started++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, NULL) != 0) fail("pthread_create");
    }
    serve(NULL);
}
