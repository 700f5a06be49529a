//! FTP
