"""Free space is measured on each disk of this machine that is written to, and on no other."""

import shutil
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from clinicpro_images.operator.disk_gauges import DiskGauges, local_folders

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("database", "storage", "held"),
    [
        ("sqlite:////srv/db/clinicpro.db", "/srv/images", {"data": "/srv", "database": "/srv/db", "images": "/srv/images"}),
        ("postgresql+psycopg://c@db/c", "/srv/images", {"data": "/srv", "images": "/srv/images"}),
        ("sqlite:////srv/clinicpro.db", "s3://bucket/prefix", {"data": "/srv", "database": "/srv"}),
    ],
)  # fmt: skip
def test_only_what_is_on_a_disk_of_this_machine_is_measured(
    database: str, storage: str, held: dict[str, str]
) -> None:
    assert local_folders(Path("/srv"), database, storage) == {
        name: Path(folder) for name, folder in held.items()
    }


async def test_a_disk_that_is_gone_has_no_figure_and_the_others_have(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    (tmp_path / "images").mkdir()
    gauges = DiskGauges(registry, {"data": tmp_path, "images": tmp_path / "images"})

    def free(holds: str) -> float | None:
        return registry.get_sample_value("clinicpro_disk_free_bytes", {"holds": holds})

    await gauges.show()
    assert free("data") == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.5)
    assert free("images") == pytest.approx(free("data"), rel=0.5)
    shutil.rmtree(tmp_path / "images")
    await gauges.show()
    assert free("images") is None
    assert free("data") is not None
