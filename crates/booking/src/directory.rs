//! Buildings, rooms and people from the Directory: at founding and by a button.

use std::collections::{BTreeMap, BTreeSet};

use bus::Pass;
use model::name::display_name;
use model::page::DirectoryReport;
use model::room::{RoomHealth, RoomRow};
use model::{ApiError, CalendarId, Change, CompanyId, PersonId, PersonNumber, RoomId, RoomNumber};
use store::{PersonStored, RoomStored, StoreError, Tx};
use sync::absence::{Absence, verdict};
use sync::port::{DirectoryBuilding, DirectoryRoom, DirectoryUser, Failure as GoogleFailure};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::Owner;

impl Engine {
    /// Reads the Directory anew. Admins only.
    pub async fn directory_sync(&self, cx: &Cx) -> Result<DirectoryReport, ApiError> {
        cx.require_admin()?;
        Ok(self.directory_pass(cx.company).await?)
    }

    /// One complete pass: everything is listed first, then written in one transaction.
    pub(crate) async fn directory_pass(&self, company: CompanyId) -> Result<DirectoryReport, Failure> {
        let token = self.access_token(company, Owner::Company).await?;
        let directory = &self.ports().directory;
        let failed = |failure: GoogleFailure| Failure::Google(format!("directory: {failure:?}"));
        let buildings = directory.buildings(&token).await.map_err(failed)?;
        let rooms = directory.rooms(&token).await.map_err(failed)?;
        let users = directory.users(&token).await.map_err(failed)?;
        let now = self.now();
        let seed: [u8; 32] = self.random();
        let report = self
            .company(company)
            .write(now, move |tx| {
                Box::pin(async move {
                    let mut ids = Ids { seed, used: 0 };
                    let mut report = DirectoryReport::default();
                    write_people(tx, &mut ids, users, &mut report).await?;
                    write_rooms(tx, &mut ids, &buildings, rooms, &mut report).await?;
                    Ok::<_, StoreError>(report)
                })
            })
            .await?;
        self.poke(Pass::Pull);
        self.poke(Pass::Channels);
        self.poke(Pass::Push);
        tracing::info!(company.id = %company, rooms = report.value.rooms, people = report.value.people, "Read the directory");
        Ok(report.value)
    }
}

/// Entropy for the ids made inside the transaction, drawn before it.
struct Ids {
    seed: [u8; 32],
    used: u32,
}

impl Ids {
    fn next(&mut self) -> [u8; 10] {
        use sha2::{Digest, Sha256};
        self.used += 1;
        let digest = Sha256::new().chain_update(self.seed).chain_update(self.used.to_be_bytes()).finalize();
        std::array::from_fn(|index| digest[index])
    }
}

async fn write_people(
    tx: &mut Tx,
    ids: &mut Ids,
    users: Vec<DirectoryUser>,
    report: &mut DirectoryReport,
) -> Result<(), StoreError> {
    let now = tx.now();
    let known = tx.person_list().await?;
    let mut seen: BTreeSet<PersonId> = BTreeSet::new();
    for user in users {
        let email = user.email.to_lowercase();
        let name = display_name(&user.display_name, &user.given_name, &user.family_name, &user.full_name);
        let same = known.iter().find(|person| person.google_sub.as_deref() == Some(&user.id));
        // By address only whom Google has not named yet: an address may have been handed on.
        let by_email = known.iter().find(|person| person.email == email);
        let same = same.or_else(|| by_email.filter(|person| person.google_sub.is_none()));
        if let Some(before) = by_email.filter(|before| same.is_none_or(|same| same.id != before.id)) {
            seen.insert(before.id);
            let retired = format!("{}@left.invalid", before.id);
            tx.person_update(&PersonStored { email: retired, active: false, ..before.clone() }, now).await?;
        }
        let person = PersonStored {
            id: same.map_or_else(|| PersonId::new(now, ids.next()), |person| person.id),
            number: same.map_or(PersonNumber(0), |person| person.number),
            google_sub: Some(user.id).filter(|id| !id.is_empty()),
            name: if name.is_empty() { email.clone() } else { name },
            email,
            department: user.department,
            admin: user.is_admin,
            active: !user.suspended,
        };
        report.people += i64::from(person.active);
        seen.insert(person.id);
        match same {
            None => drop(tx.person_insert(&person, now).await?),
            Some(same) if *same != person => tx.person_update(&person, now).await?,
            Some(_) => {}
        }
    }
    // Who left the Workspace is not listed any more: their sessions end with this. Most of them at once is not believed.
    let present = known.iter().filter(|person| person.active);
    let (there, left): (Vec<_>, Vec<_>) =
        present.partition(|person| person.google_sub.is_none() || seen.contains(&person.id));
    if report.people > 0 && verdict(there.len() + left.len(), left.len()) == Absence::Verify {
        for person in left {
            tx.person_update(&PersonStored { active: false, ..person.clone() }, now).await?;
        }
    }
    Ok(())
}

