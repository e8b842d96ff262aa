"""Notification channels: sync, exists, stop."""

from support import Receiver, SandboxTest


class Watch(SandboxTest):
    def test_a_channel_tells_of_changes_until_it_is_stopped(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        channel = {"id": self.own_id(), "type": "web_hook", "address": receiver.address, "token": "t"}
        made = self.joon.events().watch(calendarId="primary", body=channel).execute()
        self.assertEqual((made["id"], made["kind"]), (channel["id"], "api#channel"))
        self.assertGreater(int(made["expiration"]), 0)
        first = receiver.next()
        self.assertEqual((first["X-Goog-Resource-State"], first["X-Goog-Message-Number"]), ("sync", "1"))
        self.assertEqual((first["X-Goog-Channel-Token"], first["Content-Length"]), ("t", "0"))
        self.joon.events().insert(calendarId="primary", body=self.hour(10)).execute()
        second = receiver.next()
        self.assertEqual(second["X-Goog-Resource-State"], "exists")
        self.assertEqual(second["X-Goog-Resource-ID"], made["resourceId"])
        again = self.joon.events().watch(calendarId="primary", body=channel)
        self.refused(again, 400, "channelIdNotUnique")
        stop = {"id": made["id"], "resourceId": made["resourceId"]}
        self.assertEqual(self.joon.channels().stop(body=stop).execute(), "")
        self.refused(self.joon.channels().stop(body=stop), 404, "notFound")
        abroad = {"id": self.own_id(), "type": "web_hook", "address": "http://example.com/hook"}
        insecure = self.joon.events().watch(calendarId="primary", body=abroad)
        self.refused(insecure, 400, "push.webhookUrlNotHttps")
