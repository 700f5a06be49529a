//! vsftpd: a careful FTP server, and a strict one where data connections are encrypted.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use harness::Stream;

use super::{Running, Tls, Tool, am_root, files, folder, let_everybody, start_on_port};

/// What one logs in with. vsftpd leaves passwords to the system, except that of the guest: so our user
/// is the guest, and has one all the same.
pub(crate) const USER: &str = "anonymous";
/// The guest's password.
pub(crate) const PASSWORD: &str = "sesame";

/// The folder, as one sees it after the login, in which everything is allowed.
pub(crate) const PUB: &str = "pub";

/// Starts vsftpd, with a folder [`PUB`] that may be written to. Under TLS everything has to be encrypted,
/// and each data connection has to go on with the session of its control connection.
pub(crate) fn vsftpd(tls: Tls<'_>, settings: &str) -> Result<Running> {
    let folder = folder()?;
    let path = |name: &str| folder.path().join(name);
    let make = |path: PathBuf| fs::create_dir(path).context("cannot create a folder");
    make(path("empty"))?;
    make(files(&folder).join(PUB))?;
    let_everybody(&files(&folder).join(PUB), 0o777)?;
    fs::write(path("passwords"), PASSWORD).context("cannot write the guest's password")?;

    let config = path("vsftpd.conf");
    let (process, address) = start_on_port(|port| {
        let folder = folder.path().display();
        // Without root it cannot become somebody else, nor shut itself into the folder.
        let launching = if am_root() { "NO" } else { "YES" };
        let text = format!(
            "listen=YES\n\
             background=NO\n\
             listen_address=127.0.0.1\n\
             listen_port={port}\n\
             connect_from_port_20=NO\n\
             run_as_launching_user={launching}\n\
             secure_chroot_dir={folder}/empty\n\
             seccomp_sandbox=NO\n\
             anon_root={folder}/files\n\
             secure_email_list_enable=YES\n\
             email_password_file={folder}/passwords\n\
             write_enable=YES\n\
             anon_upload_enable=YES\n\
             anon_mkdir_write_enable=YES\n\
             anon_other_write_enable=YES\n\
             anon_umask=022\n\
             ascii_upload_enable=YES\n\
             ascii_download_enable=YES\n\
             utf8_filesystem=YES\n\
             vsftpd_log_file={folder}/vsftpd.log\n\
             log_ftp_protocol=YES\n\
             xferlog_enable=YES\n\
             {}{settings}",
            encryption(tls)
        );
        fs::write(&config, text).context("cannot write the configuration of vsftpd")?;
        let vsftpd = Tool::VSFTPD.launch().arg(&config);
        // It lists names in other scripts only in a locale that has them.
        Ok(vsftpd.env("LC_ALL", "C.UTF-8").show(Stream::Stderr))
    })?;
    Ok(Running {
        process,
        address,
        folder,
    })
}

fn encryption(tls: Tls<'_>) -> String {
    let Some(certificate) = tls.certificate() else {
        return String::new();
    };
    let (chain, key) = (certificate.chain(), certificate.key());
    let implicit = match tls {
        Tls::Implicit(_) => "YES",
        _ => "NO",
    };
    format!(
        "ssl_enable=YES\n\
         implicit_ssl={implicit}\n\
         allow_anon_ssl=YES\n\
         force_anon_logins_ssl=YES\n\
         force_anon_data_ssl=YES\n\
         require_ssl_reuse=YES\n\
         ssl_ciphers=HIGH\n\
         rsa_cert_file={}\n\
         rsa_private_key_file={}\n",
        chain.display(),
        key.display()
    )
}
