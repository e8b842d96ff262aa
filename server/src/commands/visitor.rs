//! A browser just clever enough to sign a demo person in: it goes to Google's page and clicks on the person.

use anyhow::{Context as _, Result, bail};
use booking::{Engine, SignInOutcome};
use bytes::Bytes;
use http::header::LOCATION;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sync::port::Consent;
use url::Url;

/// Grants `consent` as `email`, through the same OAuth flow as a person.
pub(crate) async fn grant(engine: &Engine, consent: Consent, email: &str) -> Result<()> {
    let start = engine.sign_in_begin(consent, "/", Some(email)).await?;
    let mut click = Url::parse(&start.url)?;
    // The stand-in's page links each person to this address, with the request's own parameters and who was chosen.
    click.set_path("/o/oauth2/v2/auth/choose");
    click.query_pairs_mut().append_pair("as", email);
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let answer = client.get(click.as_str().parse()?).await.context("failed to reach the stand-in")?;
    let location = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    let callback = Url::parse(location.context("the stand-in granted nothing")?)?;
    let parameter =
        |name: &str| callback.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let (state, code) = (parameter("state").unwrap_or_default(), parameter("code"));
    let cookies = format!("{}={}", engine.sign_in_cookie(), start.browser_cookie);
    match engine.sign_in_finish(&state, code.as_deref(), Some(&cookies)).await? {
        SignInOutcome::SignedIn { .. } => Ok(()),
        SignInOutcome::Refused { code, .. } => bail!("signing in for the demo was refused: {code}"),
    }
}
