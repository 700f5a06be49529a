//! The tutorial's client, as raw socket calls: its nickname in UTF-8, its messages in GBK, and no
//! newline after either.

use super::{OFFLINE, logs, start, with_frames, with_nc, with_python};
use crate::wire::Peer;

/// 你好
const HELLO: &[u8] = b"\xc4\xe3\xba\xc3";
/// 小红
const XIAO_HONG: &[u8] = b"\xd0\xa1\xba\xec";
/// 对方已离线,不能接收消息
const IS_OFFLINE: &[u8] =
    b"\xb6\xd4\xb7\xbd\xd2\xd1\xc0\xeb\xcf\xdf,\xb2\xbb\xc4\xdc\xbd\xd3\xca\xd5\xcf\xfb\xcf\xa2";

#[test]
fn two_of_the_tutorials_clients_write_to_each_other_in_gbk() {
    let server = start(&[]);
    let mut hong = with_python(&server, "小红");
    let mut ming = with_python(&server, "小明");
    ming.send([XIAO_HONG, b":", HELLO].concat());
    assert_eq!(hong.recv(), [b"\xd0\xa1\xc3\xf7:", HELLO].concat());
    hong.send([b"all:", HELLO].concat());
    assert_eq!(ming.recv(), [XIAO_HONG, b":", HELLO].concat());
}

#[test]
fn somebody_offline_is_told_of_as_in_the_tutorial_and_to_the_sender_alone() {
    let server = start(&[]);
    let mut hong = with_python(&server, "小红");
    let ming = with_python(&server, "小明");
    hong.send("Rose:are you there?");
    assert_eq!(hong.recv(), [b"server:", IS_OFFLINE].concat());
    assert!(ming.has_nothing());
}

#[test]
fn chinese_text_arrives_whole_from_every_kind_of_client_at_every_other() {
    let server = start(&[]);
    let mut python = with_python(&server, "小红");
    let mut nc = with_nc(&server, "小明");
    let mut ours = with_frames(&server, "大锤");

    python.send([b"all:", HELLO].concat());
    nc.hears("小红:你好");
    ours.is_told("小红", "all", "你好");

    nc.says("你好");
    assert_eq!(python.recv(), [b"\xd0\xa1\xc3\xf7:", HELLO].concat());
    ours.is_told("小明", "all", "你好");

    ours.tells("all", "你好");
    assert_eq!(python.recv(), [b"\xb4\xf3\xb4\xb8:", HELLO].concat());
    nc.hears("大锤:你好");

    python.send([b"\xd0\xa1\xc3\xf7:", HELLO].concat());
    nc.hears("小红:你好");
    nc.says("大锤:你好");
    ours.is_told("小明", "大锤", "你好");
    ours.tells("小红", "你好");
    assert_eq!(python.recv(), [b"\xb4\xf3\xb4\xb8:", HELLO].concat());
    nc.is_in("小明");
    ours.hears_no_more();
    assert!(python.has_nothing());
}

/// Its user has typed the nickname in a program that sends all in GBK.
#[test]
fn a_nickname_in_gbk_is_the_same_as_in_utf_8() {
    let server = start(&[]);
    let mut peer = Peer::connect(&server);
    peer.send(XIAO_HONG);
    logs(&server, &format!("{} is 小红", peer.address()));
    with_nc(&server, "Ann").says("小红:hi");
    assert_eq!(peer.recv(), b"Ann:hi");
}

#[test]
fn a_character_that_gbk_does_not_have_is_a_question_mark() {
    let server = start(&[]);
    let mut python = with_python(&server, "Rose");
    with_nc(&server, "Ann").says("🎉!");
    assert_eq!(python.recv(), b"Ann:?!");
}

/// Lines in GBK are answered in GBK, and lines in UTF-8 from then on too.
#[test]
fn who_has_once_sent_gbk_is_sent_gbk_from_then_on() {
    let server = start(&[]);
    let mut nc = with_nc(&server, "Ann");
    let mut other = with_nc(&server, "Bob");
    nc.send([HELLO, b"\n"].concat());
    other.hears("Ann:你好");
    for _ in 0..2 {
        other.says("你好");
        nc.expect([b"Bob:", HELLO, b"\n"].concat());
        nc.says("in UTF-8: 你好");
        other.hears("Ann:in UTF-8: 你好");
    }
}

/// Whoever has ended one message with a newline is a line client, whatever came before.
#[test]
fn answers_end_as_the_last_message_has_ended() {
    let server = start(&[]);
    let mut peer = with_python(&server, "Rose");
    let mut nc = with_nc(&server, "Ann");
    nc.says("one 你");
    assert_eq!(peer.recv(), b"Ann:one \xc4\xe3");
    peer.says("hi");
    nc.hears("Rose:hi");
    nc.says("two 你");
    peer.hears("Ann:two 你");
}

#[test]
fn the_charset_can_be_set_for_all_who_send_text() {
    let server = start(&["--text-charset", "utf-8"]);
    let mut python = with_python(&server, "Rose");
    python.send([b"Nobody:", HELLO].concat());
    assert_eq!(python.recv(), OFFLINE.as_bytes());

    let server = start(&["--text-charset", "gbk"]);
    let mut nc = with_nc(&server, "Rose");
    nc.says("Nobody:你好");
    nc.expect([b"server:", IS_OFFLINE, b"\n"].concat());
}

#[test]
fn the_last_message_of_one_who_leaves_arrives() {
    let server = start(&[]);
    let mut nc = with_nc(&server, "Ann");
    let mut python = with_python(&server, "Rose");
    python.send("all:good bye");
    python.finish();
    nc.hears("Rose:good bye");
    python.expect_end();
}
