//! The table of causes. It makes the [`FailureCause`] enum, so a cause without words for a person does
//! not compile.

use std::fmt;

use super::{Alert, Entry, Family, Owner};

/// Declares the closed enum of causes together with its table, one row for each leaf.
macro_rules! failure_causes {
    ($($variant:ident, $code:literal, $family:ident, $owner:ident,
       $meaning:literal, $causes:literal, $remedy:literal;)+) => {
        /// Why no complete response arrived. Closed on purpose: a new cause has to be decided everywhere.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FailureCause {
            $(#[doc = $meaning] $variant,)+
            /// The server ended the handshake with a TLS alert that has no code of its own.
            HandshakeAlert(Alert),
        }

        impl FailureCause {
            /// Every cause but the alerts, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The row of the table for this cause.
            pub const fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => &Entry {
                        family: Family::$family,
                        owner: Owner::$owner,
                        meaning: $meaning,
                        causes: $causes,
                        remedy: $remedy,
                    },)+
                    Self::HandshakeAlert(alert) => alert.entry(),
                }
            }

            const fn fixed_code(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($code),)+
                    Self::HandshakeAlert(_) => None,
                }
            }
        }
    };
}

failure_causes! {
    DnsNxdomain, "dns.nxdomain", Dns, Dns,
        "The name does not exist (NXDOMAIN).",
        "a typo in the base URL, a zone or record that was deleted, an expired domain, a record that exists only in a private zone",
        "Look the name up at the zone's own servers (`dig +trace NAME`) and create or repair the A, AAAA or CNAME record.";
    DnsNoData, "dns.no_data", Dns, Dns,
        "The name exists but has neither an A nor an AAAA record.",
        "only other record types (MX, TXT) at that name, a CNAME whose target lost its addresses",
        "Add an A or AAAA record at the name, or repair the target of its CNAME.";
    DnsServfail, "dns.servfail", Dns, Dns,
        "The resolver could not get an answer from the zone's servers (SERVFAIL).",
        "name servers of the zone down or misconfigured, a broken DNSSEC signature or DS record, a delegation to servers that don't serve the zone",
        "Check delegation and DNSSEC (`dig +trace`, `delv NAME`) and the health of the zone's name servers; if other names fail as well (--control-name NAME tries one), look at the resolver of this machine.";
    DnsRefused, "dns.refused", Dns, Dns,
        "The resolver refused to answer for this name (REFUSED).",
        "a delegation to a server that does not serve the zone, a resolver that does not serve this client",
        "Check that the zone's name servers serve the zone, and that the resolver in use accepts queries from this machine.";
    DnsTimeout, "dns.timeout", Dns, Dns,
        "No DNS answer arrived before the deadline.",
        "slow or unreachable name servers, UDP port 53 filtered, a resolver overloaded",
        "Query the zone's servers directly (`dig @SERVER NAME`); if other names are slow as well (--control-name NAME tries one), look at the resolver of this machine.";
    DnsMalformed, "dns.malformed", Dns, Dns,
        "The DNS answer could not be understood.",
        "a middlebox or name server that sends broken messages, an answer to another question, a long answer that can't be had over TCP",
        "Compare the answers of several resolvers (`dig @SERVER NAME +qr`, and with +tcp) and take the broken server out of service; if other names fail as well (--control-name NAME tries one), it is the resolver of this machine.";
    DnsCnameLoop, "dns.cname_loop", Dns, Dns,
        "The CNAME records of the name lead back to themselves.",
        "two aliases that point at each other after a move between providers",
        "Follow the aliases (`dig NAME CNAME`) and point the last one at a name that has addresses.";
    DnsResolverUnreachable, "dns.resolver_unreachable", Dns, Probe,
        "The probe's own resolver can't be reached.",
        "the machine is offline, a wrong address in resolv.conf or in --dns-server, a firewall between probe and resolver",
        "Repair the name resolution of the machine that runs the probe; the app has no part in this.";

    ConnectRefused, "connect.refused", Connect, App,
        "The server refused the TCP connection.",
        "the app is not running or listens on another port or interface, a load balancer without a listener, a deploy that stops the old instance before the new one listens",
        "Check that a process listens on that address and port (`ss -ltn`), then the load balancer's listeners and health checks.";
    ConnectReset, "connect.reset", Connect, App,
        "The TCP connection was reset while it was being opened.",
        "a firewall or load balancer that resets, a listener that was closed in that moment, a full accept queue set to reset",
        "Look at the load balancer's and firewall's logs for this address, and at the length of the accept queue.";
    ConnectTimeout, "connect.timeout", Connect, App,
        "No address accepted a TCP connection before the deadline.",
        "a firewall or security group that drops packets, a host that is down, a full accept queue, a DNS record that points at an old address",
        "Check the security groups and whether the addresses shown are the app's; Atlassian's published IP ranges must be allowed in.";
    ConnectNetworkUnreachable, "connect.network_unreachable", Connect, Network,
        "There is no route to the network of the address.",
        "an AAAA record while one side has no IPv6, a private address in public DNS, a missing route",
        "Check the addresses in DNS and the routes of both sides; remove the AAAA record if the app has no IPv6.";
    ConnectHostUnreachable, "connect.host_unreachable", Connect, Network,
        "The network answered that the host can't be reached.",
        "the host is down, a router or firewall rejects with ICMP, a private address in public DNS",
        "Check that the address in DNS is the app's and that the host is up.";
    ProxyRefused, "connect.proxy_refused", Connect, Network,
        "The proxy did not open a tunnel to the app.",
        "the proxy forbids the destination, wants credentials, or can't reach the app itself, and may wait for it without a word",
        "Read what the proxy said, if anything, in the evidence; allow the app's host and port there, or run without --proxy.";

    ProxyUnreachable, "connect.proxy_unreachable", Connect, Probe,
        "The proxy that the probe was told to use can't be reached.",
        "a wrong address in --proxy or HTTPS_PROXY, a proxy that is down, a firewall between probe and proxy",
        "Check the proxy's address and that it runs, or run without --proxy; the app has no part in this.";

    TlsCertificateExpired, "tls.certificate_expired", Tls, App,
        "The certificate has expired.",
        "an automatic renewal that failed, a renewed certificate that was not loaded by the server or by all instances",
        "Renew the certificate, reload every server that terminates TLS, and look at why the renewal did not run.";
    TlsCertificateNotYetValid, "tls.certificate_not_yet_valid", Tls, App,
        "The certificate is not valid yet.",
        "a certificate installed before its start, a wrong clock on this machine or at the issuer",
        "Compare the validity in the evidence with the clock of this machine (`date -u`), then install a certificate that is valid now.";
    TlsNameMismatch, "tls.name_mismatch", Tls, App,
        "The certificate is for other names than the base URL's.",
        "a load balancer's default certificate, a new host name that was not added, SNI not configured",
        "Issue a certificate whose subject alternative names hold the host of the base URL, and serve it for that SNI name.";
    TlsUnknownIssuer, "tls.unknown_issuer", Tls, App,
        "No trusted authority issued the certificate.",
        "a private CA, an intermediate certificate that is not sent, a middlebox that intercepts TLS",
        "Serve a certificate of a public CA with its full chain; for a private test CA give --cacert FILE.";
    TlsSelfSigned, "tls.self_signed", Tls, App,
        "The certificate is signed by itself.",
        "a development or default certificate in place of the real one",
        "Serve a certificate of a public CA; for a test set-up give --cacert FILE with that certificate.";
    TlsIncompleteChain, "tls.incomplete_chain", Tls, App,
        "The server did not send the intermediate certificate that links its own to a trusted root.",
        "only the leaf certificate configured instead of the full chain",
        "Configure the full chain (`fullchain.pem` rather than `cert.pem`); browsers often hide this, Atlassian's client does not.";
    TlsRevoked, "tls.revoked", Tls, App,
        "The certificate has been revoked by its issuer.",
        "a reported key compromise, a mass revocation by the CA, a replaced certificate still in use",
        "Install the replacement certificate on every server that terminates TLS.";
    TlsBadSignature, "tls.bad_signature", Tls, App,
        "A signature in the certificate chain or the handshake is wrong.",
        "a chain mixed from two CAs of the same name, a private key that does not belong to the certificate",
        "Rebuild the chain from the files of one issue, and check that key and certificate belong together.";
    TlsUnsupportedSignature, "tls.unsupported_signature", Tls, App,
        "The certificate uses a signature or key that no modern client accepts.",
        "SHA-1 or MD5 signatures, RSA keys below 2,048 bits, unusual curves",
        "Issue a new certificate with an RSA-2048 or P-256 key and a SHA-256 signature.";
    TlsInvalidCertificate, "tls.invalid_certificate", Tls, App,
        "The certificate is not acceptable for a server.",
        "broken encoding, a CA certificate used as a server's, a key usage that excludes server authentication, violated name constraints",
        "Read the reason in the evidence and have the certificate issued anew for server use.";
    TlsProtocolVersion, "tls.protocol_version", Tls, App,
        "The server speaks no TLS version that is still acceptable (1.2 or 1.3).",
        "a server limited to TLS 1.0 or 1.1",
        "Enable TLS 1.2 and 1.3 on the server or load balancer.";
    TlsNotTls, "tls.not_tls", Tls, App,
        "The server does not speak TLS on this port.",
        "a plain HTTP listener on the port of an https URL, TLS terminated elsewhere, a wrong port",
        "Check port and scheme of the base URL, and that the listener on this port terminates TLS.";
    TlsClosedDuringHandshake, "tls.closed_during_handshake", Tls, App,
        "The server closed the connection during the TLS handshake.",
        "no certificate for this name, a load balancer without healthy targets, a TLS listener that crashed",
        "Look at the TLS terminator's log for this moment, and whether it has a certificate for this SNI name.";
    TlsResetDuringHandshake, "tls.reset_during_handshake", Tls, App,
        "The connection was reset during the TLS handshake.",
        "a firewall that filters by SNI, a load balancer that drops, a crashed TLS terminator",
        "Look at the firewall's and load balancer's logs for this moment.";
    TlsTimeout, "tls.timeout", Tls, App,
        "The TLS handshake did not end before the deadline.",
        "an overloaded TLS terminator, a process that accepts but does not serve, a path that drops large packets (MTU)",
        "Check the load of the TLS terminator and the path MTU; an accepting but silent process often hangs at start-up.";
    TlsClientCertificateRequired, "tls.client_certificate_required", Tls, App,
        "The server wants a client certificate.",
        "mutual TLS switched on for the whole host, an internal gateway exposed by mistake",
        "Exempt the lifecycle paths from mutual TLS: Atlassian sends no client certificate.";
    TlsPeerMisbehaved, "tls.peer_misbehaved", Tls, App,
        "The server broke the TLS protocol.",
        "a broken or very old TLS stack, a middlebox that tampers with the connection",
        "Update the TLS terminator, or take the middlebox out of the path.";

    TimeoutRequestWrite, "timeout.request_write", Timeout, App,
        "The server did not take the whole request before the deadline.",
        "a process that accepts connections but does not read, full buffers under load",
        "Look for blocked worker threads or a stopped event loop in the app.";
    TimeoutResponseHead, "timeout.response_head", Timeout, App,
        "The app did not answer before the deadline.",
        "slow work inside the callback (imports, calls to the product or other services), a key fetch or database call without a timeout, cold starts",
        "Answer 204 at once and do slow work afterwards in a queue; give every outgoing call a timeout well below this deadline.";
    TimeoutResponseBody, "timeout.response_body", Timeout, App,
        "The response began but did not end before the deadline.",
        "a body that is streamed slowly, a response that is never ended, a wrong Content-Length",
        "Answer 204 without a body, or end the response at once.";

    ClosedBeforeResponse, "http.closed_before_response", Http, App,
        "The server closed the connection without answering.",
        "a crashed or restarting process, a deploy that does not drain connections, a proxy whose upstream died",
        "Look for a crash or restart at this moment, and let deploys drain connections before they stop a process.";
    ResetBeforeResponse, "http.reset_before_response", Http, App,
        "The connection was reset before an answer arrived.",
        "a killed process, a request body refused without being read, a load balancer's idle timeout",
        "Look for a killed process at this moment (out of memory?), and at the request size limits in front of the app.";
    MalformedResponse, "http.malformed_response", Http, App,
        "What the server sent is not an HTTP response.",
        "another protocol on this port (TLS on a plain URL, a database, SSH), a broken proxy, a hand-made server",
        "Check port and scheme of the base URL; the first bytes received are in the evidence.";
    HeadTooLarge, "http.head_too_large", Http, App,
        "The head of the response is larger than any client accepts.",
        "cookies or debug headers that grow without bound, a header per item",
        "Send fewer and smaller response headers: a lifecycle callback needs none.";
    TruncatedBody, "http.truncated_body", Http, App,
        "The connection ended before the body that the head announced.",
        "a Content-Length larger than the body, a process that died while answering",
        "Answer 204 without a body, and let the framework compute Content-Length.";
    MalformedBody, "http.malformed_body", Http, App,
        "The body's chunked encoding is broken.",
        "a hand-made chunked response, a proxy that strips or adds bytes",
        "Answer 204 without a body, and take any hand-made chunking out of the path.";
    ResetDuringBody, "http.reset_during_body", Http, App,
        "The connection was reset while the body was being read.",
        "a process killed while answering, a proxy that gave up on its upstream",
        "Answer 204 without a body, and look for a crash or a proxy timeout at this moment.";
    ConnectionReuseRace, "http.connection_reuse_race", Http, App,
        "A kept-alive connection was closed by the server just as it was used again, and a fresh one failed too.",
        "a keep-alive timeout of the app that is shorter than the one of the load balancer in front of it",
        "Set the app's keep-alive timeout above the load balancer's idle timeout.";
    H2Goaway, "http.h2_goaway", Http, App,
        "The server ended the HTTP/2 connection (GOAWAY) before answering.",
        "a deploy that does not drain connections, a limit on requests or age of a connection",
        "Let deploys drain connections; the error code and debug data are in the evidence.";
    H2Reset, "http.h2_reset", Http, App,
        "The server reset the HTTP/2 stream (RST_STREAM) instead of answering.",
        "a proxy whose upstream failed, a refused stream under load, a handler that crashed",
        "Look at the error of the upstream behind the HTTP/2 proxy; the error code is in the evidence.";
    H2ProtocolError, "http.h2_protocol_error", Http, App,
        "The server broke the HTTP/2 protocol.",
        "a server or proxy with a faulty HTTP/2 implementation, plain HTTP/1.1 on an HTTP/2 connection",
        "Update the server or proxy, or switch HTTP/2 off there until it is repaired.";

    TooManyOpenFiles, "probe.too_many_open_files", Probe, Probe,
        "The probe ran out of file descriptors.",
        "a low `ulimit -n` for the concurrency asked for",
        "Raise the limit (`ulimit -n 65536`) or lower the concurrency or rate.";
    LocalPortsExhausted, "probe.local_ports_exhausted", Probe, Probe,
        "The probe ran out of local ports towards this address.",
        "fresh connections at more than about 470/s from one source address",
        "Use --keep-alive, lower the rate, widen net.ipv4.ip_local_port_range, or give several source addresses (--source).";
    ConnectForbidden, "probe.connect_forbidden", Probe, Probe,
        "The machine that runs the probe forbids the connection.",
        "an outgoing firewall rule, a sandbox or a security policy on this machine",
        "Allow outgoing connections to the app's address and port on the machine that runs the probe.";
    Cancelled, "probe.cancelled", Probe, Probe,
        "The run was interrupted before this callback ended.",
        "Ctrl-C, a termination signal, or a time limit of the run",
        "Nothing to repair: the callback is not counted. Run again for a complete figure.";
    SigningFailed, "probe.signing_failed", Probe, Probe,
        "The probe could not sign the callback.",
        "an unusable signing key",
        "Check the key file given with --signing-key (`rehearsal keys new` makes one).";
    OutOfMemory, "probe.out_of_memory", Probe, Probe,
        "The operating system had no memory for the probe's socket.",
        "memory or socket buffer limits of the machine or container",
        "Give the machine more memory or lower the concurrency.";
    OwnNetworkDown, "probe.own_network_down", Probe, Probe,
        "The probe's own network did not work at that moment.",
        "a network interface, a route or a resolver of this machine that is down, a wrong --control-url or --control-name",
        "Repair the network of the machine that runs the probe (the control target should answer from there), then run again; the app has no part in this.";

    Unrecognised, "unrecognised", Unrecognised, App,
        "Something happened that the probe has no name for.",
        "a failure nobody has met yet: the text in the evidence says all that is known",
        "Read the evidence, and please report it so that it gets a name.";
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.fixed_code(), self) {
            (Some(code), _) => f.write_str(code),
            (None, Self::HandshakeAlert(alert)) => write!(f, "tls.handshake_alert.{alert}"),
            (None, _) => f.write_str("unrecognised"),
        }
    }
}
