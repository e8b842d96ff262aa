//! People, from the Directory.

use model::person::UNSEEN_MOST;
use model::{Instant, PersonId, PersonNumber};
use sqlx::any::AnyRow;

use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::{Counter, Tx};

statements! {
    INSERT = "INSERT INTO person (company_id, id, number, google_sub, email, name, department, admin, active, updated_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    UPDATE = "UPDATE person SET google_sub = $3, email = $4, name = $5, department = $6, admin = $7, active = $8, \
              updated_at = $9 WHERE company_id = $1 AND id = $2";
    ALL = "SELECT * FROM person WHERE company_id = $1 ORDER BY name, number";
    BY_ID = "SELECT * FROM person WHERE company_id = $1 AND id = $2";
    // Counted as the page lists them: what was told at once of one booking in one room is one.
    LOOK = "SELECT p.*, (SELECT COUNT(*) FROM (SELECT 1 AS one FROM (SELECT n.event_id, n.room_id, n.what, n.created_at \
            FROM notice n WHERE n.company_id = $1 AND n.person_id = $2 AND n.seen_at IS NULL \
            ORDER BY n.created_at DESC LIMIT 1000) m GROUP BY m.event_id, m.room_id, m.what, m.created_at LIMIT $3) g) AS unseen \
            FROM person p WHERE p.company_id = $1 AND p.id = $2";
    BY_SUB = "SELECT * FROM person WHERE company_id = $1 AND google_sub = $2";
    BY_EMAIL = "SELECT * FROM person WHERE company_id = $1 AND email = $2";
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonStored {
    pub id: PersonId,
    /// 0 for a row that is to be inserted.
    pub number: PersonNumber,
    /// Google's user key.
    pub google_sub: Option<String>,
    /// Lower case.
    pub email: String,
    pub name: String,
    pub department: String,
    pub admin: bool,
    /// Not suspended, not gone from the Directory.
    pub active: bool,
}

fn read(row: &AnyRow) -> Result<PersonStored, StoreError> {
    Ok(PersonStored {
        id: row.parsed("id")?,
        number: PersonNumber(row.int("number")?),
        google_sub: row.text_opt("google_sub")?,
        email: row.text("email")?,
        name: row.text("name")?,
        department: row.text("department")?,
        admin: row.flag("admin")?,
        active: row.flag("active")?,
    })
}

impl CompanyStore {
    pub async fn person_list(&self) -> Result<Vec<PersonStored>, StoreError> {
        let rows = sqlx::query(ALL).bind(self.id.to_string()).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    pub async fn person_get(&self, id: PersonId) -> Result<Option<PersonStored>, StoreError> {
        let query = sqlx::query(BY_ID).bind(self.id.to_string()).bind(id.to_string());
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }

    /// The person, and how many notices they have not seen; counted up to [`UNSEEN_MOST`].
    pub async fn person_look(&self, id: PersonId) -> Result<Option<(PersonStored, i64)>, StoreError> {
        let query = sqlx::query(LOOK).bind(self.id.to_string()).bind(id.to_string()).bind(UNSEEN_MOST);
        let row = query.fetch_optional(&self.readers).await?;
        row.map(|row| Ok((read(&row)?, row.int("unseen")?))).transpose()
    }

    pub async fn person_by_sub(&self, sub: &str) -> Result<Option<PersonStored>, StoreError> {
        let query = sqlx::query(BY_SUB).bind(self.id.to_string()).bind(sub);
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }

    pub async fn person_by_email(&self, email: &str) -> Result<Option<PersonStored>, StoreError> {
        let query = sqlx::query(BY_EMAIL).bind(self.id.to_string()).bind(email);
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }
}

impl Tx {
    pub async fn person_list(&mut self) -> Result<Vec<PersonStored>, StoreError> {
        let company = self.tenant()?;
        sqlx::query(ALL).bind(company).fetch_all(self.connection()).await?.iter().map(read).collect()
    }

    pub async fn person_get(&mut self, id: PersonId) -> Result<Option<PersonStored>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BY_ID).bind(company).bind(id.to_string());
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    pub async fn person_by_email(&mut self, email: &str) -> Result<Option<PersonStored>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BY_EMAIL).bind(company).bind(email);
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    /// Inserts with the next number, which it answers.
    pub async fn person_insert(
        &mut self,
        person: &PersonStored,
        now: Instant,
    ) -> Result<PersonNumber, StoreError> {
        let number = self.next_number(Counter::Person).await?;
        let company = self.tenant()?;
        sqlx::query(INSERT)
            .bind(company)
            .bind(person.id.to_string())
            .bind(number)
            .bind(person.google_sub.clone())
            .bind(person.email.clone())
            .bind(person.name.clone())
            .bind(person.department.clone())
            .bind(i64::from(person.admin))
            .bind(i64::from(person.active))
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(PersonNumber(number))
    }

    pub async fn person_update(&mut self, person: &PersonStored, now: Instant) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(UPDATE)
            .bind(company)
            .bind(person.id.to_string())
            .bind(person.google_sub.clone())
            .bind(person.email.clone())
            .bind(person.name.clone())
            .bind(person.department.clone())
            .bind(i64::from(person.admin))
            .bind(i64::from(person.active))
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
