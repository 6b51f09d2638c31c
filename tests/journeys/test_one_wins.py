"""Two people want the same thing at the same moment: one has it, the other reads why not."""

from collections.abc import Callable

import pytest
