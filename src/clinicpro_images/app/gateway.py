"""What a gateway consists of, and which of it can be handed in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from clinicpro_images.audit.trail import Trail
from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.commits.jobs.delivery import JobDelivery
from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.commits.jobs.worker import Worker
from clinicpro_images.commits.referral.service import Referrals
from clinicpro_images.commits.service import CommitService
from clinicpro_images.commits.sight_store import SightStore
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.clock_watch import ClockWatch
from clinicpro_images.db.database import Database
from clinicpro_images.earlier.service import EarlierImageService
from clinicpro_images.events.broker import EventBroker, Notifier
from clinicpro_images.handoff.service import HandoffService
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.identity.code_flow import CodeFlow
from clinicpro_images.identity.provider import IdentityProvider
from clinicpro_images.images.blob_store.protocol import OwnedBlobStore
from clinicpro_images.images.held import HeldImages
from clinicpro_images.images.image_files import PackedBlobs
from clinicpro_images.images.originals import Originals
from clinicpro_images.images.renditions import Renditions
from clinicpro_images.images.retention import Retention
from clinicpro_images.images.service import ImageService
from clinicpro_images.images.store import ImageStore
from clinicpro_images.images.upload import ImageUploads
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.directory import Directory
from clinicpro_images.restore.notice import RestoreWatch
from clinicpro_images.sessions.launch import Launches
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.sessions.tab_transfer import TabTransfers
from clinicpro_images.sessions.unfiled import UnfiledImages
from clinicpro_images.sessions.used_tokens import UsedTokens
from clinicpro_images.settings.settings import Settings
from clinicpro_images.telemetry.telemetry import Telemetry


@dataclass(frozen=True)
class Gateway:
    """Every part of a running installation; `clock` is seconds since 1970."""

    settings: Settings
    clock: Callable[[], float]
    clock_watch: ClockWatch
    telemetry: Telemetry
    alex: AlexClient
    directory: Directory
    database: Database
    broker: EventBroker
    keyring: Keyring
    trail: Trail
    blobs: PackedBlobs
    workers: ImageWorkers
    session_store: SessionStore
    used_tokens: UsedTokens
    image_store: ImageStore
    handoff_store: HandoffStore
    launches: Launches
    tabs: TabTransfers
    handoffs: HandoffService
    uploads: ImageUploads
    originals: Originals
    held_images: HeldImages
    images: ImageService
    renditions: Renditions
    referrals: Referrals
    unfiled: UnfiledImages
    sights: SightStore
    restore_watch: RestoreWatch
    commits: CommitService
    worker: Worker
    earlier: EarlierImageService
    retention: Retention
    identity_provider: IdentityProvider | None
    sign_in: CodeFlow | None


class Parts(TypedDict, total=False):
    """What can be passed in instead of being built; what is passed in is not closed here."""

    clock: Callable[[], float]
    jitter: Callable[[], float]
    monotonic: Callable[[], float]
    policy: RetryPolicy
    lease_seconds: float
    launch_deadline: float
    telemetry: Telemetry
    alex: AlexClient
    directory: Directory
    database: Database
    notifier: Notifier
    keyring: Keyring
    key_cost: int
    trail: Trail
    image_store: ImageStore
    blobs: OwnedBlobStore
    workers: ImageWorkers
    limits: FitLimits
    breaker: CircuitBreaker
    delivery: JobDelivery
    worker: Worker
    retention: Retention
    identity_provider: IdentityProvider
    sign_in: CodeFlow
