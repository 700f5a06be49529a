/* What a web server cannot do without, and nothing more: wait, receive, send one prepared answer.
 *
 * web_limit THREADS LENGTH [close]: each thread has its own listener (SO_REUSEPORT) and its own epoll,
 * edge-triggered. Nothing is parsed: whatever arrives is answered with LENGTH bytes; with `close` the
 * connection is then closed. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char *answer;
static size_t answer_length;
static int closes;
static struct sockaddr_in address = {.sin_family = AF_INET};

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int listen_here(void) {
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) die("listen");
    socklen_t length = sizeof address;
    getsockname(listener, (struct sockaddr *)&address, &length);
    return listener;
}

static void *serve(void *argument) {
    int listener = *(int *)argument, epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = listener}, events[1024];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    char request[65536];
    for (;;) {
        int count = epoll_wait(epoll, events, 1024, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
                    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
                    event.data.fd = fd;
                    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
                }
                continue;
            }
            ssize_t length = recv(fd, request, sizeof request, 0);
            if (length > 0) {
                send(fd, answer, answer_length, MSG_NOSIGNAL);
                if (closes) close(fd);
            } else if (length == 0) {
                close(fd);
            }
        }
    }
    return 0;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    int threads = atoi(arguments[1]), body = atoi(arguments[2]);
    closes = count > 3;
    answer = malloc(body + 512);
    answer_length = sprintf(answer, "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Accept-Ranges: bytes\r\nX-Content-Type-Options: nosniff\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "ETag: \"186a7e3b1c8e9f00-400\"\r\n%sContent-Length: %d\r\n\r\n", closes ? "Connection: close\r\n" : "", body);
    memset(answer + answer_length, 'x', body);
    answer_length += body;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listeners[64];
    for (int i = 0; i < threads && i < 64; i++) listeners[i] = listen_here();
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    pthread_t thread;
    for (int i = 1; i < threads && i < 64; i++) pthread_create(&thread, 0, serve, &listeners[i]);
    serve(&listeners[0]);
}
