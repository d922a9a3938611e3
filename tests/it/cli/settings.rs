//! Flags over the environment over the settings file.

use super::bench::Bench;

#[tokio::test]
async fn the_flag_wins_then_the_environment_then_the_file() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let file = format!(
        "scenario = [\"initial-install\", \"site-rename\"]\ntimeout = \"7s\"\nlabel = [\"from=file\"]\n\
         [apps.one]\nbase-url = \"{}\"\ntimeout = \"8s\"\nenvironment = \"staging\"\n",
        app.base_url()
    );
    bench.write("rehearsal.toml", &file);
    let timeout = |ended: &super::bench::Ended| ended.number("/run/settings/timeout_ms");

    let ended = bench.probe(app.base_url(), &[]).end().await.exits(0);
    assert_eq!((timeout(&ended), ended.number("/sli/good")), (7000, 3));
    assert_eq!(ended.text("/run/labels/from"), "file");
    let ended = bench.probe(app.base_url(), &["--app", "one"]).end().await.exits(0);
    assert_eq!((timeout(&ended), ended.text("/run/environment")), (8000, "staging".to_owned()));
    let environment = |args: &[&str]| {
        bench.probe(app.base_url(), args).env("REHEARSAL_TIMEOUT", "6s").env("REHEARSAL_APP", "one").end()
    };
    assert_eq!(timeout(&environment(&[]).await.exits(0)), 6000);
    let ended = environment(&["--timeout", "5s", "--scenario", "initial-install"]).await.exits(0);
    assert_eq!((timeout(&ended), ended.number("/sli/good")), (5000, 1));
    // The base URL can stand in the file as well.
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let args =
        ["probe", "--app", "one", "--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    bench.reporting(&args).end().await.exits(0);
}

#[tokio::test]
async fn an_app_wants_a_settings_file() {
    let bench = Bench::new().await;
    let ended = bench.reporting(&["slo", "--app", "one"]).end().await;
    ended.exits(64).says("--app one wants a settings file").says("--config FILE");
}

#[tokio::test]
async fn what_the_file_has_wrong_is_named_with_the_nearest_key() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    for (file, said) in [
        ("conect-timeout = \"3s\"", "did you mean `connect-timeout`?"),
        ("timeout = \"soon\"\n[apps.one]", "timeout"),
        ("timeout = [", "rehearsal.toml"),
        ("[apps.one]\nconcurency = 2", "did you mean `concurrency`?"),
        ("[apps.two]", "[apps.one]"),
    ] {
        bench.write("rehearsal.toml", file);
        bench.probe(app.base_url(), &["--app", "one"]).end().await.exits(64).says(said);
    }
    bench.probe(app.base_url(), &["--config", "/no/such.toml"]).end().await.exits(64).says("/no/such.toml");
    assert_eq!(app.callbacks(), 0);
}

#[cfg(not(feature = "otlp"))]
#[tokio::test]
async fn what_the_program_was_built_without_is_said() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    bench.write("rehearsal.toml", "[otlp]\nendpoint = \"http://127.0.0.1:4318\"\n");
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let check =
        ["check", app.base_url(), "--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    let ended = bench.command(&check).end().await.exits(64);
    ended.says("rehearsal.toml: [otlp] is there").says("--features otlp");
    assert_eq!(app.callbacks(), 0);
    // Variables that speak to all programs ask such a one for nothing.
    bench.write("rehearsal.toml", "");
    bench.command(&check).env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1").end().await.exits(0);
}
