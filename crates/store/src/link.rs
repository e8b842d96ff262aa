//! The writer's connection, which remembers how it failed: a unit of work turns the database's error into its own, and
//! the writer must still know whether the same again may succeed.

use futures::TryStreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use sqlx::any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::{Any, AnyConnection, Either, Execute, Executor, SqlStr};

use crate::error::Fault;

#[derive(Debug)]
pub(crate) struct Link {
    connection: AnyConnection,
    fault: Option<Fault>,
}

impl Link {
    pub(crate) const fn new(connection: AnyConnection) -> Self {
        Self { connection, fault: None }
    }

    pub(crate) fn into_connection(self) -> AnyConnection {
        self.connection
    }

    pub(crate) const fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The first fault since the last time it was asked.
    pub(crate) const fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }
}

impl<'c> Executor<'c> for &'c mut Link {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let Link { connection, fault } = self;
        connection.fetch_many(query).inspect_err(|error| note(fault, error)).boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let Link { connection, fault } = self;
        async move { connection.fetch_optional(query).await.inspect_err(|error| note(fault, error)) }.boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        let Link { connection, fault } = self;
        let prepared = connection.prepare_with(sql, parameters);
        async move { prepared.await.inspect_err(|error| note(fault, error)) }.boxed()
    }
}

fn note(fault: &mut Option<Fault>, error: &sqlx::Error) {
    *fault = fault.or_else(|| Fault::of(error));
}
