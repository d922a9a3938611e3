//! What apps of this kind get wrong, each as a switch of its own.

/// One thing that the app does wrong, while all else stays right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misbehaviour {
    /// Takes callbacks without a token.
    AcceptsUnsigned,
    /// Never looks at the signature of a token.
    SkipsSignature,
    /// Takes `alg` from the token, `none` included.
    AcceptsAlgorithmNone,
    /// Takes `alg` from the token, so that HS256 with the public key as the secret passes.
    AcceptsPublicKeyAsSecret,
    /// Takes a callback whose key can't be had.
    AcceptsUnknownKid,
    /// Never looks at `aud`.
    IgnoresAudience,
    /// Never compares `iss` with the payload's clientKey.
    IgnoresIssuer,
    /// Never looks at `exp`.
    IgnoresExpiry,
    /// Never looks at `qsh`.
    IgnoresQueryHash,
    /// Takes a token without a `qsh` claim.
    AcceptsMissingQueryHash,
    /// Takes a context token, which every user of the product has, for a lifecycle callback.
    AcceptsContextToken,
    /// Answers a token that is no JWT with 500.
    FailsOnMalformedToken,
    /// Answers 404 with "Could not get public key" when the key host does not answer.
    HidesKeyHostFailure,
    /// Waits for the key host without a timeout.
    WaitsForKeyHost,
    /// Answers an install with 200 and the secret it was given.
    EchoesSecret,
    /// Keeps the first secret of a tenant: after a rotation the new one does not work.
    KeepsFirstSecret,
    /// Takes every secret a tenant ever had: after a rotation the old one still works.
    AcceptsOldSecrets,
    /// Inserts instead of upserting: a repeated install is answered 409.
    RefusesRepeats,
    /// Allows one tenant for each site: after an import of the site, the install is answered 500.
    RefusesImportedSite,
    /// Insists on a user behind the install: an automatic upgrade is answered 400.
    InsistsOnUser,
    /// Insists on `displayUrl`, which products may leave out.
    InsistsOnDisplayUrl,
    /// Insists on a clientKey that is a UUID.
    InsistsOnUuid,
    /// Insists on `installationId`, which a rename on Connect-on-Forge once left out.
    InsistsOnInstallationId,
    /// Keeps a tenant, and its secret, after it was uninstalled.
    KeepsUninstalledTenants,
}