async fn write_rooms(
    tx: &mut Tx,
    ids: &mut Ids,
    buildings: &[DirectoryBuilding],
    rooms: Vec<DirectoryRoom>,
    report: &mut DirectoryReport,
) -> Result<(), StoreError> {
    let now = tx.now();
    let names: BTreeMap<&str, &str> =
        buildings.iter().map(|building| (building.id.as_str(), building.name.as_str())).collect();
    let mut known = tx.room_list_all().await?;
    for room in rooms.into_iter().filter(|room| room.is_room) {
        report.rooms += 1;
        let building =
            room.building_id.as_deref().map(|id| names.get(id).copied().unwrap_or(id)).unwrap_or_default();
        let same = known
            .iter()
            .position(|known| known.resource_id == room.resource_id)
            .map(|at| known.swap_remove(at));
        let stored = RoomStored {
            id: same.as_ref().map_or_else(|| RoomId::new(now, ids.next()), |same| same.id),
            email: room.email.to_lowercase(),
            row: RoomRow {
                number: same.as_ref().map_or(RoomNumber(0), |same| same.row.number),
                name: room.name,
                building: building.to_owned(),
                floor: room.floor.unwrap_or_default(),
                capacity: room.capacity.unwrap_or(0).max(0),
                features: room.features,
                health: same.as_ref().map_or(RoomHealth::New, |same| same.row.health),
            },
            resource_id: room.resource_id,
            retired_at: None,
        };
        match same {
            None => {
                report.rooms_added += 1;
                let number = tx.room_insert(&stored).await?;
                tx.calendar_insert(CalendarId::new(now, ids.next()), stored.id, &stored.email, now).await?;
                tx.change(Change::Room { room: RoomRow { number, ..stored.row } });
            }
            Some(same) if same != stored => {
                tx.room_update(&stored).await?;
                if let Some(calendar) = tx.calendar_of_room(stored.id).await? {
                    tx.calendar_set_google_id(calendar.id, &stored.email, now).await?;
                }
                tx.change(Change::Room { room: stored.row });
            }
            Some(_) => {}
        }
    }
    // What is left is not in the Directory any more. A listing that lost most of them is not believed.
    let gone: Vec<RoomStored> = known.into_iter().filter(|room| room.retired_at.is_none()).collect();
    let known_before = gone.len() + usize::try_from(report.rooms - report.rooms_added).unwrap_or(0);
    if report.rooms == 0 || verdict(known_before, gone.len()) == Absence::Quarantine {
        if !gone.is_empty() {
            tracing::warn!(
                rooms.missing = gone.len(),
                "The directory lost too many rooms at once; none was retired"
            );
        }
        return Ok(());
    }
    if !gone.is_empty() {
        // What waits because a calendar is out of reach need not wait for it to come back.
        tx.outbox_in_reach().await?;
    }
    for mut room in gone {
        report.rooms_retired += 1;
        room.retired_at = Some(now);
        tx.room_update(&room).await?;
        tx.change(Change::RoomGone { number: room.row.number });
    }
    Ok(())
}
