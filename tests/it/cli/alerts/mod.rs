//! `rehearsal alert`: every kind of alert against a real server of its kind.

mod checks;
mod smtp;

use std::fs;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::smtp::{MailServer, Way};
use super::bench::{Bench, until};
use super::spy::{Answer, Spy, header, payload, text};

const SECRET: &str = "alert-secret-4711-0815";

/// A receiver that takes everything.
async fn receiver() -> Spy {
    Spy::start(|_, _| 202.into()).await
}

#[tokio::test]
async fn a_webhook_is_signed_anew_for_every_try_of_one_id() {
    let bench = Bench::new().await;
    let spy = Spy::start(|_, before| if before == 0 { 503 } else { 200 }.into()).await;
    let file = format!(
        "[alerts.hook]\nkind = \"webhook\"\nurl = \"{}/hook?a=b\"\nsecret-env = \"HOOK\"\n",
        spy.base_url()
    );
    bench.write("rehearsal.toml", &file);
    let ended = bench.command(&["alert", "test"]).env("HOOK", SECRET).end().await.exits(0);
    assert_eq!(ended.out, "hook  sent\n");

    let tries = spy.requests("/hook");
    assert_eq!(tries.len(), 2);
    for request in &tries {
        let (id, time) = (header(request, "webhook-id"), header(request, "webhook-timestamp"));
        let signed = [format!("{id}.{time}.").as_bytes(), request.body()].concat();
        let signature =
            STANDARD.decode(header(request, "webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        hmac::verify(&key, &signed, &signature).unwrap();
        assert_eq!(header(request, "idempotency-key"), id);
        assert_eq!(id, header(&tries[0], "webhook-id"));
        let alert = payload(request);
        assert_eq!((&alert["schema"], &alert["occasion"]), (&json!("rehearsal.alert/1"), &json!("test")));
        assert_eq!(alert["key"], id.as_str());
    }
}

#[tokio::test]
async fn a_webhook_can_say_it_like_the_programmes_mails() {
    let bench = Bench::new().await;
    let spy = receiver().await;
    bench.write("url", &format!("{}/hook\n", spy.base_url()));
    let file = "[alerts.hook]\nkind = \"webhook\"\nurl-file = \"url\"\nbody = \"incident-data\"\npartner-name = \"Us\"\n";
    bench.write("rehearsal.toml", file);
    bench.command(&["alert", "test", "hook"]).end().await.exits(0);
    let data = payload(&spy.requests("/hook")[0]);
    assert_eq!(data["appDetails"]["partnerName"], "Us");
    assert_eq!((&data["measurementDurationSeconds"], &data["sloValue"]), (&json!(86400), &json!(99.0)));
}

#[tokio::test]
async fn slack_gets_a_message() {
    let bench = Bench::new().await;
    let spy = receiver().await;
    bench.write("rehearsal.toml", "[alerts.chat]\nkind = \"slack\"\nurl-env = \"SLACK\"\n");
    let url = format!("{}/services/T0/B0/{SECRET}", spy.base_url());
    bench.command(&["alert", "test"]).env("SLACK", &url).end().await.exits(0).prints("chat  sent");
    let message = payload(&spy.requests(&format!("/services/T0/B0/{SECRET}"))[0]);
    assert!(message["text"].as_str().unwrap().contains("TEST"));
    assert!(message["blocks"][1]["text"]["text"].as_str().unwrap().contains("Leading failure: status.502"));
}

#[tokio::test]
async fn an_alert_is_made_and_closed_under_one_alias() {
    for (kind, below) in [("opsgenie", ""), ("jira-service-management", "/jsm/ops/integration/")] {
        let bench = Bench::new().await;
        let spy = receiver().await;
        bench.write("key", SECRET);
        let file = format!(
            "[alerts.pager]\nkind = \"{kind}\"\nurl = \"{}{below}\"\napi-key-file = \"key\"\n",
            spy.base_url()
        );
        bench.write("rehearsal.toml", &file);
        bench.command(&["alert", "test"]).end().await.exits(0);
        let alerts = format!("{}/v2/alerts", below.trim_end_matches('/'));
        let made = spy.requests(&alerts).remove(0);
        assert_eq!(header(&made, "authorization"), format!("GenieKey {SECRET}"));
        let made = payload(&made);
        assert!(made["message"].as_str().unwrap().len() <= 130);
        assert_eq!(made["priority"], "P5");
        let closed = spy.requests(&format!("{alerts}/{}/close", made["alias"].as_str().unwrap())).remove(0);
        assert_eq!(closed.uri().query(), Some("identifierType=alias"));
    }
}

fn mail_settings(server: &MailServer, encryption: &str, more: &str) -> String {
    format!(
        "[alerts.mail]\nkind = \"email\"\nhost = \"localhost\"\nport = {}\nencryption = \"{encryption}\"\n\
         from = \"Probe <probe@example.com>\"\nto = [\"ops@example.com\", \"Dev <dev@example.com>\"]\n\
         timeout = \"4s\"\n{more}",
        server.port
    )
}

const LOGIN: &str = "cacert = \"ca.pem\"\nusername = \"probe\"\npassword-env = \"MAIL\"\n";

#[tokio::test]
async fn mail_goes_out_encrypted_and_is_tried_again() {
    for (way, encryption) in [(Way::StartTls, "starttls"), (Way::Tls, "tls")] {
        let bench = Bench::new().await;
        let server = MailServer::start(way, 1).await;
        bench.write("ca.pem", &server.ca_pem);
        bench.write("rehearsal.toml", &mail_settings(&server, encryption, LOGIN));
        bench.command(&["alert", "test"]).env("MAIL", "mail-pass-4711-0815").end().await.exits(0);
        let mails = server.mails();
        let [mail] = mails.as_slice() else { panic!("{} mails", mails.len()) };
        assert!(mail.encrypted && mail.login.is_some());
        assert_eq!((mail.from.as_str(), mail.to.len()), ("probe@example.com", 2));
        let unfolded = mail.text.replace("=\n", "").replace("=3D", "=");
        assert!(unfolded.contains("Subject: TEST of rehearsal's alerts"), "{unfolded}");
        assert!(unfolded.contains("Message-ID: <rehearsal-"), "{unfolded}");
        let data = unfolded.split_once("id=\"incident-data\">").unwrap().1.split_once("</script>").unwrap().0;
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["metricName"], "Jira Installation Callback Success Rate");
    }
}

#[tokio::test]
async fn mail_is_not_sent_where_others_can_read_it() {
    let bench = Bench::new().await;
    let run =
        |more: &[&str]| bench.command(&["alert", "test"]).with(more).env("MAIL", "mail-pass-4711-0815").end();
    let untrusted = MailServer::start(Way::StartTls, 0).await;
    bench.write(
        "rehearsal.toml",
        &mail_settings(&untrusted, "starttls", &LOGIN.replace("cacert = \"ca.pem\"\n", "")),
    );
    run(&[]).await.exits(69).prints("mail  not sent: ");
    let plain = MailServer::start(Way::Plain, 0).await;
    bench.write("ca.pem", &plain.ca_pem);
    bench.write("rehearsal.toml", &mail_settings(&plain, "starttls", LOGIN));
    run(&[]).await.exits(69).prints("mail  not sent: ");
    bench.write("rehearsal.toml", &mail_settings(&plain, "none", LOGIN));
    run(&[]).await.exits(64).says("a password is not sent in plain text");
    assert_eq!((untrusted.mails().len(), plain.mails().len()), (0, 0));
    bench.write("rehearsal.toml", &mail_settings(&plain, "none", ""));
    run(&[]).await.exits(0);
    assert_eq!(plain.mails().len(), 1);
}

#[tokio::test]
async fn a_wrong_password_is_not_repeated() {
    let bench = Bench::new().await;
    let server = MailServer::start(Way::StartTls, 0).await;
    bench.write("ca.pem", &server.ca_pem);
    bench.write("rehearsal.toml", &mail_settings(&server, "starttls", LOGIN));
    let ended = bench.command(&["alert", "test"]).env("MAIL", SECRET).end().await.exits(69).prints("535");
    assert!(!format!("{ended:?}").contains(SECRET));
}

#[tokio::test]
async fn a_program_reads_the_alert_and_is_killed_in_time() {
    let bench = Bench::new().await;
    let seen = bench.path("seen");
    let script = format!("cat > {seen}; env | grep ^REHEARSAL_ALERT_ >> {seen}");
    bench.write(
        "rehearsal.toml",
        &format!("[alerts.run]\nkind = \"command\"\ncommand = [\"/bin/sh\", \"-c\", \"{script}\"]\n"),
    );
    bench.command(&["alert", "test"]).end().await.exits(0).prints("run  sent");
    let seen = fs::read_to_string(seen).unwrap();
    let alert: Value = serde_json::Deserializer::from_str(&seen).into_iter().next().unwrap().unwrap();
    assert_eq!(alert["schema"], "rehearsal.alert/1");
    assert!(
        seen.contains("REHEARSAL_ALERT_STATE=breach")
            && seen.contains(&format!("REHEARSAL_ALERT_KEY={}", alert["key"].as_str().unwrap()))
    );

    // What it started is killed with it.
    let child = bench.path("child");
    let script = format!("sleep 60 & echo $! > {child}; wait");
    let file = format!(
        "[alerts.run]\nkind = \"command\"\ntimeout = \"1s\"\ncommand = [\"/bin/sh\", \"-c\", \"{script}\"]\n"
    );
    bench.write("rehearsal.toml", &file);
    let began = Instant::now();
    bench.command(&["alert", "test"]).end().await.exits(69).prints("did not end in time and was killed");
    assert!(began.elapsed() < Duration::from_secs(5));
    let child = fs::read_to_string(child).unwrap();
    until("the end of what it started", || {
        let state = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
        !cfg!(target_os = "linux") || state.is_err() || state.is_ok_and(|state| state.contains(") Z "))
    })
    .await;

    bench.write("rehearsal.toml", "[alerts.run]\nkind = \"command\"\ncommand = \"/no/such/program\"\n");
    bench.command(&["alert", "test"]).end().await.exits(69).prints("/no/such/program can't be run");
    bench.write("rehearsal.toml", "[alerts.run]\nkind = \"command\"\ncommand = \"false\"\n");
    bench
        .command(&["alert", "test"])
        .env("PATH", "/usr/bin:/bin")
        .end()
        .await
        .exits(69)
        .prints("false ended with");
}

#[tokio::test]
async fn a_heartbeat_is_told_of_start_and_success() {
    let bench = Bench::new().await;
    let spy = receiver().await;
    bench.write("rehearsal.toml", "[alerts.alive]\nkind = \"heartbeat\"\nurl-env = \"PING\"\n");
    let url = format!("{}/ping/uuid", spy.base_url());
    bench.command(&["alert", "test"]).env("PING", &url).end().await.exits(0).prints("alive  sent");
    assert_eq!((spy.requests("/ping/uuid/start").len(), spy.requests("/ping/uuid").len()), (1, 1));
}

#[tokio::test]
async fn one_that_hangs_keeps_no_other_waiting() {
    let bench = Bench::new().await;
    let hanging = Spy::start(|_, _| Answer::Never).await;
    let working = receiver().await;
    let hook = |name: &str, spy: &Spy| {
        format!("[alerts.{name}]\nkind = \"webhook\"\ntimeout = \"1s\"\nurl = \"{}/hook\"\n", spy.base_url())
    };
    bench.write("rehearsal.toml", &format!("{}{}", hook("a-hanging", &hanging), hook("b-working", &working)));
    let began = Instant::now();
    let ended = bench.command(&["alert", "test"]).end().await.exits(69);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(working.requests("/hook").len(), 1);
    assert!(
        ended.out.contains("b-working  sent") && ended.out.contains("a-hanging  not sent: timeout."),
        "{}",
        ended.out
    );
}

#[tokio::test]
async fn what_a_refusal_repeats_is_taken_out() {
    let bench = Bench::new().await;
    let spy =
        Spy::start(|request, _| text(403, format!("no entry for {}", header(request, "authorization"))))
            .await;
    let file =
        format!("[alerts.pager]\nkind = \"opsgenie\"\nurl = \"{}\"\napi-key-env = \"KEY\"\n", spy.base_url());
    bench.write("rehearsal.toml", &file);
    let ended = bench.command(&["alert", "test"]).env("KEY", SECRET).end().await.exits(69);
    assert!(ended.out.contains("status.403: no entry for") && !ended.out.contains(SECRET), "{}", ended.out);
    assert_eq!(spy.requests("/v2/alerts").len(), 1, "a refusal is not tried again");
}

#[tokio::test]
async fn secrets_and_mistakes_in_the_settings_file_are_refused() {
    let bench = Bench::new().await;
    for (table, said) in [
        ("kind = \"slack\"\nurl = \"https://hooks.example.com/alert-secret-4711\"", "url-env"),
        ("kind = \"heartbeat\"\nurl = \"https://ping.example.com/alert-secret-4711\"", "url-env"),
        ("kind = \"webhook\"\nurl = \"https://example.com\"\nsecret = \"alert-secret-4711\"", "secret-env"),
        ("kind = \"opsgenie\"\napi-key = \"alert-secret-4711\"", "api-key-env"),
        ("kind = \"email\"\nhost = \"h\"\npassword = \"alert-secret-4711\"", "password-env"),
        ("kind = \"slack\"", "url-env"),
        ("kind = \"slack\"\nurl-env = \"NOT_SET\"", "NOT_SET, which is not set"),
        ("kind = \"slack\"\nurl-file = \"/no/such\"", "/no/such, which can't be read"),
        ("kind = \"webhook\"\nurl = \"https://example.com\"\nscret-env = \"A\"", "did you mean `secret-env`"),
        ("kind = \"webhook\"\nurl = \"ftp://example.com\"", "neither http nor https"),
        ("kind = \"pigeon\"", "the kinds are: webhook"),
        ("url = \"https://example.com\"", "`kind` is missing"),
        ("kind = \"command\"", "`command` is missing"),
        ("kind = \"webhook\"\nurl = \"https://example.com\"\ntimeout = \"5min\"", "from 1s to 60s"),
        ("kind = \"email\"\nhost = \"h\"\nfrom = \"a@b\"\nto = \"nobody\"", "`to` is no address"),
    ] {
        bench.write("rehearsal.toml", &format!("[alerts.one]\n{table}\n"));
        let ended = bench.command(&["alert", "list"]).end().await.exits(64).says("[alerts.one]").says(said);
        assert!(!format!("{ended:?}").contains("alert-secret-4711"), "{}", ended.err);
    }
    bench.write("rehearsal.toml", "[alerts.one]\nkind = \"command\"\ncommand = \"true\"\n");
    bench.command(&["alert", "list"]).end().await.exits(0).prints("one  command");
    bench.command(&["alert", "test", "two"]).end().await.exits(64).says("its alerts are: one");
    bench.write("rehearsal.toml", "");
    bench.command(&["alert", "list"]).end().await.exits(0).prints("No alerts");
    bench.command(&["alert", "test"]).end().await.exits(64).says("[alerts.NAME]");
}

#[tokio::test]
async fn the_manuals_settings_are_valid() {
    let bench = Bench::new().await;
    let manual = include_str!("../../../../src/manual/alerts.md");
    let settings = manual.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    bench.write("rehearsal.toml", settings);
    for file in ["opsgenie-key", "slack-url", "smtp-password"] {
        bench.write(file, "https://example.com/4711");
    }
    let mut list = bench.command(&["alert", "list"]);
    for variable in ["JSM_KEY", "HOOK_SECRET", "PING_URL"] {
        list = list.env(variable, "https://example.com/4711");
    }
    let listed = list.end().await.exits(0).out;
    assert_eq!(listed.lines().count(), settings.matches("[alerts.").count(), "{listed}");
}
