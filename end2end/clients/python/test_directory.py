"""Rooms, buildings, features and people of the Admin Directory."""

from google.auth.exceptions import RefreshError

from support import DOMAIN, JOON, MINA, SandboxTest, directory


class Directory(SandboxTest):
    def setUp(self):
        super().setUp()
        self.admin = directory(MINA)
        self.addCleanup(self.admin.close)

    def test_rooms(self):
        rooms = self.admin.resources().calendars()
        request, seen = rooms.list(customer="my_customer", maxResults=10), []
        while request is not None:
            answer = request.execute()
            seen += answer["items"]
            request = rooms.list_next(request, answer)
        self.assertEqual(len(seen), 24)
        body = {"resourceId": "py-room", "resourceName": "파이썬", "capacity": 6}
        made = rooms.insert(customer="my_customer", body=body).execute()
        self.refused(rooms.insert(customer="my_customer", body=body), 409, "duplicate")
        which = {"customer": "my_customer", "calendarResourceId": "py-room"}
        self.assertEqual(rooms.patch(**which, body={"capacity": 8}).execute()["capacity"], 8)
        self.assertEqual(rooms.update(**which, body={"resourceName": "뱀"}).execute()["capacity"], 8)
        found = rooms.list(customer="my_customer", query="name=뱀").execute()["items"]
        self.assertEqual([room["resourceEmail"] for room in found], [made["resourceEmail"]])
        rooms.delete(**which).execute()
        self.refused(rooms.get(**which), 404, "notFound")

    def test_buildings_and_features(self):
        customer = {"customer": "my_customer"}
        buildings = self.admin.resources().buildings()
        body = {"buildingId": "py", "buildingName": "파이", "floorNames": ["1"]}
        buildings.insert(**customer, body=body).execute()
        buildings.patch(**customer, buildingId="py", body={"floorNames": ["1", "2"]}).execute()
        self.assertEqual(buildings.get(**customer, buildingId="py").execute()["floorNames"], ["1", "2"])
        self.assertIn("py", [one["buildingId"] for one in buildings.list(**customer).execute()["buildings"]])
        buildings.update(**customer, buildingId="py", body=body).execute()
        buildings.delete(**customer, buildingId="py").execute()
        features = self.admin.resources().features()
        features.insert(**customer, body={"name": "로봇"}).execute()
        features.rename(**customer, oldName="로봇", body={"newName": "기계"}).execute()
        self.assertIn("기계", [one["name"] for one in features.list(**customer).execute()["features"]])
        self.assertEqual(features.get(**customer, featureKey="기계").execute()["name"], "기계")
        features.delete(**customer, featureKey="기계").execute()

    def test_people(self):
        users = self.admin.users()
        request, seen = users.list(customer="my_customer", maxResults=7), []
        while request is not None:
            answer = request.execute()
            seen += answer["users"]
            request = users.list_next(request, answer)
        self.assertEqual(len(seen), 30)
        self.assertTrue(users.get(userKey=MINA).execute()["isAdmin"])
        self.assertTrue(users.patch(userKey=JOON, body={"suspended": True}).execute()["suspended"])
        with self.assertRaises(RefreshError):
            # 401, upon which the client looks for a refresh token.
            self.joon.events().list(calendarId="primary").execute()
        self.assertFalse(users.update(userKey=JOON, body={"suspended": False}).execute()["suspended"])
        users.delete(userKey=JOON).execute()
        self.refused(users.get(userKey=JOON), 404, "notFound")
        gone = users.list(domain=DOMAIN, showDeleted="true").execute()["users"]
        users.undelete(userKey=gone[0]["id"], body={}).execute()
        users.makeAdmin(userKey=JOON, body={"status": True}).execute()
        self.assertTrue(users.get(userKey=JOON).execute()["isAdmin"])
        users.makeAdmin(userKey=JOON, body={"status": False}).execute()

    def test_not_for_everybody(self):
        common = directory(JOON)
        self.addCleanup(common.close)
        error = self.refused(common.users().list(customer="my_customer"), 403, None)
        self.assertEqual(error.reason, "Not Authorized to access this resource/api")
        public = common.users().list(customer="my_customer", viewType="domain_public").execute()
        self.assertNotIn("isAdmin", public["users"][0])
        self.refused(common.resources().calendars().list(customer="my_customer"), 403, None)
