"""Everything the staff room offers, put together once per process."""

from datetime import timedelta

from core.clock import Clock
from staff.accounts import Accounts
from staff.login import Login
from staff.passwords import Passwords
from staff.sessions import Sessions
from staff.store import StaffStore
from storage.storage import Storage


class StaffRoom:
    """Accounts, log-in, sessions over one database."""

    def __init__(
        self,
        storage: Storage,
        *,
        clock: Clock,
        idle: timedelta,
        lifetime: timedelta,
        passwords: Passwords | None = None,
    ) -> None:
        hashing = passwords or Passwords()
        audit = storage.audit
        self.store = StaffStore(storage.database)
        self.sessions = Sessions(store=self.store, audit=audit, clock=clock, idle=idle, lifetime=lifetime)
        self.login = Login(store=self.store, sessions=self.sessions, passwords=hashing, audit=audit, clock=clock)
        self.accounts = Accounts(store=self.store, passwords=hashing, audit=audit, clock=clock)
