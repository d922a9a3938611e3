//! Why the app refused a request.

use hyper::StatusCode;

/// Why a request was refused. Its text never repeats what the request said: tokens and secrets are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("The request carries no token.")]
    NoToken,
    #[error("The token is no JWT.")]
    MalformedToken,
    #[error("The token names no acceptable key id.")]
    UnacceptableKid,
    #[error("The key id is unknown.")]
    UnknownKid(StatusCode),
    #[error("Could not get public key.")]
    KeyHostFailed(StatusCode),
    #[error("The token's algorithm is not acceptable.")]
    WrongAlgorithm,
    #[error("The token's signature is wrong.")]
    WrongSignature,
    #[error("The token is meant for another audience.")]
    WrongAudience,
    #[error("The token's issuer is not the tenant of the payload.")]
    WrongIssuer,
    #[error("The token has expired.")]
    Expired,
    #[error("The token was issued in the future.")]
    FromTheFuture,
    #[error("The token's query hash does not fit the request.")]
    WrongQueryHash,
    #[error("The tenant is not installed.")]
    UnknownTenant,
    #[error("The payload is not acceptable: {0}.")]
    Payload(&'static str),
    #[error("The tenant exists already.")]
    Conflict,
    #[error("Internal error.")]
    Internal,
}

impl Refusal {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::UnknownKid(status) | Self::KeyHostFailed(status) => status,
            Self::Payload(_) => StatusCode::BAD_REQUEST,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoToken
            | Self::MalformedToken
            | Self::UnacceptableKid
            | Self::WrongAlgorithm
            | Self::WrongSignature
            | Self::WrongAudience
            | Self::WrongIssuer
            | Self::Expired
            | Self::FromTheFuture
            | Self::WrongQueryHash
            | Self::UnknownTenant => StatusCode::UNAUTHORIZED,
        }
    }
}
