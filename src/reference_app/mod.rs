//! A real, small and correct Connect app, with every fault as a named behaviour on top.
//!
//! It publishes its descriptor, takes the lifecycle callbacks and verifies them as apps should, keeps its
//! tenants in memory, and has a page that only a tenant's current secret opens. The demo and the tests run
//! against it. Its verification is its own on purpose: an app that shared the prober's token code would
//! agree with the prober's mistakes. Only the query hash is shared, which published vectors pin down.

mod app;
mod descriptor;
mod fault;
mod key_host;
mod misbehaviour;
mod payload;
mod refusal;
mod settings;
mod tenants;
mod token;
mod verify;

pub use fault::{Fault, FaultSetup, Running, ShownBy, Stage};
pub use misbehaviour::Misbehaviour;
pub use settings::{AppTrust, KeyHost, Settings};

use std::net::SocketAddr;
use std::sync::Arc;

use app::App;

use crate::serve::{Request, Server, StartError};

/// The app, serving until it is stopped or dropped.
#[derive(Debug)]
pub struct ReferenceApp {
    server: Server,
    app: Arc<App>,
}

impl ReferenceApp {
    /// Starts the app. Needs a tokio runtime.
    ///
    /// # Errors
    /// When its address can't be listened on.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        // The base URL holds the port, which is known only once the listener stands.
        let app = Arc::new(App::new(&settings));
        let answering = Arc::clone(&app);
        let server = Server::start(settings.address, settings.tls.clone(), move |request: Request| {
            let app = Arc::clone(&answering);
            async move { app.answer(&request).await }
        })
        .await?;
        app.set_base_url(settings.base_url(&server));
        Ok(Self { server, app })
    }

    /// The address listened on, with the port that was picked.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The base URL, as the descriptor states it.
    pub fn base_url(&self) -> &str {
        self.app.base_url()
    }

    /// The descriptor, as it is served.
    pub fn descriptor(&self) -> String {
        self.app.descriptor()
    }

    /// The clientKeys of the tenants that are installed now, in order.
    pub fn tenants(&self) -> Vec<String> {
        self.app.tenants().client_keys()
    }

    /// How many callbacks of any kind have arrived, refused ones included.
    pub fn callbacks(&self) -> u64 {
        self.app.callbacks()
    }

    /// Stops listening and forgets all tenants.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
