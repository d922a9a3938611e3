//! The app that a recipe deploys, and the static files that it publishes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use hyper::StatusCode;
use rehearsal::reference_app::{AppTrust, KeyHost, ReferenceApp, Settings};
use rehearsal::serve::{Request, Server, empty, reply};
use tokio::runtime::Runtime;

/// An app whose key host is the web server of a folder.
pub(super) struct Deployment {
    _runtime: Runtime,
    app: ReferenceApp,
    _files: Server,
}

impl Deployment {
    /// Starts both. The folder need not be there yet.
    pub(super) fn start(public: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let public = public.to_owned();
        let (app, files) = runtime.block_on(async {
            let answer = move |request: Request| {
                let public = public.clone();
                async move { file(&public, request.uri().path()) }
            };
            let files = Server::start(([127, 0, 0, 1], 0).into(), None, answer).await.expect("a port");
            let key_host = KeyHost::new(format!("{}/connect-keys", files.origin()));
            let app = ReferenceApp::start(Settings::new(AppTrust::KeyHost(key_host))).await.expect("a port");
            (app, files)
        });
        Self { _runtime: runtime, app, _files: files }
    }

    /// Writes the script that stands for a vendor's own way to deploy.
    pub(super) fn write_script(&self, path: &Path) {
        fs::write(path, format!("#!/bin/sh\nprintf %s '{}' > app-url\n", self.app.base_url()))
            .expect("written");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permitted");
    }
}

fn file(public: &Path, path: &str) -> rehearsal::serve::Response {
    let name: PathBuf = path.trim_start_matches('/').split('/').filter(|part| *part != "..").collect();
    match fs::read(public.join(name)) {
        Ok(content) => reply(StatusCode::OK, "text/plain", content),
        Err(_) => empty(StatusCode::NOT_FOUND),
    }
}
