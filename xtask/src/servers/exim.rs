//! Exim: a mail server that keeps every message in a folder.

use std::fs;

use anyhow::{Context, Result};

use super::{Running, Tls, Tool, files, folder, let_everybody, start_on_port};

/// What one logs in with, under TLS.
pub(crate) const USER: &str = "rose";
/// That user's password.
pub(crate) const PASSWORD: &str = "sesame";

/// Starts Exim. It takes mail for everybody, except that `later@…` is refused for now and `never@…` for
/// good; with TLS only from [`USER`], who can log in when the connection is encrypted. Each message is
/// kept once for each recipient, in a file of [`Running::files`]`/new`, with the envelope in front:
/// `Return-path` and `Envelope-to`.
pub(crate) fn exim(tls: Tls<'_>) -> Result<Running> {
    let folder = folder()?;
    let spool = folder.path().join("spool");
    fs::create_dir(&spool).context("cannot create a folder")?;
    for path in [&spool, &files(&folder)] {
        let_everybody(path, 0o777)?;
    }
    let config = folder.path().join("exim.conf");
    let (process, address) = start_on_port(|port| {
        let (user, group) = nobody();
        let (files, spool) = (files(&folder), spool.display());
        let text = format!(
            "primary_hostname = localhost
            exim_user = {user}
            exim_group = {group}
            spool_directory = {spool}
            log_file_path = {spool}/%slog
            pid_file_path = {spool}/exim.pid
            local_interfaces = 127.0.0.1
            daemon_smtp_ports = {port}
            {}
            deliver_drop_privilege
            never_users =
            keep_environment =
            smtp_accept_max = 50
            message_size_limit = 100M
            smtputf8_advertise_hosts = *
            acl_smtp_rcpt = recipient
            acl_smtp_data = accept
            begin acl
            recipient:
              {}
              defer local_parts = later
                    message = try later
              deny local_parts = never
                   message = no such user
              accept
            begin routers
            everybody:
              driver = accept
              transport = keep
            begin transports
            keep:
              driver = appendfile
              directory = {}
              maildir_format
              envelope_to_add
              return_path_add
            begin authenticators
            plain:
              driver = plaintext
              public_name = PLAIN
              server_prompts = :
              server_condition = ${{if and {{{{eq{{$auth2}}{{{USER}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
              server_set_id = $auth2\n",
            encryption(tls, port),
            match tls {
                Tls::None => "",
                _ => "deny !authenticated = *\n message = log in first",
            },
            files.display(),
        );
        fs::write(&config, text).context("cannot write the configuration of Exim")?;
        let exim = Tool::EXIM.launch().arg("-bdf").arg("-C").arg(&config);
        Ok(exim)
    })?;
    Ok(Running {
        process,
        address,
        folder,
    })
}

fn encryption(tls: Tls<'_>, port: u16) -> String {
    let Some(certificate) = tls.certificate() else {
        return "tls_advertise_hosts =".to_owned();
    };
    let at_once = match tls {
        Tls::Implicit(_) => format!("tls_on_connect_ports = {port}"),
        _ => String::new(),
    };
    format!(
        "tls_certificate = {}
         tls_privatekey = {}
         auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
         {at_once}",
        certificate.chain().display(),
        certificate.key().display(),
    )
}

/// Who Exim becomes: nobody, if it can.
#[cfg(unix)]
fn nobody() -> (u32, u32) {
    use rustix::process::{getegid, geteuid};

    const NOBODY: u32 = 65534;
    match super::am_root() {
        true => (NOBODY, NOBODY),
        false => (geteuid().as_raw(), getegid().as_raw()),
    }
}

/// Windows has no such numbers, and no Exim.
#[cfg(not(unix))]
fn nobody() -> (u32, u32) {
    (0, 0)
}
