//! How a chat ends.

#[cfg(unix)]
use harness::Signal;
use harness::{LIMIT, client};

use crate::talkers::{going, hears, receive, udp_peer, waiting};

#[test]
fn q_quit_and_the_end_of_input_end_it() {
    for input in ["last\nq\n", "last\nquit\n", "last\n", "last\nq\nnot this\n"] {
        let (peer, address) = udp_peer();
        let output = client("udp-chat")
            .args(["--peer", &address.to_string()])
            .stdin(input)
            .run();
        output.assert_success();
        assert_eq!(receive(&peer).0, b"hello");
        assert_eq!(receive(&peer).0, b"last");
        peer.set_nonblocking(true).unwrap();
        peer.recv(&mut [0; 10]).unwrap_err();
    }
}

#[cfg(unix)]
#[test]
fn with_stay_it_goes_on_listening_until_a_signal() {
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let (peer, address) = udp_peer();
        let chat = going("udp-chat", &["--peer", &address.to_string(), "--stay"]);
        let (_, from) = receive(&peer);
        chat.close_stdin();
        for text in ["one", "two"] {
            peer.send_to(text.as_bytes(), from).unwrap();
            hears(&chat, &format!("{address}: {text}"));
        }
        chat.signal(signal).unwrap();
        chat.wait(LIMIT).unwrap().assert_success();
    }
}

#[test]
fn with_stay_quit_still_ends_it() {
    let chat = waiting("udp-chat", &["--bind", "127.0.0.1:0", "--stay"]);
    chat.write_stdin("quit\n").unwrap();
    chat.wait(LIMIT).unwrap().assert_success();
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_also_while_nobody_has_written() {
    let chat = waiting("udp-chat", &["--bind", "127.0.0.1:0"]);
    chat.write_stdin("kept\n").unwrap();
    chat.signal(Signal::Terminate).unwrap();
    chat.wait(LIMIT).unwrap().assert_success();
}
