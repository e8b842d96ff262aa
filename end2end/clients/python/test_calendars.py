"""Calendars, the calendar list, access rules, settings, colours."""

from support import JOON, MINA, SandboxTest


class Calendars(SandboxTest):
    def test_calendars(self):
        calendars = self.joon.calendars()
        made = calendars.insert(body={"summary": "팀", "timeZone": "Asia/Seoul"}).execute()
        which = {"calendarId": made["id"]}
        self.assertEqual(calendars.get(**which).execute()["summary"], "팀")
        self.assertEqual(calendars.patch(**which, body={"description": "우리"}).execute()["description"], "우리")
        renamed = calendars.update(**which, body={"summary": "새 팀", "timeZone": "Asia/Seoul"}).execute()
        self.assertEqual(renamed["summary"], "새 팀")
        calendars.delete(**which).execute()
        self.refused(calendars.get(**which), 404, "notFound")
        self.assertEqual(calendars.get(calendarId="primary").execute()["id"], JOON)

    def test_the_calendar_list(self):
        entries = self.joon.calendarList()
        own = entries.get(calendarId="primary").execute()
        self.assertEqual((own["accessRole"], own["primary"]), ("owner", True))
        entries.insert(body={"id": MINA}).execute()
        entries.patch(calendarId=MINA, body={"summaryOverride": "민아"}).execute()
        request, found = entries.list(maxResults=5), {}
        while request is not None:
            answer = request.execute()
            found.update((entry["id"], entry) for entry in answer["items"])
            request = entries.list_next(request, answer)
        self.assertEqual(found[MINA]["summaryOverride"], "민아")
        entries.update(calendarId=MINA, body={"selected": False}).execute()
        entries.delete(calendarId=MINA).execute()
        self.refused(entries.get(calendarId=MINA), 404, "notFound")

    def test_access_rules(self):
        rules, room = self.mina.acl(), self.room()
        body = {"role": "writer", "scope": {"type": "user", "value": JOON}}
        made = rules.insert(calendarId=room, body=body).execute()
        self.assertEqual((made["id"], made["role"]), (f"user:{JOON}", "writer"))
        self.joon.events().insert(calendarId=room, body=self.hour(17)).execute()
        which = {"calendarId": room, "ruleId": made["id"]}
        self.assertEqual(rules.patch(**which, body={"role": "reader"}).execute()["role"], "reader")
        self.refused(self.joon.events().insert(calendarId=room, body=self.hour(18)), 403, None)
        self.assertEqual(rules.get(**which).execute()["scope"]["value"], JOON)
        self.assertIn(made["id"], [rule["id"] for rule in rules.list(calendarId=room).execute()["items"]])
        rules.update(**which, body={**body, "role": "none"}).execute()
        self.refused(self.joon.events().list(calendarId=room), 404, "notFound")
        rules.delete(**which).execute()
        self.refused(self.joon.acl().list(calendarId=room), 403, None)

    def test_settings_and_colors(self):
        found = self.joon.settings().list().execute()["items"]
        zone = self.joon.settings().get(setting="timezone").execute()
        self.assertEqual(zone["value"], "Asia/Seoul")
        self.assertIn("timezone", [setting["id"] for setting in found])
        self.assertIn("1", self.joon.colors().get().execute()["event"])
