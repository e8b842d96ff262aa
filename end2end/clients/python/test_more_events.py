"""Moving, importing and quick events."""

from support import JOON, MINA, SandboxTest


class MoreEvents(SandboxTest):
    def test_move(self):
        # An admin owns the rooms' calendars: a booking made there is moved to her own.
        room = self.room()
        events = self.mina.events()
        made = events.insert(calendarId=room, body=self.hour(15)).execute()
        moved = events.move(calendarId=room, eventId=made["id"], destination=MINA).execute()
        self.assertEqual(moved["organizer"]["email"], MINA)
        self.assertEqual(events.get(calendarId="primary", eventId=made["id"]).execute()["id"], made["id"])

    def test_import(self):
        body = self.hour(16, iCalUID=f"{self.own_id()}@elsewhere.example")
        made = self.joon.events().import_(calendarId="primary", body=body).execute()
        self.assertEqual(made["iCalUID"], body["iCalUID"])
        found = self.joon.events().list(calendarId="primary", iCalUID=body["iCalUID"]).execute()
        self.assertEqual([event["id"] for event in found["items"]], [made["id"]])

    def test_quick_add(self):
        made = self.joon.events().quickAdd(calendarId="primary", text="점심").execute()
        self.assertEqual((made["summary"], made["creator"]["email"]), ("점심", JOON))

    def test_a_partial_answer(self):
        self.joon.events().insert(calendarId="primary", body=self.hour(9)).execute()
        answer = self.joon.events().list(calendarId="primary", fields="items(id,summary),nextSyncToken").execute()
        self.assertEqual(set(answer), {"items", "nextSyncToken"})
        self.assertEqual(set(answer["items"][0]), {"id", "summary"})
