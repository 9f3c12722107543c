# SPDX-License-Identifier: MIT
import os

import pytest


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty directory that is the current one and no default of any policy."""
    monkeypatch.chdir(tmp_path)
    return os.path.realpath(tmp_path)
