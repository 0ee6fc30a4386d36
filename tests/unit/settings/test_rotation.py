"""A changed Secret is noticed once, and a mount that was late is no change."""

import signal
from pathlib import Path

import pytest
from pydantic import SecretStr

from jobimport.rotation import MountedUrls, end_if_changed
from jobimport.settings import RedisSettings, StoreSettings

OLD, NEW = "redis://:old@redis:6379/0", "redis://:new@redis:6379/0"


def settings(folder: Path | str) -> StoreSettings:
    return StoreSettings(
        redis_url=SecretStr(OLD), mongodb_url=SecretStr("mongodb://a/"), stores_dir=str(folder)
    )


def test_a_changed_url_is_named_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[int] = []
    monkeypatch.setattr("os.kill", lambda _, number: sent.append(number))
    (tmp_path / "REDIS_URL").write_text(f"{OLD}\n")
    (tmp_path / "MONGODB_URL").write_text("mongodb://a/")
    urls = MountedUrls(settings(tmp_path))
    assert not end_if_changed(urls)
    (tmp_path / "REDIS_URL").write_text(NEW)
    assert urls.changed() == ["REDIS_URL"]
    assert end_if_changed(urls)
    assert sent == [signal.SIGTERM]
    assert "REDIS_URL" in caplog.text
    assert "new" not in caplog.text


def test_a_mount_that_was_late_at_the_start_is_no_change(tmp_path: Path) -> None:
    (tmp_path / "REDIS_URL").write_text("redis://older/")
    urls = MountedUrls(settings(tmp_path))
    assert urls.changed() == []
    (tmp_path / "REDIS_URL").write_text(OLD)
    assert urls.changed() == []


def test_without_a_mount_or_with_a_secret_that_is_gone_nothing_changes(tmp_path: Path) -> None:
    assert MountedUrls(settings("")).changed() == []
    (tmp_path / "REDIS_URL").write_text(OLD)
    urls = MountedUrls(settings(tmp_path))
    (tmp_path / "REDIS_URL").unlink()
    assert urls.changed() == []


def test_the_operator_has_no_mongodb_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "MONGODB_URL").write_text("a")
    urls = MountedUrls(RedisSettings(redis_url=SecretStr(OLD), stores_dir=str(tmp_path)))
    (tmp_path / "MONGODB_URL").write_text("b")
    assert urls.changed() == []
