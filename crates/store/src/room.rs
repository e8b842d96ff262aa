//! Rooms. Retired ones keep their row: bookings of the past point to it.

use model::room::{RoomHealth, RoomRow};
use model::{Instant, RoomId, RoomNumber};
use sqlx::any::AnyRow;

use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::{Counter, Tx};

statements! {
    INSERT = "INSERT INTO room (company_id, id, number, resource_id, email, name, building, floor, capacity, features, \
              health, retired_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL)";
    UPDATE = "UPDATE room SET email = $3, name = $4, building = $5, floor = $6, capacity = $7, features = $8, \
              retired_at = $9 WHERE company_id = $1 AND id = $2";
    SET_HEALTH = "UPDATE room SET health = $3 WHERE company_id = $1 AND id = $2 AND health <> $3";
    ALL = "SELECT * FROM room WHERE company_id = $1 ORDER BY number";
    LIVE = "SELECT * FROM room WHERE company_id = $1 AND retired_at IS NULL ORDER BY number";
    PAGE = "SELECT * FROM room WHERE company_id = $1 AND retired_at IS NULL AND number > $2 ORDER BY number LIMIT $3";
    BY_ID = "SELECT * FROM room WHERE company_id = $1 AND id = $2";
    BY_NUMBER = "SELECT * FROM room WHERE company_id = $1 AND number = $2 AND retired_at IS NULL";
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomStored {
    pub id: RoomId,
    /// The Directory's `resourceId`.
    pub resource_id: String,
    /// The calendar's id and the attendee's address; lower case.
    pub email: String,
    pub row: RoomRow,
    pub retired_at: Option<Instant>,
}

fn read(row: &AnyRow) -> Result<RoomStored, StoreError> {
    Ok(RoomStored {
        id: row.parsed("id")?,
        resource_id: row.text("resource_id")?,
        email: row.text("email")?,
        row: RoomRow {
            number: RoomNumber(row.int("number")?),
            name: row.text("name")?,
            building: row.text("building")?,
            floor: row.text("floor")?,
            capacity: i32::try_from(row.int("capacity")?).unwrap_or(0),
            features: row.json("features")?,
            health: row.word("health")?,
        },
        retired_at: row.instant_opt("retired_at")?,
    })
}

impl CompanyStore {
    /// Rooms that are in use.
    pub async fn room_list(&self) -> Result<Vec<RoomStored>, StoreError> {
        let rows = sqlx::query(LIVE).bind(self.id.to_string()).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Up to `limit` rooms that are in use, by number, beyond `after`.
    pub async fn room_page(&self, after: RoomNumber, limit: i64) -> Result<Vec<RoomStored>, StoreError> {
        let query = sqlx::query(PAGE).bind(self.id.to_string()).bind(after.0).bind(limit);
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    pub async fn room_by_number(&self, number: RoomNumber) -> Result<Option<RoomStored>, StoreError> {
        let query = sqlx::query(BY_NUMBER).bind(self.id.to_string()).bind(number.0);
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }

    pub async fn room_get(&self, id: RoomId) -> Result<Option<RoomStored>, StoreError> {
        let query = sqlx::query(BY_ID).bind(self.id.to_string()).bind(id.to_string());
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }
}

impl Tx {
    /// All rooms, retired ones too.
    pub async fn room_list_all(&mut self) -> Result<Vec<RoomStored>, StoreError> {
        let company = self.tenant()?;
        sqlx::query(ALL).bind(company).fetch_all(self.connection()).await?.iter().map(read).collect()
    }

    pub async fn room_get(&mut self, id: RoomId) -> Result<Option<RoomStored>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BY_ID).bind(company).bind(id.to_string());
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    /// Inserts with the next number, which it answers.
    pub async fn room_insert(&mut self, room: &RoomStored) -> Result<RoomNumber, StoreError> {
        let number = self.next_number(Counter::Room).await?;
        let company = self.tenant()?;
        sqlx::query(INSERT)
            .bind(company)
            .bind(room.id.to_string())
            .bind(number)
            .bind(room.resource_id.clone())
            .bind(room.email.clone())
            .bind(room.row.name.clone())
            .bind(room.row.building.clone())
            .bind(room.row.floor.clone())
            .bind(i64::from(room.row.capacity))
            .bind(serde_json::to_string(&room.row.features)?)
            .bind(room.row.health.as_str())
            .execute(self.connection())
            .await?;
        Ok(RoomNumber(number))
    }

    pub async fn room_update(&mut self, room: &RoomStored) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(UPDATE)
            .bind(company)
            .bind(room.id.to_string())
            .bind(room.email.clone())
            .bind(room.row.name.clone())
            .bind(room.row.building.clone())
            .bind(room.row.floor.clone())
            .bind(i64::from(room.row.capacity))
            .bind(serde_json::to_string(&room.row.features)?)
            .bind(room.retired_at.map(Instant::as_micros))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Answers whether it was something else before.
    pub async fn room_set_health(&mut self, id: RoomId, health: RoomHealth) -> Result<bool, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(SET_HEALTH).bind(company).bind(id.to_string()).bind(health.as_str());
        Ok(query.execute(self.connection()).await?.rows_affected() > 0)
    }
}
