//! The names of a synthetic tenant, which follow from the run, its index and what happened to it.

use std::sync::Arc;

use aws_lc_rs::digest;
use uuid::{Builder, Uuid};

use super::identity::ClientKey;
use super::site::Site;
use super::variant::{PayloadVariant, Profile};

/// What a tenant's names are made from.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) key: KeyForm,
    pub(super) name: Arc<str>,
    pub(super) site: Site,
    /// How many tenants it has been.
    pub(super) tenants: u32,
    /// How many clientKeys it has had.
    pub(super) keys: u32,
    /// How many names its site has had.
    pub(super) sites: u32,
}

/// What kind of text a clientKey is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyForm {
    Plain,
    Hostname,
    Uuid,
}

impl KeyForm {
    /// The kind that a profile asks for. A hostname goes before a UUID.
    pub(super) fn of(profile: &Profile) -> Self {
        if profile.variants.contains(&PayloadVariant::HostnameClientKey) {
            Self::Hostname
        } else if profile.variants.contains(&PayloadVariant::UuidClientKey) {
            Self::Uuid
        } else {
            Self::Plain
        }
    }
}

impl Names {
    /// The clientKey of now.
    pub(super) fn client_key(&self) -> ClientKey {
        let name = match self.keys {
            1 => self.name.to_string(),
            nth => format!("{}-{nth}", self.name),
        };
        let text = match self.key {
            KeyForm::Plain => name,
            KeyForm::Hostname => format!("{name}.atlassian.net"),
            KeyForm::Uuid => marked_uuid(&name).to_string(),
        };
        ClientKey::new(text).expect("made of a key and digits, neither empty nor with control characters")
    }

    /// The site under its name of now.
    pub(super) fn site(&self) -> Site {
        self.site.named(self.sites)
    }

    /// An id that belongs to the site, under whatever name and with whatever data.
    pub(super) fn site_uuid(&self, purpose: &str) -> Uuid {
        derived_uuid(format!("{purpose} of {} {}", self.name, self.tenants))
    }
}

/// The first group of every UUID-shaped clientKey of ours, by which it can be told from a real one.
const UUID_MARK: [u8; 4] = [0x7e, 0x4e, 0xa7, 0x5a];

fn marked_uuid(name: &str) -> Uuid {
    let mut bytes = derived_uuid(name).into_bytes();
    bytes[..UUID_MARK.len()].copy_from_slice(&UUID_MARK);
    Uuid::from_bytes(bytes)
}

/// A UUID of version 8 that follows from a text.
pub(super) fn derived_uuid(text: impl AsRef<[u8]>) -> Uuid {
    let hash = digest::digest(&digest::SHA256, text.as_ref());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
