"""Google's own Python client, pointed at the sandbox. Nothing of it is changed: only addresses are."""

import http.server
import json
import os
import queue
import secrets
import threading
import unittest
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import requests
from google.oauth2.credentials import Credentials
from googleapiclient import discovery
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError

SANDBOX = os.environ["SANDBOX_URL"].rstrip("/")
DOMAIN = "hanbit.example"
MINA = f"mina@{DOMAIN}"
JOON = f"joon@{DOMAIN}"
SEOUL = timezone(timedelta(hours=9))

CLIENT_ID = "roomly-demo.apps.googleusercontent.com"
CLIENT_SECRET = "roomly-demo-secret"
REDIRECT = "http://127.0.0.1:3000/callback"
EVENTS_SCOPE = "https://www.googleapis.com/auth/calendar.events"
ROOMS_SCOPE = "https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly"


def service(name, version, credentials):
    """The client from the discovery document that it brings, with the sandbox as its root.

    `client_options` would do for single calls, but a batch goes to the document's root.
    """
    document = json.loads(get_static_doc(name, version))
    document["rootUrl"] = f"{SANDBOX}/"
    document["baseUrl"] = f"{SANDBOX}/{document['servicePath']}"
    document.pop("mtlsRootUrl", None)
    return discovery.build_from_document(document, credentials=credentials)


def calendar(person):
    return service("calendar", "v3", Credentials(f"sandbox:{person}"))


def directory(person):
    return service("admin", "directory_v1", Credentials(f"sandbox:{person}"))


def control(route, body=None, method="POST"):
    """A control route of the sandbox, which Google does not have."""
    answer = requests.request(method, f"{SANDBOX}/sandbox/{route}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def consent(person, scopes, **more):
    """What a person's click gives back: the query of the redirect."""
    asked = {
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": " ".join(scopes),
        "access_type": "offline",
        "prompt": "consent",
        "state": "s",
        "as": person,
        **more,
    }
    answer = requests.get(
        f"{SANDBOX}/o/oauth2/v2/auth/choose", params=asked, allow_redirects=False, timeout=30
    )
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def refresh_token(person, scopes):
    exchange = {
        "grant_type": "authorization_code",
        "code": consent(person, scopes)["code"],
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": REDIRECT,
    }
    answer = requests.post(f"{SANDBOX}/token", data=exchange, timeout=30)
    answer.raise_for_status()
    return answer.json()


class Receiver:
    """Receives notifications."""

    def __init__(self):
        heard = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                heard.put(self.headers)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.heard = heard
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.heard.get(timeout=30)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class SandboxTest(unittest.TestCase):
    """Begins with the seeded companies, no faults, rooms that answer at once."""

    def setUp(self):
        control("reset")
        control("faults", method="DELETE")
        control("settings", {"room_answer_delay_ms": 0, "page_size": None})
        self.mina, self.joon = calendar(MINA), calendar(JOON)
        self.addCleanup(self.mina.close)
        self.addCleanup(self.joon.close)

    def refused(self, request, status, reason):
        """The client's own error, with Google's status and reason."""
        with self.assertRaises(HttpError) as caught:
            request.execute()
        error = caught.exception
        self.assertEqual(error.status_code, status)
        if reason is not None:
            self.assertEqual(error.error_details[0]["reason"], reason)
        return error

    def room(self, number=0):
        """The address of one of the company's rooms."""
        admin = directory(MINA)
        self.addCleanup(admin.close)
        rooms = admin.resources().calendars().list(customer="my_customer").execute()
        return rooms["items"][number]["resourceEmail"]

    def hour(self, start, title="회의", days=40, **more):
        """An hour in Seoul, far from the seeded bookings."""
        day = datetime.now(SEOUL).replace(minute=0, second=0, microsecond=0) + timedelta(days=days)
        begin = day.replace(hour=start)
        time = lambda at: {"dateTime": at.isoformat(), "timeZone": "Asia/Seoul"}
        return {"summary": title, "start": time(begin), "end": time(begin + timedelta(hours=1)), **more}

    def own_id(self):
        """An id that nobody took: base32hex."""
        return "pi" + secrets.token_hex(12)
