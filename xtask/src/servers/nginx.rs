//! nginx.

use std::fs;

use anyhow::{Context, Result};
use harness::Stream;

use super::{Certificate, Running, Tool, files, folder, start_on_port};

/// Starts nginx. `settings` go into its `server { … }`; the files that it serves are put into
/// [`Running::files`]. With a certificate it speaks TLS only.
pub(crate) fn nginx(settings: &str, certificate: Option<&Certificate>) -> Result<Running> {
    let folder = folder()?;
    let config = folder.path().join("nginx.conf");
    let (process, address) = start_on_port(|port| {
        let (tls, files) = match certificate {
            None => (String::new(), files(&folder)),
            Some(certificate) => (tls(certificate), files(&folder)),
        };
        let ssl = if certificate.is_some() { " ssl" } else { "" };
        let root = files.display();
        // Whatever nginx keeps somewhere has to be named, or it is where the distribution's own is.
        let text = format!(
            "daemon off;
            pid nginx.pid;
            error_log stderr crit;
            events {{ worker_connections 512; }}
            http {{
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                log_format requests '$status $body_bytes_sent $request_method $request_uri $http_range';
                access_log requests.log requests;
                types {{ text/html html; image/jpeg jpg; }}
                sendfile on;
                server {{
                    listen 127.0.0.1:{port}{ssl};
                    server_name localhost;
                    root '{root}';
                    {tls}
                    {settings}
                }}
            }}\n"
        );
        fs::write(&config, text).context("cannot write the configuration of nginx")?;
        let nginx = Tool::NGINX.launch().args(["-e", "stderr", "-c"]);
        let nginx = nginx.show(Stream::Stderr);
        Ok(nginx.arg(&config).arg("-p").arg(folder.path()))
    })?;
    Ok(Running {
        process,
        address,
        folder,
    })
}

fn tls(certificate: &Certificate) -> String {
    let (chain, key) = (certificate.chain(), certificate.key());
    format!(
        "ssl_certificate '{}'; ssl_certificate_key '{}';",
        chain.display(),
        key.display()
    )
}
