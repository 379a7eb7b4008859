import pytest

from tests.support.needs import needs


def test_a_missing_program_skips_the_test_and_names_the_package(monkeypatch):
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"no-such-server is not installed \(Debian package: no-such-mta\)"):
        needs("no-such-server", "no-such-mta")


def test_a_missing_program_is_a_failure_where_ci_is_set(monkeypatch):
    monkeypatch.setenv("CI", "1")

    with pytest.raises(pytest.fail.Exception, match="no-such-mta"):
        needs("no-such-server", "no-such-mta")


def test_a_program_is_found_in_a_folder_that_is_not_in_the_path(tmp_path, monkeypatch):
    program = tmp_path / "server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("CI", "1")

    assert needs("server", "some-mta", tmp_path) == str(program)
