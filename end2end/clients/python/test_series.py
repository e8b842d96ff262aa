"""Recurring events through google-api-python-client: the dates of `series.json`, which two other engines agree on."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from support import SandboxTest

SERIES = json.loads((Path(__file__).parent.parent / "series.json").read_text(encoding="utf-8"))


def body(row):
    """The event as a client sends it: a wall time in a zone, or a day."""
    if "day" in row:
        day = datetime.fromisoformat(row["day"]).date()
        times = {"start": {"date": row["day"]}, "end": {"date": str(day + timedelta(days=1))}}
    else:
        begin = datetime.fromisoformat(row["time"])
        time = lambda at: {"dateTime": at.isoformat(), "timeZone": row["zone"]}
        times = {"start": time(begin), "end": time(begin + timedelta(minutes=30))}
    return {"summary": row["what"], "recurrence": row["recurrence"], **times}


def started(when):
    """Days as they are, instants as instants: in what zone they are told does not matter."""
    return when["date"] if "date" in when else instant(when["dateTime"])


def instant(text):
    # Python 3.10 does not know the Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Series(SandboxTest):
    def test_every_series_has_its_dates(self):
        events = self.joon.events()
        self.assertGreaterEqual(len(SERIES), 12)
        for row in SERIES:
            with self.subTest(row["what"]):
                made = events.insert(calendarId="primary", body=body(row)).execute()
                self.assertEqual(made["recurrence"], row["recurrence"])
                request, found = events.instances(calendarId="primary", eventId=made["id"], maxResults=4), []
                while request is not None:
                    page = request.execute()
                    found += page["items"]
                    request = events.instances_next(request, page)
                all_day = "day" in row
                expected = [start if all_day else instant(start) for start in row["starts"]]
                self.assertEqual([started(one["start"]) for one in found], expected)
                self.assertEqual([started(one["originalStartTime"]) for one in found], expected)
                self.assertTrue(all(one["recurringEventId"] == made["id"] for one in found))
                self.assertTrue(all("recurrence" not in one for one in found))
