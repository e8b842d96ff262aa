"""Every method of `events` and `freebusy`, through google-api-python-client."""

from support import JOON, MINA, SandboxTest


class Events(SandboxTest):
    def test_insert_get_patch_update_delete(self):
        events = self.joon.events()
        body = self.hour(10, id=self.own_id())
        made = events.insert(calendarId="primary", body=body).execute()
        self.assertEqual((made["id"], made["organizer"]), (body["id"], {"email": JOON, "self": True}))
        self.refused(events.insert(calendarId="primary", body=body), 409, "duplicate")

        which = {"calendarId": "primary", "eventId": made["id"]}
        self.assertEqual(events.get(**which).execute()["etag"], made["etag"])
        unchanged = events.get(**which)
        unchanged.headers["If-None-Match"] = made["etag"]
        self.refused(unchanged, 304, None)

        patched = events.patch(**which, body={"summary": "새 제목"}).execute()
        self.assertEqual((patched["summary"], patched["start"]), ("새 제목", made["start"]))
        stale = events.patch(**which, body={"summary": "late"})
        stale.headers["If-Match"] = made["etag"]
        self.refused(stale, 412, "conditionNotMet")
        fresh = events.patch(**which, body={"location": "2층"})
        fresh.headers["If-Match"] = patched["etag"]
        self.assertEqual(fresh.execute()["location"], "2층")

        whole = {name: made[name] for name in ("summary", "start", "end")}
        self.assertNotIn("location", events.update(**which, body=whole).execute(), "PUT replaces")

        self.assertEqual(events.delete(**which).execute(), "")
        self.refused(events.delete(**which), 410, "deleted")
        self.assertEqual(events.get(**which).execute()["status"], "cancelled")
        self.refused(events.get(calendarId="primary", eventId="nothing"), 404, "notFound")

    def test_list_pages_and_sync_tokens(self):
        events = self.joon.events()
        for hour in (9, 10, 11):
            events.insert(calendarId="primary", body=self.hour(hour)).execute()
        request, seen, answer = events.list(calendarId="primary", maxResults=2), [], None
        while request is not None:
            answer = request.execute()
            seen += answer["items"]
            request = events.list_next(request, answer)
        self.assertGreaterEqual(len(seen), 3)
        token = answer["nextSyncToken"]
        gone = seen[-1]["id"]
        events.delete(calendarId="primary", eventId=gone).execute()
        delta = events.list(calendarId="primary", syncToken=token).execute()
        self.assertEqual([(event["id"], event["status"]) for event in delta["items"]], [(gone, "cancelled")])
        self.refused(events.list(calendarId="primary", syncToken=token, q="x"), 400, None)
        other = events.list(calendarId=MINA, syncToken=token)
        self.refused(other, 410, "fullSyncRequired")

    def test_instances_of_a_series(self):
        events = self.joon.events()
        weekly = self.hour(10, recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
        series = events.insert(calendarId="primary", body=weekly).execute()
        instances = events.instances(calendarId="primary", eventId=series["id"]).execute()["items"]
        self.assertEqual(len(instances), 4)
        self.assertTrue(all(one["recurringEventId"] == series["id"] for one in instances))
        second = instances[1]
        events.patch(calendarId="primary", eventId=second["id"], body={"summary": "alone"}).execute()
        events.delete(calendarId="primary", eventId=instances[2]["id"]).execute()
        left = events.instances(calendarId="primary", eventId=series["id"]).execute()["items"]
        self.assertEqual([one["summary"] for one in left], ["회의", "alone", "회의"])

    def test_a_room_answers(self):
        room = self.room()
        body = self.hour(13, attendees=[{"email": room, "resource": True}])
        made = self.joon.events().insert(calendarId="primary", body=body, sendUpdates="none").execute()
        shown = self.joon.events().get(calendarId="primary", eventId=made["id"]).execute()
        self.assertEqual(shown["attendees"][0]["responseStatus"], "accepted")
        taken = self.mina.events().insert(calendarId="primary", body=body).execute()
        shown = self.mina.events().get(calendarId="primary", eventId=taken["id"]).execute()
        self.assertEqual(shown["attendees"][0]["responseStatus"], "declined")

        window = {"timeMin": body["start"]["dateTime"], "timeMax": body["end"]["dateTime"]}
        query = {**window, "items": [{"id": room}, {"id": "nobody@elsewhere.example"}]}
        answer = self.joon.freebusy().query(body=query).execute()["calendars"]
        self.assertEqual(len(answer[room]["busy"]), 1)
        self.assertEqual(answer["nobody@elsewhere.example"]["errors"][0]["reason"], "notFound")
