"""What the client makes of refusals, of full quotas and of a batch."""

from googleapiclient.errors import HttpError

from support import JOON, MINA, SandboxTest, control


class Failures(SandboxTest):
    def tearDown(self):
        control("settings", {"quota_user_per_minute": None})
        control("faults", method="DELETE")

    def test_quotas(self):
        listing = self.joon.events().list(calendarId="primary")
        control("settings", {"quota_user_per_minute": 1})
        listing.execute()
        error = self.refused(listing, 403, "userRateLimitExceeded")
        self.assertEqual(error.error_details[0]["domain"], "usageLimits")
        control("settings", {"quota_refusal": "too_many"})
        self.refused(listing, 429, "rateLimitExceeded")
        control("settings", {"quota_user_per_minute": None, "quota_refusal": "forbidden"})
        control("faults", {"action": {"status": 429}, "count": 1})
        self.assertIn("items", listing.execute(num_retries=1), "the client's own retry gets through")

    def test_refusals(self):
        stranger = self.joon.events().list(calendarId="ada@acme.example")
        self.refused(stranger, 404, "notFound")
        theirs = self.joon.events().insert(calendarId=MINA, body=self.hour(10))
        self.refused(theirs, 403, "forbidden")
        wrong = self.hour(10)
        wrong["end"] = wrong["start"] | {"dateTime": "2020-01-01T00:00:00Z"}
        self.refused(self.joon.events().insert(calendarId="primary", body=wrong), 400, None)
        control("faults", {"action": {"status": 503}, "count": 1})
        self.refused(self.joon.events().list(calendarId="primary"), 503, "backendError")


class Batches(SandboxTest):
    def test_fifty_at_once(self):
        answers = {}

        def keep(request_id, response, exception):
            answers[request_id] = exception or response

        taken = self.own_id()
        self.joon.events().insert(calendarId="primary", body=self.hour(9, id=taken)).execute()
        batch = self.joon.new_batch_http_request(callback=keep)
        for number in range(48):
            body = self.hour(number % 24, title=str(number))
            batch.add(self.joon.events().insert(calendarId="primary", body=body), request_id=str(number))
        batch.add(self.joon.events().insert(calendarId="primary", body=self.hour(9, id=taken)), request_id="taken")
        batch.add(self.joon.events().get(calendarId="primary", eventId="nothing"), request_id="missing")
        batch.execute()
        self.assertEqual(len(answers), 50)
        for number in range(48):
            self.assertEqual(answers[str(number)]["summary"], str(number), "answers keep their places")
        self.assertIsInstance(answers["taken"], HttpError)
        self.assertEqual((answers["taken"].status_code, answers["missing"].status_code), (409, 404))
        self.assertEqual(answers["0"]["creator"]["email"], JOON)
