"""google-auth: refresh, revocation, id tokens, a service account with domain-wide delegation."""

import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import id_token, service_account
from google.oauth2.credentials import Credentials

from support import (
    CLIENT_ID,
    CLIENT_SECRET,
    DOMAIN,
    EVENTS_SCOPE,
    JOON,
    MINA,
    ROOMS_SCOPE,
    SANDBOX,
    SandboxTest,
    control,
    refresh_token,
    service,
)


class Auth(SandboxTest):
    def credentials(self, person, scopes):
        granted = refresh_token(person, scopes)
        return Credentials(
            None,
            refresh_token=granted["refresh_token"],
            token_uri=f"{SANDBOX}/token",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            scopes=scopes,
        )

    def test_a_client_refreshes_by_itself(self):
        credentials = self.credentials(JOON, [EVENTS_SCOPE])
        with service("calendar", "v3", credentials) as calendar:
            listing = calendar.events().list(calendarId="primary")
            self.assertEqual(listing.execute()["accessRole"], "owner")
            first = credentials.token
            control("expire-access-tokens")
            listing.execute()
            self.assertNotEqual(credentials.token, first, "a 401 makes the client refresh and try again")
            error = self.refused(calendar.calendarList().list(), 403, "insufficientPermissions")
            self.assertIn("insufficient authentication scopes", error.reason)

    def test_a_revoked_grant_is_invalid(self):
        credentials = self.credentials(JOON, [EVENTS_SCOPE])
        credentials.refresh(Request())
        answer = requests.post(f"{SANDBOX}/revoke", data={"token": credentials.token}, timeout=30)
        self.assertEqual(answer.status_code, 200)
        with self.assertRaisesRegex(RefreshError, "invalid_grant: Token has been expired or revoked."):
            credentials.refresh(Request())

    def test_an_id_token_is_verified_with_certificates(self):
        granted = refresh_token(JOON, ["openid", "email"])
        # Google's own function, with its usual PEM form of the keys.
        claims = id_token.verify_token(
            granted["id_token"], Request(), audience=CLIENT_ID, certs_url=f"{SANDBOX}/oauth2/v1/certs"
        )
        self.assertEqual((claims["email"], claims["hd"]), (JOON, DOMAIN))
        self.assertEqual(claims["iss"], "https://accounts.google.com")

    def test_a_service_account_acts_for_people(self):
        key = control("service-account", method="GET")
        robot = service_account.Credentials.from_service_account_info(key)
        as_mina = robot.with_scopes([ROOMS_SCOPE]).with_subject(MINA)
        control("delegations", {"domain": DOMAIN, "client": key["client_id"], "scopes": []})
        with self.assertRaisesRegex(RefreshError, "unauthorized_client"):
            as_mina.refresh(Request())
        scopes = [ROOMS_SCOPE, EVENTS_SCOPE]
        control("delegations", {"domain": DOMAIN, "client": key["client_id"], "scopes": scopes})
        with service("admin", "directory_v1", as_mina) as admin:
            rooms = admin.resources().calendars().list(customer="my_customer").execute()
            self.assertEqual(len(rooms["items"]), 24)
        as_joon = robot.with_scopes([EVENTS_SCOPE]).with_subject(JOON)
        with service("calendar", "v3", as_joon) as calendar:
            made = calendar.events().insert(calendarId="primary", body=self.hour(10)).execute()
            self.assertEqual(made["creator"]["email"], JOON)
        with self.assertRaisesRegex(RefreshError, "Invalid email or User ID"):
            robot.with_scopes([EVENTS_SCOPE]).with_subject(f"nobody@{DOMAIN}").refresh(Request())
