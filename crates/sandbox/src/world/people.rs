//! What happens to people and their grants outside of any client: they revoke, change their password, are suspended,
//! leave (`POST /sandbox/people`). Nobody is told; a client notices when it is refused (facts: google-calendar §1).

use serde::Deserialize;

use super::World;
use super::directory::User;

/// What happens to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fortune {
    /// They take their grant back in their account's settings.
    Revoke,
    /// Refresh tokens with Gmail scopes die, others live.
    ChangePassword,
    /// Their access tokens end early; refresh tokens stay.
    ExpireTokens,
    /// Suspended by an admin: no sign-in, no tokens; still listed.
    Suspend,
    /// No longer suspended.
    Restore,
    /// Becomes an admin.
    MakeAdmin,
    /// Is no longer an admin.
    TakeAdmin,
    /// Leaves: their account and calendar are gone.
    Delete,
    /// Comes back within the days that Google allows.
    Undelete,
}

/// A scope that a password change ends.
fn is_gmail(scope: &str) -> bool {
    scope == "https://mail.google.com/" || scope.contains("/auth/gmail.")
}

impl World {
    /// Lets it happen; false when there is nobody of that address.
    pub fn befall(&mut self, email: &str, fortune: Fortune, now: i64) -> bool {
        let email = email.to_ascii_lowercase();
        if fortune == Fortune::Undelete {
            return self.undelete_user(&email);
        }
        let Some(user) = self.directory.users.get_mut(&email) else { return false };
        match fortune {
            Fortune::Suspend => user.suspended = true,
            Fortune::Restore => user.suspended = false,
            Fortune::MakeAdmin => user.admin = true,
            Fortune::TakeAdmin => user.admin = false,
            Fortune::Revoke => {
                let clients: Vec<String> = self.oauth.clients.keys().cloned().collect();
                clients.iter().for_each(|client| self.oauth.revoke(&email, client));
            }
            Fortune::ChangePassword => {
                let ends = |held: &super::oauth::Refresh| {
                    held.user == email && held.scopes.iter().any(|scope| is_gmail(scope))
                };
                self.oauth.refresh.retain(|_, held| !ends(held));
            }
            Fortune::ExpireTokens => self.oauth.access.retain(|_, held| held.user != email),
            Fortune::Delete => self.delete_user(&email, now),
            Fortune::Undelete => {}
        }
        self.next();
        true
    }

    pub(super) fn delete_user(&mut self, email: &str, now: i64) {
        let Some(user) = self.directory.users.remove(email) else { return };
        let calendar = self.calendars.remove(email);
        self.directory.deleted.insert(email.to_owned(), (user, now));
        self.parked.extend(calendar.map(|calendar| (email.to_owned(), calendar)));
        self.push.channels.retain(|_, channel| channel.user != email && channel.resource.of() != email);
    }

    pub(super) fn undelete_user(&mut self, key: &str) -> bool {
        let found = self.directory.deleted.values().find(|(user, _)| user.email == key || user.id == key);
        let Some(email) = found.map(|(user, _)| user.email.clone()) else { return false };
        let Some((user, _)) = self.directory.deleted.remove(&email) else { return false };
        self.directory.users.insert(email.clone(), user);
        if let Some(mut calendar) = self.parked.remove(&email) {
            // What tokens said about it is long out of date.
            calendar.epoch += 1;
            self.calendars.insert(email, calendar);
        }
        self.next();
        true
    }

    /// Gives a person another address: their key stays, the old address becomes an alias, and every event follows
    /// (facts: google-directory); so do grants, tokens and channels, unless `rename_ends_grants`.
    pub(super) fn rename_user(&mut self, old: &str, new: &str) {
        let Some(mut user) = self.directory.users.remove(old) else { return };
        user.aliases.push(old.to_owned());
        new.clone_into(&mut user.email);
        self.directory.users.insert(new.to_owned(), user);
        if let Some(mut calendar) = self.calendars.remove(old) {
            new.clone_into(&mut calendar.id);
            if calendar.summary == old {
                new.clone_into(&mut calendar.summary);
            }
            calendar.epoch += 1;
            self.calendars.insert(new.to_owned(), calendar);
        }
        let follow = |address: &mut String| {
            if address == old {
                new.clone_into(address);
            }
        };
        for home in self.calendars.values_mut() {
            if let Some(mut rule) = home.rules.remove(&format!("user:{old}")) {
                follow(&mut rule.value);
                home.rules.insert(rule.id(), rule);
            }
            home.owner.iter_mut().for_each(follow);
            for copy in home.events.values_mut() {
                follow(&mut copy.content.organizer);
                follow(&mut copy.content.creator);
                copy.content.attendees.iter_mut().for_each(|attendee| follow(&mut attendee.email));
                if copy.copies.remove(old) {
                    copy.copies.insert(new.to_owned());
                }
            }
        }
        if self.settings.rename_ends_grants {
            self.oauth.access.retain(|_, held| held.user != old);
            self.oauth.refresh.retain(|_, held| held.user != old);
            self.oauth.codes.retain(|_, held| held.user != old);
            self.oauth.grants.retain(|(user, _), _| user != old);
            self.push.channels.retain(|_, channel| channel.user != old);
        }
        self.oauth.access.values_mut().for_each(|held| follow(&mut held.user));
        self.oauth.refresh.values_mut().for_each(|held| follow(&mut held.user));
        self.oauth.codes.values_mut().for_each(|held| follow(&mut held.user));
        let grants = std::mem::take(&mut self.oauth.grants);
        let renamed = grants.into_iter().map(|((mut user, client), scopes)| {
            follow(&mut user);
            ((user, client), scopes)
        });
        self.oauth.grants = renamed.collect();
        for channel in self.push.channels.values_mut() {
            follow(&mut channel.user);
            follow(channel.resource.of_mut());
        }
        for members in self.groups.values_mut() {
            if members.remove(old) {
                members.insert(new.to_owned());
            }
        }
        if let Some(list) = self.lists.remove(old) {
            self.lists.insert(new.to_owned(), list);
        }
        if let Some(settings) = self.user_settings.remove(old) {
            self.user_settings.insert(new.to_owned(), settings);
        }
        self.next();
    }

    /// A person by address, alias or id.
    pub(super) fn user_by_key(&self, key: &str) -> Option<&User> {
        let key = key.to_ascii_lowercase();
        let users = &self.directory.users;
        users.get(&key).or_else(|| users.values().find(|user| user.id == key || user.aliases.contains(&key)))
    }
}
