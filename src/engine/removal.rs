//! Cleaning up: the synthetic tenants are uninstalled, signed as Atlassian would.

use super::call::{Call, reception};
